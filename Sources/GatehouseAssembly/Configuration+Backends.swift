package import GatehouseBackends
package import GatehouseConfig
package import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehouseLogging
internal import GatehouseOIDC
internal import GatehouseOutbound
package import GatehousePeople
internal import GatehouseSystem
package import GatehouseTerminal
package import Logging

extension People {
    /// The backends in their order, each held to its time.
    ///
    /// - Parameters:
    ///   - tables: of the configuration.
    ///   - providers: whose people without an account have sessions.
    ///   - logger: for complaints.
    ///   - metered: puts something around each that counts.
    /// - Returns: the chain.
    /// - Throws: `Failure.usage` if one cannot be used as it is configured.
    package func makeChain(
        _ tables: [BackendTable], providers: [ProviderTable] = [], _ logger: Logger,
        metered: (any Backend) -> any Backend = { $0 }
    ) throws(Failure) -> BackendChain {
        // For work that waits for others: never the threads that hash, and some for each, so that one that hangs leaves the
        // others alone.
        func waiting() -> WorkerPool { WorkerPool(workers: 16, memoryBudgetKiB: 1, queueLimit: 64) }
        let (people, database) = (self, backend)
        var backends: [any Backend] = []
        for table in tables {
            let backend: any Backend
            switch table.kind {
            case .database:
                backends.append(metered(database))
                continue
            case .remoteHeader: continue
            case .file(let file): backend = try makeBackend(file, table, logger)
            case .http(let http):
                guard Outbound.isAvailable else {
                    throw .usage("backend.type = \"http\": \(OutboundError.libraryMissing.reason)")
                }
                let settings = HTTPBackendSettings(
                    url: http.url, secret: http.secret.map { String(decoding: $0.octets, as: UTF8.self) },
                    caFile: http.caFile, timeout: table.timeout, grantsFlags: http.mayMakeSuperusers)
                backend = HTTPBackend(name: table.name, settings: settings, pool: waiting())
            case .command(let command):
                let settings = CommandSettings(
                    path: command.path, arguments: command.arguments, timeout: table.timeout,
                    environment: command.environment, grantsFlags: command.mayMakeSuperusers)
                backend = CommandBackend(name: table.name, settings: settings, pool: waiting())
            case .ldap(let ldap):
                guard LDAPBackend.isAvailable else {
                    throw .usage("backend.type = \"ldap\": \(LDAPBackend.libraryMissing)")
                }
                backend = LDAPBackend(
                    name: table.name, settings: LDAPSettings(ldap, timeout: table.timeout), pool: waiting())
            case .pam(let pam):
                guard PAMBackend.isAvailable else {
                    throw .usage("backend.type = \"pam\": \(PAMBackend.libraryMissing)")
                }
                let settings = PAMSettings(
                    service: pam.service, timeout: table.timeout, minUserID: pam.minUserID, allowsRoot: pam.allowsRoot,
                    requiresAccount: pam.requiresAccount, folder: pam.folder)
                backend = PAMBackend(name: table.name, settings: settings, pool: waiting())
            }
            // Its own limit comes first, and says more.
            let timed = TimedBackend(backend, limit: table.timeout + .seconds(1))
            let unmatched = unmatchedGroups(table, logger)
            let mapped = MappedBackend(timed, mapping: table.groups, unmatched: unmatched) {
                groups async throws(BackendError) in try await people.grants(ofGroups: groups)
            }
            backends.append(metered(mapped))
        }
        return BackendChain(backends + providers.map { externalBackend($0.provider.name.text) })
    }

    /// Says once a day which names of a mapping matched nobody.
    private func unmatchedGroups(_ table: BackendTable, _ logger: Logger) -> UnmatchedGroups {
        let backend = "\(table.name)"
        return UnmatchedGroups(table.groups, now: { WallClock.now() }) { group in
            logger.log(
                Event(.backendGroupUnmatched, [(.backend, "\(backend)"), (.group, "\(group)")]),
                "a group of [backend.groups], staff or superusers is nobody's for a day: is its name right?")
        }
    }

    private func makeBackend(
        _ file: FileTable, _ table: BackendTable, _ logger: Logger
    ) throws(Failure) -> any Backend {
        let format: FileSettings.Format =
            switch file.format {
            case .toml: .toml
            case .htpasswd: .htpasswd
            }
        let name = "\(table.name)"
        do {
            return try FileBackend(
                name: table.name, settings: FileSettings(path: file.path, format: format),
                hashers: passwords.hashers, pool: passwords.pool, timeout: table.timeout, names: .django
            ) { problem in
                logger.log(
                    Event(.backendProblem, [(.backend, "\(name)"), (.reason, "\(problem)")]), "a file of people")
            }
        } catch {
            guard case .unavailable(let reason) = error else { throw .unknown("backend \(name): \(error)") }
            throw .usage("backend \(name): \(reason)")
        }
    }
}

extension LDAPSettings {
    package init(_ table: LDAPTable, timeout: Duration) {
        self.init(urls: table.urls, base: table.base)
        startsTLS = table.startsTLS
        caFile = table.caFile
        self.timeout = timeout
        bindDN = table.bindDN
        bindPassword = table.bindPassword?.octets ?? []
        userDN = table.userDN
        readsAccountState = table.readsAccountState
        passwordPage = table.passwordPage
        if let filter = table.filter { self.filter = filter }
        if let id = table.attributes["id"] { attributes.id = id }
        if let name = table.attributes["name"] { attributes.name = name }
        if let displayName = table.attributes["display_name"] { attributes.displayName = displayName }
        if let email = table.attributes["email"] { attributes.email = email }
        if let base = table.groupBase {
            groups = .below(
                base: base, filter: table.groupFilter ?? LDAPSettings.standardGroupFilter, name: table.groupName,
                isNested: table.followsNestedGroups)
        }
    }
}
