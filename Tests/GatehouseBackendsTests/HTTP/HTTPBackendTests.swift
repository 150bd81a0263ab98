import Foundation
import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Testing

/// An HTTP server that answers as its path says, and one that is the shipped example.
final class PeopleServer: Sendable {
    let port: UInt16
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// A server that gives one fixed answer for each path.
    static func scripted(certificates: TestCertificates? = nil) async throws -> PeopleServer {
        try await PeopleServer { folder, port in
            let script = try folder.write(
                """
                import http.server, json, ssl, sys, time
                USER = {"id": "7", "name": "hanna", "display_name": "Hanna", "email": "h@example.com", "groups": ["a", "b"]}

                def answers(path):
                    good = json.dumps({"result": "authenticated", "user": USER})
                    user = lambda **more: json.dumps({"result": "authenticated", "user": {**USER, **more}})
                    return {
                        "/good": (200, good), "/status": (500, good), "/redirect": (302, good), "/empty": (200, ""),
                        "/garbage": (200, "<html>"), "/half": (200, good[:-3]), "/unknown": (200, '{"result": "maybe"}'),
                        "/twice": (200, '{"result": "not-mine", "result": "authenticated"}'), "/none": (200, "{}"),
                        "/huge": (200, '{"result": "not-mine", "x": "' + "x" * (1 << 20) + '"}'),
                        "/no-user": (200, '{"result": "authenticated"}'), "/no-id": (200, user(id="")),
                        "/number": (200, user(id=7)), "/nul": (200, user(name="a\\0b")),
                        "/long": (200, user(email="x" * 4097)), "/groups": (200, user(groups=["g"] * 20001)),
                        "/group": (200, user(groups=["a", 1])), "/flags": (200, user(superuser=True, staff=True)),
                        "/hostile": (200, user(display_name="a\\r\\nX: y\\u001b\\u202e", groups=["ä,b", "<b>"])),
                        "/refused": (200, '{"result": "refused"}'), "/gone": (200, '{"result": "gone"}'),
                        "/unsupported": (200, '{"result": "unsupported"}'),
                        "/other": (200, user(id="8")),
                    }[path]

                class People(http.server.BaseHTTPRequestHandler):
                    def do_POST(self):
                        self.rfile.read(int(self.headers["Content-Length"]))
                        if self.path == "/slow":
                            time.sleep(30)
                        if self.path == "/trace":
                            USER["display_name"] = " ".join(self.headers.get(name, "none") for name in ("traceparent", "tracestate"))
                        status, text = answers("/good" if self.path in ("/slow", "/text", "/trace") else self.path)
                        body = text.encode()
                        self.send_response(status)
                        self.send_header("Content-Type", "text/plain" if self.path == "/text" else "application/json")
                        if status == 302:
                            self.send_header("Location", "/good")
                        self.send_header("Content-Length", str(len(body)))
                        self.end_headers()
                        self.wfile.write(body)
                    do_GET = do_POST

                server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), People)
                if len(sys.argv) > 2:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(sys.argv[2], sys.argv[3])
                    server.socket = context.wrap_socket(server.socket, server_side=True)
                server.serve_forever()
                """, to: "server.py")
            return ["python3", script, "\(port)"] + (certificates.map { [$0.certificate, $0.key] } ?? [])
        }
    }

    /// The program of `deploy/examples`, with alice.
    static func example() async throws -> PeopleServer {
        try await PeopleServer { folder, port in
            let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("deploy/examples").path
            // Of "correct horse", by `command-backend --hash`, with a salt of sixteen times "s".
            let hash = "c3Nzc3Nzc3Nzc3Nzc3Nzcw==$nW1AYiW0bA+X4veBJSkeWcwTu3FlFAwMaO/8pAvdjgE="
            try folder.write("{\"alice\": {\"hash\": \"\(hash)\", \"groups\": [\"staff\"]}}", to: "people.json")
            try folder.write("between us\n", to: "secret")
            return [
                "python3", "\(examples)/http-backend", "--port", "\(port)", "--secret-file", folder.file("secret"),
                "--people",
                folder.file("people.json"),
            ]
        }
    }

    private init(_ command: (TemporaryFolder, UInt16) throws -> [String]) async throws {
        folder = try TemporaryFolder()
        port = try FreePort.any()
        let command = try command(folder, port)
        process = try ChildProcess(command[0], Array(command.dropFirst()), output: folder.file("log"))
        let port = port
        guard await eventually(within: .seconds(20), { (try? LocalSocket(.tcp(port: port))) != nil }) else {
            throw BackendCheckFailure(what: "the server does not start")
        }
    }

    func signal(_ number: Int32) { process.signal(number) }

    func kill() {
        process.signal(SIGKILL)
        process.waitForExit()
    }

    func backend(
        _ path: String = "/good", secret: String? = nil, host: String = "http://127.0.0.1", caFile: String? = nil,
        grantsFlags: Bool = false, timeout: Duration = .seconds(10)
    ) -> HTTPBackend {
        let settings = HTTPBackendSettings(
            url: "\(host):\(port)\(path)", secret: secret, caFile: caFile, timeout: timeout, grantsFlags: grantsFlags)
        return HTTPBackend(name: "http", settings: settings, pool: WorkerPool(workers: 4, memoryBudgetKiB: 1))
    }
}

@Suite("The HTTP backend, with real servers", .serialized)
struct HTTPBackendTests {
    private let hanna = UserReference(backend: "http", id: "7")

    private func ask(_ backend: HTTPBackend) async throws(BackendError) -> AuthenticationResult {
        try await backend.authenticate(Credentials(name: "hanna", password: Password("correct horse")))
    }

    private func outage(_ backend: HTTPBackend, within limit: Duration = .seconds(8)) async -> String? {
        let start = ContinuousClock.now
        do {
            _ = try await ask(backend)
            return nil
        } catch {
            guard case .unavailable(let reason) = error else { return nil }
            #expect(ContinuousClock.now - start < limit)
            #expect(!reason.contains("correct horse") && !reason.contains("between us"))
            return reason
        }
    }

    @Test("passes the conformance suite with the example, and is nobody there with a wrong secret")
    func conforms() async throws {
        let server = try await PeopleServer.example()
        defer { server.kill() }
        let backend = server.backend("/", secret: "between us")
        try await BackendCheck(backend, name: "alice", password: "correct horse").run()
        #expect(await outage(server.backend("/", secret: "wrong"))?.contains("401") == true)
        #expect(await outage(server.backend("/"))?.contains("401") == true)
    }

    @Test("takes everything that is known of a person, unchanged")
    func attributes() async throws {
        let server = try await PeopleServer.scripted()
        defer { server.kill() }
        let expected = Identity(
            user: hanna, name: "hanna", displayName: "Hanna", email: "h@example.com", groups: ["a", "b"])
        #expect(try await ask(server.backend()) == .authenticated(expected))
        guard case .authenticated(let hostile) = try await ask(server.backend("/hostile")) else {
            throw BackendCheckFailure(what: "the hostile person was not accepted")
        }
        #expect(hostile.displayName == "a\r\nX: y\u{1B}\u{202E}" && hostile.groups == ["<b>", "ä,b"])
        guard case .authenticated(let plain) = try await ask(server.backend("/flags")) else {
            throw BackendCheckFailure(what: "not accepted")
        }
        #expect(!plain.isSuperuser && !plain.isStaff)
        guard case .authenticated(let root) = try await ask(server.backend("/flags", grantsFlags: true)) else {
            throw BackendCheckFailure(what: "not accepted")
        }
        #expect(root.isSuperuser && root.isStaff)
        #expect(try await ask(server.backend("/refused")) == .refused)
        #expect(try await server.backend("/gone").identity(of: hanna, known: expected) == nil)
        #expect(try await server.backend("/unsupported").identity(of: hanna, known: expected) == expected)
        await #expect(throws: BackendError.self) {
            try await server.backend("/unsupported").identity(of: hanna, known: nil)
        }
        await #expect(throws: BackendError.self) {
            try await server.backend("/other").identity(of: hanna, known: expected)
        }
    }

    @Test("tells the server of the trace that a sign-in is part of, under a span of its own")
    func trace() async throws {
        let server = try await PeopleServer.scripted()
        defer { server.kill() }
        func told() async throws -> String {
            guard case .authenticated(let person) = try await ask(server.backend("/trace")) else {
                throw BackendCheckFailure(what: "not accepted")
            }
            return "\(person.displayName)"
        }
        #expect(try await told() == "none none")
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let parsed = TraceContext(parsing: Array(given.utf8).span)
        let trace = try #require(parsed)
        let passed = RequestTrace(trace, state: TraceState(lines: [Array("a=1, b=2".utf8)]))
        let lines = try await RequestTrace.$current.withValue(passed) { try await told() }
        #expect(
            lines.contains(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01 a=1,b=2$/) && !lines.hasPrefix(given))
        // Where a span is recorded, the server hangs its own on that one.
        let recorded = RequestTrace(trace, tracer: Tracer(share: 1, seed: 1))
        #expect(try await RequestTrace.$current.withValue(recorded) { try await told() } == "\(given) none")
    }

    @Test("cannot find out from an answer that is none")
    func nonsense() async throws {
        let server = try await PeopleServer.scripted()
        defer { server.kill() }
        for (path, reason) in [
            ("/status", "500"), ("/redirect", "302"), ("/empty", "no JSON"), ("/garbage", "no JSON"),
            ("/half", "not understood"),
            ("/unknown", "not known"), ("/twice", "twice"), ("/none", "result"), ("/huge", "longer than"),
            ("/no-user", "user"),
            ("/no-id", "id"), ("/number", "no text"), ("/nul", "name"), ("/long", "longer than 4096"),
            ("/groups", "20000"),
            ("/group", "groups"), ("/gone", "sign-in"), ("/unsupported", "sign-in"), ("/text", "application/json"),
        ] {
            let said = await outage(server.backend(path))
            #expect(said?.contains(reason) == true, "\(path): \(said ?? "no outage")")
        }
    }

    @Test("cannot find out from a server that is slow, stopped or gone")
    func outages() async throws {
        let server = try await PeopleServer.scripted()
        #expect(await outage(server.backend("/slow", timeout: .milliseconds(400)), within: .seconds(20)) != nil)
        server.signal(SIGSTOP)
        #expect(await outage(server.backend(timeout: .milliseconds(400)), within: .seconds(20)) != nil)
        server.signal(SIGCONT)
        #expect(await eventually { (try? await ask(server.backend())) != nil })
        server.kill()
        #expect(await outage(server.backend()) != nil)
    }

    @Test("asks only a server that proves its name")
    func tls() async throws {
        let certificates = try TestCertificates()
        let server = try await PeopleServer.scripted(certificates: certificates)
        defer { server.kill() }
        func backend(_ host: String, _ file: String?) -> HTTPBackend {
            server.backend(host: "https://\(host)", caFile: file)
        }
        guard case .authenticated = try await ask(backend("localhost", certificates.authority)) else {
            throw BackendCheckFailure(what: "not accepted over TLS")
        }
        #expect(await outage(backend("localhost", try TestCertificates().authority)) != nil)
        #expect(await outage(backend("localhost", nil)) != nil)
        #expect(await outage(backend("127.0.0.1", certificates.authority)) != nil)
    }
}
