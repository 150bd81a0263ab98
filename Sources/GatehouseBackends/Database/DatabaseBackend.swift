package import GatehouseCore
package import GatehouseCrypto

/// Signs people in with the passwords of the database, as Django's `ModelBackend` does.
///
/// An unknown, inactive or unusable account costs the same hash as a wrong password. A hash that is no longer what new ones
/// look like is made anew after it matched.
package struct DatabaseBackend: Backend {
    package let name: BackendName
    private let users: any UserStore
    private let hashers: PasswordHashers
    private let pool: WorkerPool
    private let normalize: @Sendable (UTF8Text) -> UserName?
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - name: what sessions remember.
    ///   - users: the accounts.
    ///   - hashers: the understood formats, the preferred one first.
    ///   - pool: where hashes are computed.
    ///   - normalize: what a typed name stands for; `nil` if it can be nobody's.
    ///   - now: the wall clock, for `last_login`.
    package init(
        name: BackendName = "database", users: any UserStore, hashers: PasswordHashers, pool: WorkerPool,
        normalize: @escaping @Sendable (UTF8Text) -> UserName?, now: @escaping @Sendable () -> Timestamp
    ) {
        self.name = name
        self.users = users
        self.hashers = hashers
        self.pool = pool
        self.normalize = normalize
        self.now = now
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let account: Account? =
            if let typed = normalize(credentials.name) { try await users.account(named: typed) } else { nil }
        let (password, hashers) = (credentials.password, hashers)
        guard let account, account.isActive else {
            // An inactive account's own hash may cost more or less than ours: what is spent must not tell.
            let encoded = account?.encodedPassword
            try await pool.run(memoryKiB: hashers.memoryKiB(for: encoded)) {
                if let encoded { _ = hashers.verify(password, against: encoded) } else { hashers.spend(password) }
            }
            return .notMine
        }
        let encoded = account.encodedPassword
        let (verification, fresh) = try await pool.run(memoryKiB: hashers.memoryKiB(for: encoded)) {
            let verification = hashers.verify(password, against: encoded)
            return (verification, verification.matches && verification.mustUpdate ? try? hashers.make(password) : nil)
        }
        guard verification.matches else { return .notMine }
        guard let identity = try await users.identity(of: account.id, backend: name) else { return .notMine }
        // Neither of the two decides about the sign-in.
        if let fresh { _ = try? await users.replacePassword(of: account.id, old: encoded, new: fresh) }
        try? await users.recordSignIn(of: account.id, at: now())
        return .authenticated(identity)
    }

    package func identity(of user: UserReference) async throws(BackendError) -> Identity? {
        guard user.backend == name else { return nil }
        return try await users.identity(of: user.id, backend: name)
    }
}
