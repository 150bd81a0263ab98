package import GatehouseCore
package import GatehouseSystem

/// Signs people in with the passwords of a directory: OpenLDAP, Active Directory and their like.
///
/// Either somebody who may search finds the person's entry, and the password is tried on it; or the password is tried on a name
/// that is made from the typed one, and the person's own connection reads the entry.
package struct LDAPBackend: Backend {
    package let name: BackendName
    let settings: LDAPSettings
    private let pool: WorkerPool
    private let searchers: LDAPSearchers
    private var directory: LDAPDirectory { LDAPDirectory(settings: settings, backend: name) }

    /// Whether libldap is installed; it is opened now, and stays open.
    package static var isAvailable: Bool { LDAPConnection.isAvailable }
    /// What an operator is told if it is not.
    package static var libraryMissing: String { LDAPConnection.libraryMissing }

    /// `pool` is where threads wait for the directory.
    package init(name: BackendName = "ldap", settings: LDAPSettings, pool: WorkerPool) {
        self.name = name
        self.settings = settings
        self.pool = pool
        searchers = LDAPSearchers(LDAPServers(settings))
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let typed = LDAPBackend.trimmed(credentials.name.bytes)
        let password = credentials.password.bytes
        // A directory could take either for something else than it is.
        guard !typed.isEmpty, !typed.contains(0), !password.isEmpty, !password.contains(0) else { return .notMine }
        guard let template = settings.userDN else { return try await searched(typed, credentials) }
        return try await direct(template, typed, credentials)
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name else { return nil }
        // Without somebody who may search, nobody can be asked about without their password.
        guard settings.canLookAgain else {
            guard let known, known.user == user else {
                throw .unavailable(reason: "nobody is known in the directory without a password")
            }
            return known
        }
        let (searchers, directory) = (searchers, directory)
        return try await run { deadline throws(LDAPFailure) in
            try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                guard let (entry, typed) = try directory.entry(withID: user.id, known: known, connection),
                    try directory.bar(entry) == nil
                else { return nil }
                return try directory.identity(entry, typed: typed, known: known, connection)
            }
        }
    }

    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        guard settings.readsAccountState, settings.canLookAgain else { return [nil] }
        let typed = LDAPBackend.trimmed(name.bytes)
        guard !typed.isEmpty, !typed.contains(0) else { return [] }
        let (searchers, directory) = (searchers, directory)
        return try await run { deadline throws(LDAPFailure) in
            try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                guard let entry = try directory.entry(typed: typed, connection)?.entry else { return [] }
                return [try directory.credential(entry)]
            }
        }
    }

    // MARK: - Signing in

    /// Somebody who may search finds the entry, and the password is tried on it.
    private func searched(
        _ typed: [UInt8], _ credentials: Credentials
    ) async throws(BackendError) -> AuthenticationResult {
        let (settings, searchers, directory) = (settings, searchers, directory)
        let (flow, own) = (credentials.flow, LDAPOwnBind(credentials))
        let limit = LDAPDeadline(after: settings.timeout)
        let found: (entry: LDAPEntry, id: UTF8Text)? = try await run(for: flow, until: limit) {
            deadline throws(LDAPFailure) in
            try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                guard let entry = try directory.entry(named: typed, connection) else { return nil }
                return (entry, try directory.id(entry))
            }
        }
        guard let found else { return .notMine }
        try await credentials.admission(UserReference(backend: name, id: found.id))
        return try await run(for: flow, until: limit) { deadline throws(LDAPFailure) in
            let name = try LDAPDirectory.text(found.entry.name, "the entry's name")
            switch try own.answer(toBinding: name, searchers, until: deadline) {
            case .accepted: break
            case .wrong: return .notMine
            case .barred(let reason): return .barred(reason.account(passwordPage: settings.passwordPage))
            }
            return try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                var entry = found.entry
                // The right password may have ended what stood there before, like a lock whose time was over.
                if try directory.bar(entry) != nil {
                    let filter = LDAPText.filter(settings.filter, [("{name}", typed)])
                    guard let now = try directory.entry(at: entry.name, matching: filter, connection) else {
                        return .notMine
                    }
                    if let bar = try directory.bar(now) { return .barred(bar) }
                    entry = now
                }
                return .authenticated(try directory.identity(entry, typed: typed, connection))
            }
        }
    }

    /// The password is tried on a name made from the typed one, and the person's own connection reads the entry.
    private func direct(
        _ template: String, _ typed: [UInt8], _ credentials: Credentials
    ) async throws(BackendError) -> AuthenticationResult {
        guard let bindName = LDAPText.bindName(template, typed) else { return .notMine }
        // However it was written, it is one person's.
        let one = UTF8Text(wellFormed: bindName.utf8.map { ASCII.lowercased($0) })
        try await credentials.admission(UserReference(backend: name, id: one))
        let (settings, searchers, directory) = (settings, searchers, directory)
        let own = LDAPOwnBind(credentials)
        return try await run(for: credentials.flow) { deadline throws(LDAPFailure) in
            // Whoever is bound, and then not served, has the right password.
            var isAccepted = false
            let result: AuthenticationResult
            do throws(LDAPFailure) {
                result = try searchers.servers.ask(until: deadline) { connection throws(LDAPFailure) in
                    switch try own.answer(toBinding: bindName, on: connection) {
                    case .accepted: isAccepted = true
                    case .wrong: return .notMine
                    case .barred(let reason): return .barred(reason.account(passwordPage: settings.passwordPage))
                    }
                    // The filter may leave out people whose password is right; and it may find somebody else, whose password it is not.
                    guard let (entry, typed) = try directory.entry(typed: typed, connection),
                        try directory.isBound(entry, connection, own.password)
                    else { return .notMine }
                    if let bar = try directory.bar(entry) { return .barred(bar) }
                    return .authenticated(try directory.identity(entry, typed: typed, connection))
                }
            } catch {
                guard !isAccepted, try own.isAboutPerson(error, searchers, until: deadline) else { throw error }
                return .notMine
            }
            guard case .authenticated(let identity) = result else { return result }
            return .authenticated(directory.completed(identity, searchers, until: deadline))
        }
    }

    /// Without blanks at both ends, which directories pass over anyway.
    private static func trimmed(_ octets: [UInt8]) -> [UInt8] {
        Array(octets.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
    }

    /// Does some work on a thread of the pool; the time until there is one is part of its time.
    func run<Value: Sendable>(
        for flow: Flow = .own, until limit: LDAPDeadline? = nil,
        _ work: @escaping @Sendable (LDAPDeadline) throws(LDAPFailure) -> Value
    ) async throws(BackendError) -> Value {
        let deadline = limit ?? LDAPDeadline(after: settings.timeout)
        let result: Result<Value, BackendError> = try await pool.run(memoryKiB: 0, for: flow) {
            do throws(LDAPFailure) { return .success(try work(deadline)) } catch {
                return .failure(.unavailable(reason: "the directory: \(error.reason)"))
            }
        }
        return try result.get()
    }
}
