internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

/// The real thing on loopback: the stores, the built program, a demo application, and a proxy with the shipped configuration.
///
/// Everything is stopped by process id when the last reference goes: end a test with `stack.stop()`.
final class Stack: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// The people of the demo: name, password and what `user add` is told.
    struct Person: Sendable {
        let name: String
        let password: String
        var options: [String] = []

        static let alice = Person(
            name: "alice", password: "a long way to the gate",
            options: [
                "--email", "alice@example.com", "--add-group", "editors", "--grant", "pages.change_page", "--create",
            ])
        static let carol = Person(
            name: "carol", password: "three keys and a lantern", options: ["--add-group", "finance", "--create"])
    }

    /// What a test wants otherwise than the demo has it.
    struct Settings: Sendable {
        /// The host of the application and of the portal under it.
        var host = "localhost"
        /// Where everything listens, for who has to know before it starts; by default where nobody does.
        var ports: Ports?
        /// What stands behind the proxy.
        var site = Site.echo
        /// Lines of the table of sessions.
        var sessions = ""
        /// Lines of top-level tables.
        var tables = ""
        /// Folders that are beside the configuration.
        var folders: [String] = []
        /// Lines of the application's own table.
        var application = """
            groups = ["editors", "finance"]
            permissions = ["pages.*"]
            """
        /// The rules of the application.
        var rules = """
              [[application.rule]]
              paths = ["/public/**"]
              allow = ["anyone"]
              [[application.rule]]
              paths = ["/finance/**"]
              allow = ["group:finance"]
              [[application.rule]]
              allow = ["signed-in"]
            """
    }

    let folder: TemporaryFolder
    let stores: RunningStores
    let config: String
    let ports: Ports
    let gatehouse: ChildProcess
    private let application: ChildProcess
    /// The proxy as it was started first.
    let proxy: ChildProcess
    private let name: String

    struct Ports: Sendable {
        let proxy: UInt16
        let check: UInt16
        let portal: UInt16
        let admin: UInt16
        let application: UInt16

        init() throws {
            // The system may name a port twice that nobody took meanwhile.
            var ports: Set<UInt16> = []
            while ports.count < 5 { ports.insert(try FreePort.any()) }
            let all = Array(ports)
            (proxy, check, portal, admin, application) = (all[0], all[1], all[2], all[3], all[4])
        }
    }

    /// The proxy's own name, as browsers write it.
    var host: String { "\(name):\(ports.proxy)" }

    /// What the proxy stands in front of.
    var site: ProxySite {
        get throws {
            ProxySite(ports: ports, host: name, config: config, binary: try Repository.gatehouse())
        }
    }

    /// The Redis of a stack that was started with one.
    var redis: RedisServer {
        get throws {
            guard let redis = stores.redis else { throw Failure(description: "this stack has no Redis") }
            return redis
        }
    }

    /// Starts everything, with the given proxy in front; with `database`, people are in that one already.
    static func start(
        _ proxy: any ShippedProxy = Nginx(), stores: Stores = .chosen, database: String? = nil,
        settings: Settings = Settings(), people: [Person] = [.alice]
    ) async throws -> Stack {
        let stores = try await RunningStores.start(stores, database: database)
        return try await Stack(proxy, stores: stores, settings: settings, people: people)
    }

    /// Starts everything on stores that a test has started itself, and stops itself.
    static func start(on stores: RunningStores, settings: Settings = Settings(), people: [Person] = [.alice])
        async throws -> Stack
    {
        try await Stack(Nginx(), stores: stores, settings: settings, people: people)
    }

    private init(
        _ proxy: any ShippedProxy, stores: RunningStores, settings: Settings, people: [Person]
    ) async throws {
        let folder = try TemporaryFolder()
        let ports = try settings.ports ?? Ports()
        let binary = try Repository.gatehouse()
        let config = try Stack.configure(
            folder, ports, stores: stores, settings: settings, binary: binary, people: people)
        application = try settings.site.start(in: folder, port: ports.application)
        gatehouse = try Server.start(binary, ["serve", "--config", config], output: folder.file("gatehouse.log"))
        self.folder = folder
        self.stores = stores
        self.config = config
        self.ports = ports
        name = settings.host
        let site = ProxySite(ports: ports, host: settings.host, config: config, binary: binary)
        self.proxy = try proxy.start(in: folder, files: try proxy.files(in: folder.file("proxy"), site))
        try await waitUntilReady()
    }

    /// Stops everything; the logs go with the folder.
    func stop() {
        for process in [proxy, application, gatehouse] { Server.stop(process) }
        stores.stop()
        let log = (try? String(contentsOfFile: folder.file("gatehouse.log"), encoding: .utf8)) ?? ""
        for line in log.split(separator: "\n") where RawSwift.isIn(line) {
            Issue.record("the log speaks Swift instead of English: \(line)")
        }
    }

    /// What the servers said, for the message of a failed test.
    var logs: String {
        ["gatehouse.log", "proxy.log", "application.log"].map { name in
            let text = (try? String(contentsOfFile: folder.file(name), encoding: .utf8)) ?? ""
            return "--- \(name)\n" + text.suffix(4_000)
        }.joined(separator: "\n")
    }

    // MARK: - Asking

    /// A page, asked for as a browser does.
    func page(_ path: String, cookie: String? = nil, headers: [(String, String)] = [], seconds: Int = 10) throws
        -> Answer
    {
        var all = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")]
        if let cookie { all.append(("Cookie", cookie)) }
        return try Exchange.get(path, host: host, port: ports.proxy, headers: all + headers, seconds: seconds)
    }

    /// The request as the application saw it.
    func arrival(_ path: String, cookie: String? = nil, headers: [(String, String)] = []) throws -> Arrival {
        let answer = try page(path, cookie: cookie, headers: headers)
        guard answer.status == 200 else { throw Failure(description: "\(path): \(answer.status) \(answer.text)") }
        return try Arrival(answer)
    }

    func metrics() throws -> String {
        try Exchange.get("/metrics", host: "localhost", port: ports.admin).text
    }

    var isReady: Bool {
        (try? Exchange.get("/readyz", host: "localhost", port: ports.admin, seconds: 3))?.status == 200
    }

    // MARK: - Setting up

    private static func configure(
        _ folder: TemporaryFolder, _ ports: Ports, stores: RunningStores, settings: Settings, binary: String,
        people: [Person]
    ) throws -> String {
        let config = folder.file("gatehouse.toml")
        for name in settings.folders {
            try FileManager.default.createDirectory(
                atPath: folder.file(name), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        }
        let site = "http://\(settings.host):\(ports.proxy)"
        try gatehouse(
            binary,
            ["init", "--config", config, "--portal", "\(site)/_gatehouse", "--redis", "redis://127.0.0.1:6379/0"])
        try folder.write(
            """
            [portal]
            url = "\(site)/_gatehouse"
            listen = ["127.0.0.1:\(ports.portal)"]
            [check]
            listen = ["127.0.0.1:\(ports.check)"]
            [admin]
            listen = ["127.0.0.1:\(ports.admin)"]
            [keys]
            lookup = "file:keys/lookup"
            seal = "file:keys/seal"
            [sessions]
            store = "\(stores.sessionsURL)"
            \(settings.sessions)
            [database]
            url = "\(stores.databaseURL)"
            \(settings.tables)
            [[application]]
            name = "demo"
            hosts = ["\(settings.host)"]
            scheme = "http"
            \(settings.application)
            \(settings.rules)
            """, to: "gatehouse.toml")
        try gatehouse(binary, ["migrate", "--config", config])
        for person in people {
            let password = try folder.write(person.password + "\n", to: "password")
            try gatehouse(
                binary, ["user", "add", person.name, "--password-file", password, "--config", config] + person.options)
        }
        return config
    }

    /// Runs a command with the stack's configuration.
    func command(_ arguments: String...) throws -> (status: Int32, output: String) {
        let result = try Tools.run(try Repository.gatehouse(), arguments + ["--config", config])
        if RawSwift.isIn(result.output[...]) {
            Issue.record("\(arguments) speaks Swift instead of English: \(result.output)")
        }
        return result
    }

    private static func gatehouse(_ binary: String, _ arguments: [String]) throws {
        let (status, output) = try Tools.run(binary, arguments)
        guard status == 0 else {
            throw Failure(description: "gatehouse \(arguments.joined(separator: " ")): \(output)")
        }
    }

    private func waitUntilReady() async throws {
        let isUp = await eventually(within: .seconds(30)) {
            guard gatehouse.isRunning, proxy.isRunning else { return true }
            guard isReady, (try? LocalSocket(.tcp(port: ports.application))) != nil else { return false }
            // Open, or the way to the sign-in page: either proves that the proxy asks.
            return (try? page("/public/")).map { [200, 302, 303].contains($0.status) } ?? false
        }
        guard isUp, gatehouse.isRunning, proxy.isRunning else {
            let logs = logs
            stop()
            throw Failure(description: "the stack does not start\n\(logs)")
        }
    }
}

/// What the demo application received.
struct Arrival: Sendable {
    let method: String
    let path: String
    let headers: [(name: String, value: String)]

    init(_ answer: Answer) throws { try self.init(json: Data(answer.body)) }

    init(json: Data) throws {
        struct Shape: Decodable {
            let method: String
            let path: String
            let headers: [[String]]
        }
        let shape = try JSONDecoder().decode(Shape.self, from: json)
        (method, path) = (shape.method, shape.path)
        headers = shape.headers.map { ($0[0], $0[1]) }
    }

    /// All values under a name, as an application sees them that reads every separator in it as the same.
    func all(_ name: String) -> [String] {
        headers.filter { Arrival.folded($0.name) == Arrival.folded(name) }.map(\.value)
    }

    static func folded(_ name: String) -> String {
        String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }
}
