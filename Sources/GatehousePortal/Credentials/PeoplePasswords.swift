package import GatehouseCore

/// The passwords of the people that a database of ours keeps: what the portal needs to change them, and cannot know.
package struct PeoplePasswords: Sendable {
    let backend: BackendName
    /// What a new password must be like, a sentence each.
    let hints: [String]
    let account: @Sendable (UTF8Text) async throws(BackendError) -> PasswordAccount?
    let meant: @Sendable (UTF8Text) async throws(BackendError) -> [PasswordAccount]
    let change: @Sendable (PasswordAccount, Password) async throws(BackendError) -> Change

    /// What became of the wish for a new password.
    package enum Change: Equatable, Sendable {
        /// It counts from now on. Who the person is now; `nil` if that cannot be found out, or if they are not active any more.
        case changed(Identity?)
        /// What stands against it, a sentence each.
        case refused([String])
        /// The account is not as it was given: somebody else changed it, or it is gone.
        case outdated
    }

    /// - Parameters:
    ///   - backend: whose people have such passwords.
    ///   - hints: what a new one must be like.
    ///   - account: the account with a primary key.
    ///   - meant: the accounts that a typed name or address means.
    ///   - change: judges, hashes and writes a new password if the stored one is still that of the account.
    package init(
        backend: BackendName, hints: [String],
        account: @escaping @Sendable (UTF8Text) async throws(BackendError) -> PasswordAccount?,
        meant: @escaping @Sendable (UTF8Text) async throws(BackendError) -> [PasswordAccount],
        change: @escaping @Sendable (PasswordAccount, Password) async throws(BackendError) -> Change
    ) {
        self.backend = backend
        self.hints = hints
        self.account = account
        self.meant = meant
        self.change = change
    }

    /// The account of a person, if the password is kept here and may be used.
    func account(of user: UserReference) async throws(BackendError) -> PasswordAccount? {
        guard user.backend == backend, let account = try await account(user.id), account.isActive else { return nil }
        return account
    }
}
