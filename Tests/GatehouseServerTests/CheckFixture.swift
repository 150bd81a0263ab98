import GatehouseContracts
import GatehouseCore
import GatehouseCrypto
@testable import GatehouseServer
import GatehouseSessions
import GatehouseTestSupport
import Logging

/// Everything that checks need, with people signed in: an engine, or with `CheckServer` a listener on loopback.
struct CheckFixture {
    let clock = ManualClock()
    let store: MemoryRecordStore
    let keeper: SessionKeeper
    let secrets: SessionSecrets
    let generation: Generation
    let maxConnections: Int
    let records = FakeRecords()
    let metrics = CheckMetrics()
    let lines = LogLines()
    let refreshes = Mutexed<[UserReference]>([])

    /// What wait for a refresh to come to an end.
    final class Waiting {
        var closures: [() -> Void] = []

        /// Says to all that it did.
        func release() {
            let closures = closures
            self.closures = []
            for closure in closures { closure() }
        }
    }

    static let cookies = CookieNames(
        session: SessionCookieName("__Host-gatehouse"), others: [SessionCookieName("__Host-gatehouse-pre")])
    static let limits = SessionLimits(idle: .seconds(600), absolute: .seconds(3_600))
    static let admin = Identity(
        user: UserReference(backend: "database", id: "1"), name: "alice", displayName: "Alice A.",
        email: "alice@example.com",
        isSuperuser: true, groups: ["admins", "caf\u{E9}, noir"], permissions: ["reports.view"])
    static let user = Identity(user: UserReference(backend: "database", id: "2"), name: "bob")

    init(
        trusted: [Network] = Network.loopback, maxConnections: Int = 4_096, identityRefresh: Duration = .seconds(60),
        identityMaxAge: Duration = .seconds(3_600)
    ) throws {
        let clock = clock
        store = MemoryRecordStore { clock.now }
        secrets = SessionSecrets(
            lookup: try LookupKey([UInt8](repeating: 1, count: 32)),
            seal: try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 2, count: 32))]), prefix: "gh:")
        keeper = SessionKeeper(store: store, secrets: secrets, limits: CheckFixture.limits)
        let policy = try CheckFixture.makePolicy()
        generation = Generation(
            policy: policy, headers: policy.applications.map { _ in .remote }, secrets: secrets,
            cookies: CheckFixture.cookies, proxies: TrustedProxies(networks: trusted),
            login: LoginAddress(portal: "https://auth.example.com"), identityRefresh: identityRefresh,
            identityMaxAge: identityMaxAge,
            pages: RelayedPages(
                deniedHTML: Array("<p>no</p>".utf8), deniedJSON: Array("{}".utf8),
                unknownHostHTML: Array("<p>unknown host</p>".utf8), unavailableHTML: Array("<p>later</p>".utf8)))
        self.maxConnections = maxConnections
    }

    private static func makePolicy() throws -> Policy {
        func hosts(_ names: String...) -> [ApplicationHost] { names.compactMap { ApplicationHost($0) } }
        let all = Disclosure(groups: [NamePattern("*")], permissions: [NamePattern("*")])
        return Policy(applications: [
            Application(
                name: "app", hosts: hosts("app.example.com"), disclosure: all,
                rules: [
                    Rule(paths: [try PathPattern("/public/**")], verdict: .allow([.anyone])),
                    Rule(paths: [try PathPattern("/closed/**")], verdict: .deny),
                    Rule(paths: [try PathPattern("/admin/**")], verdict: .allow([.group("admins")])),
                    Rule(paths: [try PathPattern("/finance/**")], verdict: .allow([.group("finance")])),
                    Rule(verdict: .allow([.signedIn])),
                ]),
            Application(
                name: "api", hosts: hosts("api.example.com"), allowsPreflight: true,
                rules: [Rule(verdict: .allow([.signedIn]))]),
            Application(
                name: "wiki", hosts: hosts("*.wiki.example.com"),
                rules: [
                    Rule(
                        paths: [try PathPattern("/recent/**")], verdict: .allow([.signedIn]),
                        signedInWithin: .seconds(300)),
                    Rule(verdict: .allow([.signedIn])),
                ]),
        ])
    }

    /// Signs a person in and gives the value of the cookie.
    func signIn(_ identity: Identity = admin) async throws -> String {
        let token = try await keeper.start(for: identity, isRemembered: false, replacing: nil, now: clock.now).token
        load()
        return token.text
    }

    /// What the store holds now is what readers see.
    func load() {
        let dump = store.dump
        records.change { $0.records = dump }
    }

    var logger: Logger {
        var logger = Logger(label: "test") { [lines] _ in lines }
        logger.logLevel = .trace
        return logger
    }

    func makeEngine<Reader>(
        _ reader: Reader, knownSessions: Int = 1_024, waiting: Waiting? = nil, tracer: Tracer? = nil
    ) throws
        -> CheckEngine<Reader>
    {
        let refreshes = refreshes
        let clock = clock
        return try CheckEngine(
            generation: generation, reader: reader, metrics: metrics, logger: logger, knownSessions: knownSessions,
            tracing: tracer.map { CheckTracing($0, store: "redis") }, now: { clock.now },
            refreshIdentity: { user, done in
                refreshes.change { $0.append(user) }
                waiting?.closures.append(done)
            })
    }
}

/// Keeps every log line.
struct LogLines: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    private let kept = Mutexed<[String]>([])

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var values = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        if let trace = RequestTrace.current { values.append("trace_id=\(trace.context.trace)") }
        kept.change { $0.append("\(event.level) \(event.message) \(values.joined(separator: " "))") }
    }

    var all: [String] { kept.value }
    func count(_ text: String) -> Int { all.count { $0.contains(text) } }
}

/// The heads of checks as proxies write them.
enum Wire {
    static func request(
        _ url: String, method: String = "GET", cookie: String? = nil, verb: String = "GET",
        target: String = "/auth/request",
        version: String = "1.1", _ more: String...
    ) -> String {
        write(
            verb, target, version,
            ["X-Original-Method: \(method)", "X-Original-URL: \(url)", "X-Forwarded-For: 192.0.2.9"], cookie, more)
    }

    static func forward(
        _ uri: String, host: String = "app.example.com", method: String = "GET", cookie: String? = nil,
        verb: String = "GET",
        target: String = "/auth/forward", version: String = "1.1", _ more: String...
    ) -> String {
        let lines = [
            "X-Forwarded-Method: \(method)", "X-Forwarded-Proto: https", "X-Forwarded-Host: \(host)",
            "X-Forwarded-Uri: \(uri)",
            "X-Forwarded-For: 192.0.2.9",
        ]
        return write(verb, target, version, lines, cookie, more)
    }

    private static func write(
        _ verb: String, _ target: String, _ version: String, _ lines: [String], _ cookie: String?, _ more: [String]
    ) -> String {
        let cookies = cookie.map { ["Cookie: __Host-gatehouse=\($0)"] } ?? []
        return (["\(verb) \(target) HTTP/\(version)", "Host: 127.0.0.1:9180"] + lines + cookies + more).joined(
            separator: "\r\n")
            + "\r\n\r\n"
    }
}
