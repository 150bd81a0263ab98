package import GatehouseCore
internal import GatehouseFormats

// Wide: one value per table of the file, however many of them there are, and what several of them say together.
/// A whole configuration without problems.
package struct Configuration: Sendable {
    /// The file's path as it was given; `environment` where there is none.
    package let path: String
    package let portal: PortalTable
    package let check: CheckTable
    package let admin: AdminTable
    package let cookie: CookieSettings
    package let database: DatabaseTable
    package let keys: KeysTable
    package let sessions: SessionsTable
    package let identity: IdentityTable
    /// In their order.
    package let backends: [BackendTable]
    /// In their order.
    package let providers: [ProviderTable]
    package let outbound: OutboundTable
    package let throttle: ThrottleTable
    /// `nil` where nobody is written to.
    package let mail: MailTable?
    package let passwords: PasswordsTable
    package let permissions: PermissionsTable
    package let log: LogTable
    package let shutdown: ShutdownTable
    /// `nil` where nothing is traced.
    package let tracing: TracingTable?
    /// In the order of the file, like the applications of `policy`.
    package let applications: [ApplicationTable]
    package let expectations: [ExpectTable]
    package let policy: Policy
    /// Where people go who did not ask for a place; `nil` where there is none but the portal's own pages.
    package let home: ReturnAddress?
    /// The names of groups, permissions and people that only the database can judge, in the order of the file's tables.
    package let mentions: [NameMention]
    /// What is allowed but probably not meant.
    package let warnings: [ConfigProblem]

    /// Reads a file, applies the overrides of the environment and follows every reference to a secret; without a file, the
    /// environment is all that there is.
    ///
    /// - Parameters:
    ///   - source: the file; relative paths in it are counted from its folder.
    ///   - environment: the process' environment; variables like `GATEHOUSE_SESSIONS__STORE` override keys.
    ///   - standardKeys: what the keys will hold that are not written yet, by their paths, if nobody configured others.
    ///   - suffixes: which domains browsers keep no cookie for; without it nobody is asked.
    /// - Returns: a configuration without a problem; there may be warnings.
    /// - Throws: every problem at once; the caller prints them and exits with 2, or keeps the configuration it has.
    package static func load(
        from source: ConfigurationSource, environment: [String: String], standardKeys: [String: [UInt8]] = [:],
        suffixes: SuffixJudge? = nil
    ) throws(ConfigProblems) -> Configuration {
        guard case .file(let path) = source else {
            let nothing = TOMLValue(content: .table([]), place: .nowhere)
            return try Configuration(
                nothing, path: nil, mode: 0, environment: environment, suffixes: suffixes, standardKeys: standardKeys,
                log: ProblemLog(file: nil))
        }
        let file: TextFile.Contents
        do { file = try TextFile.read(path, limit: maxLength) } catch {
            throw ConfigProblems([ConfigProblem(source: path, message: "cannot be read: \(error.reason)")])
        }
        let log = ProblemLog(file: path)
        // Whoever can change it decides who gets in.
        if let problem = FileExposure.problem(ofFile: path) { log.add(.nowhere, "", problem) }
        return try Configuration(
            try document(file.octets, path), path: path, mode: file.permissions, environment: environment,
            suffixes: suffixes, standardKeys: standardKeys, log: log)
    }

    /// The same for a file.
    package static func load(
        path: String, environment: [String: String], suffixes: SuffixJudge? = nil
    ) throws(ConfigProblems) -> Configuration {
        try load(from: .file(path), environment: environment, suffixes: suffixes)
    }

    /// Reads a file that is about to be written, with the secrets that are to lie beside it.
    ///
    /// - Parameters:
    ///   - text: what the file will hold.
    ///   - path: where it will lie.
    ///   - pending: what other files will hold, by their paths.
    ///   - environment: as for a file that is there.
    ///   - suffixes: as for a file that is there.
    /// - Returns: what `load` will return.
    /// - Throws: every problem at once.
    package static func load(
        unwritten text: String, path: String, pending: [String: [UInt8]], environment: [String: String],
        suffixes: SuffixJudge? = nil
    ) throws(ConfigProblems) -> Configuration {
        try Configuration(
            try document(Array(text.utf8), path), path: path, mode: 0o640, environment: environment,
            suffixes: suffixes, pending: pending, log: ProblemLog(file: path))
    }

    static func document(_ octets: [UInt8], _ path: String) throws(ConfigProblems) -> TOMLValue {
        do { return TOMLValue(try TOMLDocument(octets).root) } catch {
            throw ConfigProblems([
                ConfigProblem(source: path, line: Place(error.place).line, message: "is no TOML: \(error.reason)")
            ])
        }
    }

    /// Room for 10,000 rules and more.
    private static let maxLength = 4 << 20

    // Long: a line for each table of the file, and for what several of them say together.
    init(
        _ document: TOMLValue, path: String?, mode: UInt32, environment: [String: String], suffixes: SuffixJudge?,
        pending: [String: [UInt8]] = [:], standardKeys: [String: [UInt8]] = [:], log: ProblemLog
    ) throws(ConfigProblems) {
        let defaults = EnvironmentDefaults(environment, log: log)
        let folders = BaseFolders(file: path.map { TextFile.folder(of: $0) } ?? ".", defaults)
        let secrets = SecretReader(
            folders: folders, environment: environment, log: log, pending: pending, standardKeys: standardKeys)
        let document = Overrides.applied(environment, to: document, log: log)
        let root = TableReader(root: document, log: log)

        let portalTable = root.table("portal")
        let homeText = portalTable.string("home")
        let portal = PortalTable(portalTable, defaults)
        check = CheckTable(root.table("check"), defaults)
        admin = AdminTable(root.table("admin"))
        let cookie = CookieTable(root.table("cookie"))
        database = DatabaseTable(root.table("database"), secrets, permissions: mode)
        keys = KeysTable(root.table("keys"), secrets)
        let sessions = SessionsTable(root.table("sessions"), secrets, permissions: mode)
        identity = IdentityTable(root.table("identity"))
        backends = BackendTable.all(root.tables("backend"), secrets, log: log)
        providers = ProviderTable.all(root.tables("provider"), secrets, backends: backends, log: log)
        outbound = OutboundTable(root.table("outbound"))
        mail = MailTable(root.table("mail"), secrets)
        throttle = ThrottleTable(root.table("throttle"))
        passwords = PasswordsTable(root.table("passwords"), secrets)
        self.log = LogTable(root.table("log"), folders: folders)
        shutdown = ShutdownTable(root.table("shutdown"))
        tracing = TracingTable(root.table("tracing"), secrets)
        let permissions = PermissionsTable(root.table("permissions"))
        self.permissions = permissions
        let zones = ZoneReader()
        let readings = root.tables("application").map { ApplicationTable.read($0, permissions, zones, portal: portal) }
        applications = readings.compactMap(\.table)
        let policy = Policy(applications: applications.map(\.application))
        // An application that could not be read would make every expectation about it look wrong.
        let isComplete = applications.count == readings.count
        let expectTables = root.tables("expect")
        expectations = isComplete ? expectTables.compactMap { ExpectTable($0, policy: policy) } : []
        root.finish()

        Configuration.judgeNames(readings, log)
        if let portal {
            cookie.judge(portal: portal, hosts: readings.flatMap(\.hosts), suffixes: suffixes, log: log)
            if !portal.takesPasswords, root.value("provider") == nil {
                log.add(
                    document.value(for: "portal")?.value(for: "passwords")?.place ?? .nowhere, "portal.passwords",
                    "must not be false without any [[provider]]: nobody could sign in")
            }
            Configuration.judgeBackends(backends, check: check, portal: portal, log)
            Configuration.judgeListeners(portal: portal, check: check, admin: admin, root: document, log)
            Configuration.judgeSchemes(portal, readings, log)
            Configuration.judgePortal(portal, applications: applications, root: document, log)
        }
        home =
            if let portal, isComplete {
                Configuration.home(homeText, portal: portal, applications: applications, log)
            } else {
                nil
            }
        guard log.isEmpty, let portal, let sessions else { throw ConfigProblems(log.sortedProblems) }
        self.path = path ?? "environment"
        self.portal = portal
        self.sessions = sessions
        self.cookie = CookieSettings(portal: portal, domain: cookie.domain?.value, name: cookie.name?.value)
        self.policy = policy
        mentions = log.mentions
        warnings = log.sortedWarnings
    }
}
