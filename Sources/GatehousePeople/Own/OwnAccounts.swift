internal import GatehouseBackends
package import GatehouseCore
internal import GatehouseDatabase
internal import GatehousePasswords

/// What people change of their own: nothing of another one's can be changed with it, since it takes the account as it was
/// found, and only as long as that is still so.
package struct OwnAccounts: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    /// What a new password must be like, a sentence each.
    package var hints: [String] { people.passwords.rules.helpTexts }

    /// The account with a primary key; `nil` if there is none.
    package func account(of id: UTF8Text) async throws(BackendError) -> PasswordAccount? {
        try await people.store.passwordAccount(of: id)
    }

    /// The accounts that a typed name or address means.
    package func accounts(meant typed: UTF8Text) async throws(BackendError) -> [PasswordAccount] {
        try await people.store.passwordAccounts(meant: typed)
    }

    /// What became of the wish for a new password.
    package enum PasswordChange: Equatable, Sendable {
        /// It counts from now on. Who the person is now; `nil` if that cannot be found out, or if they are not active any more.
        case changed(Identity?)
        /// What stands against it, a sentence each.
        case refused([String])
        /// The account is not as it was given: somebody else changed it, or it is gone.
        case outdated
    }

    /// Judges, hashes and writes a new password, if the stored one is still that of the account.
    ///
    /// Sessions are left to the caller, who knows which one of them goes on.
    ///
    /// - Throws: `BackendError`: nothing was changed.
    package func changePassword(
        of account: PasswordAccount, to password: Password
    ) async throws(BackendError) -> PasswordChange {
        let person = PersonAttributes(
            username: account.name.text, firstName: account.firstName, lastName: account.lastName,
            email: account.email)
        let work = people.passwords
        let past = PastPasswords(
            userID: account.id, current: account.encodedPassword, history: people.store, hashers: work.hashers)
        let problems = try await work.problems(password, of: person, past: past)
        guard problems.isEmpty else { return .refused(problems) }
        guard let made = try await work.encoded(password) else {
            throw .unavailable(reason: PeopleError.Outage.hashing.description)
        }
        let isChanged = try await people.store.changePassword(
            of: account.id, from: account.encodedPassword, to: made, now: people.now(),
            remembering: work.rules.remembered)
        guard isChanged else { return .outdated }
        let user = people.reference(id: account.id)
        return .changed((try? await people.backend.identity(of: user, known: nil)) ?? nil)
    }
}

extension People {
    /// The handle for what people change of their own; `nil` where the tables may not be written.
    package var ownAccounts: OwnAccounts? { store.writesPasswords ? OwnAccounts(self) : nil }
}
