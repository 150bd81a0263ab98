package import GatehouseCore
internal import GatehouseDatabase
internal import GatehousePasswords

/// The passwords of others.
extension PeopleAdministrator {
    /// What a new password of a person is judged by: what is known of them, and the passwords that they had.
    ///
    /// - Throws: `PeopleError.refused` if there is nobody of this name.
    package func passwordJudge(of typed: String) async throws(PeopleError) -> PasswordJudge {
        let account = try await people.account(typed)
        let name = account.name
        let user = try await people.ask(about: typed) { try await $0.user(name).user }
        let person = PersonAttributes(
            username: name.text, firstName: UTF8Text(user.firstName), lastName: UTF8Text(user.lastName),
            email: UTF8Text(user.email))
        let past = PastPasswords(
            userID: account.id, current: account.encodedPassword, history: people.store,
            hashers: people.passwords.hashers)
        return PasswordJudge(people.passwords, of: person, past: past)
    }

    /// A password that is set.
    package struct PasswordSet: Sendable {
        package let change: PeopleChange
        /// Why the sessions did not end; the password is set all the same, and a generated one has to be told.
        package let failure: PeopleError?
    }

    /// Sets a person's password, whatever stands against it, and ends their sessions.
    ///
    /// - Parameters:
    ///   - typed: who.
    ///   - password: the new one; who is to be asked whether it will do is `passwordJudge(of:)`.
    ///   - mustChange: whether another one has to be chosen at the next sign-in.
    /// - Returns: what came of it.
    /// - Throws: `PeopleError`: no password was set.
    package func setPassword(
        of typed: String, to password: Password, mustChange: Bool
    ) async throws(PeopleError) -> PasswordSet {
        let name = try people.name(typed)
        let user = people.reference(id: try await people.account(typed).id)
        let encoded = try await people.passwords.hash(password)
        do {
            try await people.store.setPassword(
                of: name, to: encoded, now: people.now(), remembering: people.passwords.rules.remembered)
        } catch {
            throw people.failure(error, about: typed)
        }
        try await people.setMustChange(typed, mustChange)
        var (count, failure): (Int, PeopleError?) = (0, nil)
        do throws(PeopleError) {
            count = try await sessions.follow(.passwordSet(typed), .end(isGone: false), nil, of: people) {
                live async throws(PeopleError) in try await live.end(user)
            }
        } catch {
            failure = error
        }
        let event = Event(
            .passwordChanged, about: .person(user),
            [(.user, .text(typed)), (.result, .text("password_set")), (.sessionsEnded, .number(count))])
        return PasswordSet(
            change: PeopleChange(event, concerned: [user], sessionsEnded: count), failure: failure)
    }
}
