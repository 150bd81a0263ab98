internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite(
        "Traces",
        .enabled(if: Collector.packages != nil, "left out: traces: opentelemetry-proto could not be fetched"))
    struct TracingTests {
        private static let trace = "0af7651916cd43dd8448eb211c80319c"
        private static let parent = "b7ad6b7169203331"

        /// Lines of a request that a tracing proxy sends.
        private static func lines(_ flags: String = "01") -> [(String, String)] {
            [("traceparent", "00-\(trace)-\(parent)-\(flags)"), ("tracestate", "vendor=value, other=x")]
        }

        /// The tables of a daemon that traces whatever it is told to, with people on a server as well.
        private static func settings(_ collector: Collector) -> Stack.Settings {
            var settings = Stack.Settings()
            settings.tables = """
                [tracing]
                endpoint = "http://127.0.0.1:\(collector.port)/otlp"
                sample = 0
                service_name = "front gate"
                headers = ["X-Scope-OrgID: tenant"]
                authorization = "file:\(collector.secret)"
                [shutdown]
                drain = "60s"
                [[backend]]
                type = "database"
                [[backend]]
                type = "http"
                name = "people"
                url = "http://127.0.0.1:\(collector.port)/people"
                """
            return settings
        }

        @Test(
            "of checks, pages, hashes and backends reach a strict receiver when the daemon ends, with nothing about people"
        )
        func export() async throws {
            let collector = try await Collector.start()
            defer { collector.stop() }
            let stack = try await Stack.start(settings: Self.settings(collector))
            defer { stack.stop() }
            #expect(
                try stack.command("check", "--online").output.contains("/otlp/v1/traces: takes spans; none was sent\n"))
            var signIn = SignIn(stack: stack)
            let cookie = try signIn.cookie(.alice)
            _ = try stack.page("/finance/secret-place?question=1", cookie: cookie, headers: Self.lines())
            _ = try stack.page("/finance/", cookie: cookie, headers: Self.lines("00"))
            let forms = [try signIn.form(), try signIn.form()]
            signIn.headers = Self.lines()
            // Whom the database does not know, the server does.
            for (form, name) in zip(forms, ["alice", "hanna"]) {
                #expect(try signIn.send(form, name, "a password of hers").status == 303, "\(stack.logs)")
            }
            _ = try stack.page("/_gatehouse/no/such/place", headers: Self.lines())
            let metrics = try stack.metrics()
            #expect(metrics.contains("\ngatehouse_trace_spans_total{outcome=\"dropped\"} 0\n"))
            #expect(Server.stop(stack.gatehouse, seconds: 90), "\(stack.logs)")

            let spans = try collector.spans()
            #expect(collector.refused == "" && !spans.isEmpty, "\(collector.refused)\n\(stack.logs)")
            #expect(spans.allSatisfy { $0.trace == Self.trace }, "without a trace, none was to be kept")
            #expect(spans.allSatisfy { $0.waited >= 2 }, "Retry-After")
            for span in spans {
                #expect(span.resource["service.name"] == "front gate" && span.resource["service.version"] != nil)
                #expect(span.resource["service.instance.id"]?.wholeMatch(of: /[0-9a-f-]{36}/) != nil)
                #expect(span.tenant == "tenant" && span.authorization == "Bearer collector-secret")
                #expect(span.parent == Self.parent || spans.contains { $0.id == span.parent }, "\(span)")
            }
            let check = try #require(spans.first { $0.name == "GET /auth/request" })
            #expect(check.kind == 2 && check.parent == Self.parent && !check.failed)
            #expect(check.facts["gatehouse.outcome"] == "deny" && check.facts["gatehouse.application"] == "demo")
            #expect(check.facts["http.response.status_code"] == "403" && check.facts["gatehouse.rule"] == "2")
            let store = stack.stores.redis == nil ? "sqlite" : "redis"
            #expect(spans.contains { $0.name == store && $0.parent == check.id && $0.kind == 3 })

            let posts = spans.filter { $0.name == "POST /_gatehouse/login" }
            #expect(posts.count == 2 && posts.allSatisfy { $0.kind == 2 && $0.parent == Self.parent })
            let database = try #require(spans.first { $0.name == "backend database" && $0.parent == posts[0].id })
            #expect(database.kind == 3 && database.facts["gatehouse.answer"] == "not-mine")
            #expect(spans.contains { $0.name == "password hash" && $0.parent == database.id && $0.kind == 1 })
            let people = spans.filter { $0.name == "backend people" }
            let asked = collector.asked
            for span in people { #expect(asked.contains("00-\(Self.trace)-\(span.id)-01"), "\(asked)") }
            #expect(!people.isEmpty && asked.contains("\"tracestate\": \"vendor=value,other=x\""))
            let nowhere = try #require(spans.first { $0.facts["http.response.status_code"] == "404" })
            #expect(nowhere.name == "GET" && nowhere.facts["url.path"] == nil)
            for word in ["alice", "hanna", "secret-place", "question", "such", "hers", String(cookie.suffix(43))] {
                #expect(!collector.everything.contains(word), "\(word)")
            }
            let log = try String(contentsOfFile: stack.folder.file("gatehouse.log"), encoding: .utf8)
            let denied = log.split(separator: "\n").filter { $0.contains("check.denied") }
            #expect(!denied.isEmpty && denied.allSatisfy { $0.contains("\"trace_id\":\"\(Self.trace)\"") }, "\(denied)")
            #expect(log.contains("spans cannot be sent") && log.contains("spans can be sent again"))
        }
    }
}

/// A strict receiver of OTLP, `Tracing/collector.py`.
private final class Collector: Sendable {
    struct Span: Decodable {
        let trace, id, parent, name: String
        let kind: Int
        let failed: Bool
        let facts, resource: [String: String]
        let tenant, authorization: String
        let waited: Double
    }

    let port: UInt16
    /// The file with the value of `Authorization`.
    let secret: String
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// Where the messages of OTLP lie.
    static var packages: String? { ProcessInfo.processInfo.environment["TEST_OPENTELEMETRY"] }

    static func start() async throws -> Collector {
        let collector = try Collector()
        guard await eventually(within: .seconds(30), { (try? LocalSocket(.tcp(port: collector.port))) != nil }) else {
            throw Stack.Failure(description: "the collector does not start: \(collector.text("log"))")
        }
        return collector
    }

    private init() throws {
        (port, folder) = (try FreePort.any(), try TemporaryFolder())
        secret = try folder.write("Bearer collector-secret\n", to: "secret")
        process = try ChildProcess(
            "python3",
            [Repository.file("Tests/EndToEndTests/Tracing/collector.py"), "\(port)", folder.path],
            environment: ["PYTHONPATH": Collector.packages ?? ""], output: folder.file("log"))
    }

    func stop() { Server.stop(process) }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: folder.file(name), encoding: .utf8)) ?? ""
    }

    var refused: String { text("refused") + text("log") }
    var asked: String { text("asked") }
    /// Every span as it came.
    var everything: String { text("spans") }

    func spans() throws -> [Span] {
        try text("spans").split(separator: "\n").map { try JSONDecoder().decode(Span.self, from: Data($0.utf8)) }
    }
}
