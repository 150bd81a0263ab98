package import GatehouseCore
package import GatehouseCrypto
package import GatehouseSystem

/// Signs people in with the passwords of the database, as Django's `ModelBackend` does.
///
/// An unknown, inactive or unusable account costs the same hash as a wrong password. A hash that is no longer what new ones
/// look like is made anew after it matched.
package struct DatabaseBackend: Backend {
    package let name: BackendName
    private let users: any UserStore
    private let hashers: PasswordHashers
    private let pool: WorkerPool
    private let names: UserNameRules
    private let now: @Sendable () -> Timestamp
    private let remarks: HashRemarks

    /// - Parameters:
    ///   - name: what sessions remember.
    ///   - users: the accounts.
    ///   - hashers: the understood formats, the preferred one first.
    ///   - pool: where hashes are computed.
    ///   - names: what a typed name stands for.
    ///   - now: the wall clock, for `last_login`.
    ///   - onRefusal: hears once of each person whose stored hash can match nothing, at an attempt to sign in.
    package init(
        name: BackendName = "database", users: any UserStore, hashers: PasswordHashers, pool: WorkerPool,
        names: UserNameRules, now: @escaping @Sendable () -> Timestamp,
        onRefusal: @escaping @Sendable (UserName, HashRefusal) -> Void = { _, _ in }
    ) {
        self.name = name
        self.users = users
        self.hashers = hashers
        self.pool = pool
        self.names = names
        self.now = now
        remarks = HashRemarks(report: onRefusal)
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        // Somebody may change the password, or make its hash anew, while it is being compared.
        for _ in 0..<3 {
            if let result = try await compare(credentials) { return result }
        }
        throw .unavailable(reason: "the password changes all the time")
    }

    /// `nil` if the account has another hash by now than the one that matched.
    private func compare(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult? {
        let account: Account? =
            if let typed = names.typed(credentials.name) { try await users.account(named: typed) } else { nil }
        // Whatever the account is, the work is the same up to here: only then does anybody look at what it is.
        let outcome = try await hash(credentials, account?.encodedPassword)
        if let account, !outcome.matches { remarks.note(account, hashers) }
        guard let account, account.isActive, outcome.matches else { return .notMine }
        guard let person = try await users.person(of: account.id, backend: name) else { return .notMine }
        guard person.encodedPassword == account.encodedPassword else { return nil }
        let former = try credential(account.encodedPassword)
        // Neither of the two decides about the sign-in.
        var isRenewed = false
        if let fresh = outcome.fresh {
            let isReplaced = try? await users.replacePassword(
                of: account.id, old: account.encodedPassword, new: fresh)
            isRenewed = isReplaced ?? false
            // Where nothing may be written, it is the same hash still.
            if isReplaced == false,
                try await users.person(of: account.id, backend: name)?.encodedPassword != account.encodedPassword
            {
                return nil
            }
        }
        try? await users.recordSignIn(of: account.id, at: now())
        let current = try isRenewed ? outcome.fresh.map(credential) ?? former : former
        return .authenticated(person.identity.with(credential: current, former: isRenewed ? former : nil))
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name, let person = try await users.person(of: user.id, backend: name) else { return nil }
        return person.identity.with(credential: try credential(person.encodedPassword))
    }

    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        guard let name = names.typed(name), let account = try await users.account(named: name) else { return [] }
        return [try credential(account.encodedPassword)]
    }

    private func credential(_ encoded: String) throws(BackendError) -> Octets16? {
        do { return try Digest.credential(encoded) } catch { throw .unavailable(reason: "\(error)") }
    }

    /// What a comparison brought, and the hash that should stand in the account from now on.
    private struct Outcome: Sendable {
        let matches: Bool
        let fresh: String?
    }

    /// Compares on the pool; without a stored hash the same work is done for nothing.
    private func hash(_ credentials: Credentials, _ encoded: String?) async throws(BackendError) -> Outcome {
        let (hashers, password) = (hashers, credentials.password)
        let memoryKiB = hashers.memoryKiB(for: encoded)
        let result: Result<Outcome, CryptoError> = try await pool.hash(memoryKiB: memoryKiB, for: credentials.flow) {
            credentials.onUse(encoded == nil ? .spent : .compared)
            do throws(CryptoError) {
                guard let encoded else {
                    try hashers.spend(password)
                    return .success(Outcome(matches: false, fresh: nil))
                }
                let verification = try hashers.verify(password, against: encoded)
                let fresh = verification.mustUpdate ? try? hashers.make(password) : nil
                return .success(Outcome(matches: verification.matches, fresh: fresh))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let outcome): return outcome
        case .failure(let error): throw .unavailable(reason: "the password could not be hashed: \(error)")
        }
    }
}
