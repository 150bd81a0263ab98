internal import GatehouseBackends
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehousePasswords
internal import GatehousePortal
internal import GatehouseSystem

/// What the portal needs of the people in the database.
extension People {
    /// Their passwords; `nil` where the tables may not be written.
    var portalPasswords: PeoplePasswords? {
        guard store.writesPasswords else { return nil }
        let people = self
        return PeoplePasswords(
            backend: People.backendName, hints: rules.helpTexts,
            account: { id async throws(BackendError) in try await people.store.passwordAccount(of: id) },
            meant: { typed async throws(BackendError) in try await people.store.passwordAccounts(meant: typed) },
            change: { account, password async throws(BackendError) in
                try await people.changePassword(of: account, to: password)
            })
    }

    /// Judges, hashes and writes a new password.
    private func changePassword(
        of account: PasswordAccount, to password: Password
    ) async throws(BackendError) -> PeoplePasswords.Change {
        let person = PersonAttributes(
            username: account.name.text, firstName: account.firstName, lastName: account.lastName, email: account.email)
        let past = PastPasswords(userID: account.id, current: account.encodedPassword, history: store, hashers: hashers)
        let problems = try await rules.problems(password, of: person, past: past, on: pool)
        guard problems.isEmpty else { return .refused(problems.map(\.message)) }
        let hashers = hashers
        let made = try await pool.run(memoryKiB: hashers.memoryKiB(for: nil)) { try? hashers.make(password) }
        guard let made else { throw .unavailable(reason: "the password could not be hashed") }
        let isChanged = try await store.changePassword(
            of: account.id, from: account.encodedPassword, to: made, now: WallClock.now(),
            remembering: rules.remembered)
        guard isChanged else { return .outdated }
        return .changed((try? await database.identity(of: reference(id: account.id), known: nil)) ?? nil)
    }

    /// Signing in by a header, as the configuration wants it.
    var remoteSignIn: RemoteSignIn? {
        guard let remote else { return nil }
        let people = self
        return RemoteSignIn(header: remote.header, peers: TrustedProxies(networks: remote.networks)) {
            value async throws(BackendError) in
            guard let name = remote.subject.name(in: value), let user = UserNameRule.typed(name) else { return nil }
            return try await people.remotePerson(user, createsUnknown: remote.createsUnknown)
        }
    }

    private func remotePerson(_ name: UserName, createsUnknown: Bool) async throws(BackendError) -> Identity? {
        if let account = try await store.account(named: name) {
            return try await database.identity(of: reference(id: account.id), known: nil)
        }
        guard createsUnknown else { return nil }
        do {
            try await addWithoutPassword(name)
        } catch {
            // Two requests at once: the other one made the account.
            guard error.code == ExitStatus.refused else { throw .unavailable(reason: error.message) }
        }
        guard let account = try await store.account(named: name) else { return nil }
        return try await database.identity(of: reference(id: account.id), known: nil)
    }
}
