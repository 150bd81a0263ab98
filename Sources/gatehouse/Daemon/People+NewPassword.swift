internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehousePasswords

/// Judging new passwords before anything is written, so that whoever sits at a terminal can try again.
extension People {
    /// What the rules know about somebody, and the passwords that they had.
    func person(_ typed: String) async throws(Failure) -> (PersonAttributes, PastPasswords) {
        let account = try await account(typed)
        let name = account.name
        let user = try await administer(typed) { try await $0.user(name).user }
        let person = PersonAttributes(
            username: name.text, firstName: UTF8Text(user.firstName), lastName: UTF8Text(user.lastName),
            email: UTF8Text(user.email))
        return (
            person,
            PastPasswords(userID: account.id, current: account.encodedPassword, history: store, hashers: hashers)
        )
    }

    /// Everything that stands against a new password, in sentences; none if it may be set.
    ///
    /// - Throws: `Failure.unknown` if nobody could find out.
    func judge(
        _ password: Password, of person: PersonAttributes, past: PastPasswords?
    ) async throws(Failure) -> [String] {
        do {
            return try await rules.problems(password, of: person, past: past, on: pool).map(\.message)
        } catch {
            throw .unknown("the password could not be judged: \(error)")
        }
    }

    /// - Throws: `Failure.refused` if nobody can be made of that name: asked before a password is.
    func requireFree(_ typed: String) async throws(Failure) -> UserName {
        let name = try name(typed)
        guard let other = try await administer(typed, { try await $0.clashes([name]) }).values.first else {
            return name
        }
        throw .refused(
            other == name
                ? "\(shown(typed)): exists already"
                : "\(shown(typed)): there is \(shown(other)) already, and names that differ only in case clash")
    }
}
