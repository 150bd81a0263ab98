package import GatehouseCore
package import GatehouseCrypto

/// Signs people in with the passwords of a directory: OpenLDAP, Active Directory and their like.
///
/// Either somebody who may search finds the person's entry, and the password is tried on it; or the password is tried on a name
/// that is made from the typed one, and the person's own connection reads the entry.
package struct LDAPBackend: Backend {
    package let name: BackendName
    private let settings: LDAPSettings
    private let pool: WorkerPool
    private let searchers: LDAPSearchers

    /// Whether libldap is installed; it is opened now, and stays open.
    package static var isAvailable: Bool { LDAPConnection.isAvailable }

    /// `pool` is where threads wait for the directory.
    package init(name: BackendName = "ldap", settings: LDAPSettings, pool: WorkerPool) {
        self.name = name
        self.settings = settings
        self.pool = pool
        searchers = LDAPSearchers(settings)
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let typed = LDAPBackend.trimmed(credentials.name.bytes)
        let password = credentials.password.bytes
        // A directory could take either for something else than it is.
        guard !typed.isEmpty, !typed.contains(0), !password.isEmpty, !password.contains(0) else { return .notMine }
        let (settings, searchers, name) = (settings, searchers, name)
        let (flow, onUse) = (credentials.flow, credentials.onUse)
        if let template = settings.userDN {
            let person = try await run(for: flow) { deadline throws(LDAPFailure) in
                onUse(.compared)
                return try LDAPBackend.direct(template, typed, password, settings, name, deadline)
            }
            return person.map(AuthenticationResult.authenticated) ?? .notMine
        }
        let limit = LDAPDeadline(after: settings.timeout)
        let directory = LDAPDirectory(settings: settings, backend: name)
        let found: (entry: LDAPEntry, id: UTF8Text)? = try await run(for: flow, until: limit) {
            deadline throws(LDAPFailure) in
            try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                guard let entry = try directory.entry(named: typed, connection) else { return nil }
                return (entry, try directory.id(entry))
            }
        }
        guard let found else { return .notMine }
        try await credentials.admission(UserReference(backend: name, id: found.id))
        let entry = found.entry
        let person: Identity? = try await run(for: flow, until: limit) { deadline throws(LDAPFailure) in
            let own = try LDAPConnection(settings, until: deadline)
            onUse(.compared)
            guard try own.bind(try LDAPDirectory.text(entry.name, "the entry's name"), password) else { return nil }
            return try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                try directory.identity(entry, connection)
            }
        }
        return person.map(AuthenticationResult.authenticated) ?? .notMine
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name else { return nil }
        // Without somebody who may search, nobody can be asked about without their password.
        if settings.userDN != nil, settings.bindDN.isEmpty {
            guard let known, known.user == user else {
                throw .unavailable(reason: "nobody is known in the directory without a password")
            }
            return known
        }
        let (settings, searchers, name) = (settings, searchers, name)
        return try await run { deadline throws(LDAPFailure) in
            try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                let directory = LDAPDirectory(settings: settings, backend: name)
                guard let entry = try directory.entry(withID: user.id, connection) else { return nil }
                return try directory.identity(entry, connection)
            }
        }
    }

    private static func direct(
        _ template: String, _ typed: [UInt8], _ password: [UInt8], _ settings: LDAPSettings, _ name: BackendName,
        _ deadline: LDAPDeadline
    ) throws(LDAPFailure) -> Identity? {
        let directory = LDAPDirectory(settings: settings, backend: name)
        let own = try LDAPConnection(settings, until: deadline)
        guard let bindName = LDAPText.bindName(template, typed), try own.bind(bindName, password) else { return nil }
        // The filter may leave out people whose password is right; and it may find somebody else, whose password it is not.
        guard let entry = try directory.entry(named: typed, own),
            try own.bind(try LDAPDirectory.text(entry.name, "the entry's name"), password)
        else { return nil }
        return try directory.identity(entry, own)
    }

    /// Without blanks at both ends, which directories pass over anyway.
    private static func trimmed(_ octets: [UInt8]) -> [UInt8] {
        Array(octets.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
    }

    /// Does some work on a thread of the pool; the time until there is one is part of its time.
    private func run<Value: Sendable>(
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
