internal import Foundation
internal import GatehouseTestSupport
internal import Testing

/// A set-up that is broken in one way, and what `gatehouse provider check` says of it.
private struct BrokenProvider: Sendable, CustomTestStringConvertible {
    let what: String
    /// Put over the answer of a path.
    var path = "/.well-known/openid-configuration"
    var status = 200
    var type = "application/json"
    /// Members of the answer that are different, as JSON; or the whole body, if it is no object.
    var body = "{}"
    let words: String

    var testDescription: String { what }
}

extension EndToEnd {
    @Suite("gatehouse provider")
    struct ProviderCommandTests {
        private let folder: TemporaryFolder
        private let port: UInt16

        init() throws {
            folder = try TemporaryFolder()
            port = try FreePort.any()
        }

        private var issuer: String { "http://127.0.0.1:\(port)" }

        /// Answers what a file says, whatever is asked.
        private static let program = """
            import http.server, json, sys
            class Provider(http.server.BaseHTTPRequestHandler):
                def answer(self):
                    self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    table = json.load(open(sys.argv[2]))
                    status, kind, body = table.get(self.path.split("?")[0], [404, "text/plain", "nothing"])
                    octets = (body if isinstance(body, str) else json.dumps(body)).encode()
                    self.send_response(status)
                    if status in (301, 302): self.send_header("Location", "http://127.0.0.1:1/")
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(octets)))
                    self.end_headers()
                    self.wfile.write(octets)
                do_GET = do_POST = answer
                def log_message(self, *arguments): pass
            http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
            """

        /// What a sound provider answers, by path: status, media type, body.
        ///
        /// The key is that of RFC 7515, appendix A.3.
        private var sound: [String: (status: Int, type: String, body: [String: Any])] {
            let metadata: [String: Any] = [
                "issuer": issuer, "authorization_endpoint": "\(issuer)/authorize", "token_endpoint": "\(issuer)/token",
                "jwks_uri": "\(issuer)/keys", "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["ES256"], "scopes_supported": ["openid", "profile", "email"],
                "subject_types_supported": ["public"], "code_challenge_methods_supported": ["S256"],
            ]
            let key = [
                "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ]
            return [
                "/.well-known/openid-configuration": (200, "application/json", metadata),
                "/keys": (200, "application/json", ["keys": [key]]),
                "/token": (400, "application/json", ["error": "invalid_grant"]),
            ]
        }

        private func write(_ broken: BrokenProvider?) throws {
            var answers: [String: [Any]] = [:]
            for (path, answer) in sound {
                guard let broken, broken.path == path else {
                    answers[path] = [answer.status, answer.type, answer.body]
                    continue
                }
                let change = try JSONSerialization.jsonObject(
                    with: Data(broken.body.replacing("ISSUER", with: issuer).utf8), options: .fragmentsAllowed)
                let body: Any =
                    if let members = change as? [String: Any] {
                        answer.body.merging(members) { $1 }
                    } else {
                        change
                    }
                answers[path] = [broken.status, broken.type, body]
            }
            try JSONSerialization.data(withJSONObject: answers).write(
                to: URL(fileURLWithPath: folder.file("answers.json")))
        }

        private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
            let said = try Tools.run(
                try Repository.gatehouse(), ["provider"] + arguments + ["--config", folder.file("gatehouse.toml")])
            #expect(!RawSwift.isIn(said.output[...]), "\(said.output)")
            return said
        }

        private func configure() throws {
            _ = try Tools.run(
                try Repository.gatehouse(),
                ["init", "--no-user", "--config", folder.file("gatehouse.toml")])
            try folder.write("a-secret\n", to: "provider-secret")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: folder.file("provider-secret"))
            let text = try String(contentsOfFile: folder.file("gatehouse.toml"), encoding: .utf8)
            try folder.write(
                """
                \(text)
                [[provider]]
                type = "oidc"
                name = "corp"
                issuer = "\(issuer)"
                client_id = "gatehouse"
                client_secret = "file:provider-secret"
                """, to: "gatehouse.toml")
        }

        private func serve() async throws -> ChildProcess {
            try folder.write(ProviderCommandTests.program, to: "provider.py")
            let server = try Server.start(
                "python3", [folder.file("provider.py"), "\(port)", folder.file("answers.json")],
                output: folder.file("provider.log"))
            try #require(await eventually(within: .seconds(60)) { (try? LocalSocket(.tcp(port: port))) != nil })
            return server
        }

        @Test("lists providers, and says without asking anybody what to register")
        func offline() throws {
            try configure()
            let list = try run("list")
            #expect(list.status == 0 && list.output.contains("everyone") && list.output.contains(issuer))
            let said = try run("check", "corp", "--offline")
            #expect(said.status == 0 && said.output.contains("/oidc/corp/callback"), "\(said.output)")
            #expect(
                said.output.contains("/oidc/corp/backchannel-logout") && said.output.contains("openid profile email"))
            let json = try run("check", "--offline", "--json")
            #expect(json.output.contains("\"redirect_uri\":\"http"), "\(json.output)")
            let unknown = try run("check", "crop")
            #expect(unknown.status == 2 && unknown.output.contains("did you mean corp?"), "\(unknown.output)")
        }

        @Test("finds a sound provider sound, and says what is wrong with each of ten that are not")
        func broken() async throws {
            try configure()
            try write(nil)
            let server = try await serve()
            defer { Server.stop(server) }
            let good = try run("check")
            #expect(good.status == 0 && good.output.contains("ok      corp"), "\(good.output)")
            for broken in ProviderCommandTests.broken {
                try write(broken)
                let said = try run("check", "corp")
                #expect(said.status == 1, "\(broken.what): \(said.output)")
                #expect(said.output.contains("FAILS   corp: "), "\(broken.what): \(said.output)")
                #expect(said.output.contains(broken.words), "\(broken.what): \(said.output)")
                #expect(!said.output.contains("a-secret"))
            }
            Server.stop(server)
            let away = try run("check")
            #expect(away.status == 3 && away.output.contains("FAILS   corp: "), "\(away.output)")
            let tried = try Tools.run(
                try Repository.gatehouse(), ["check", "--online", "--config", folder.file("gatehouse.toml")])
            #expect(tried.output.contains("FAILS     provider corp: "), "\(tried.output)")
        }

        private static let broken = [
            BrokenProvider(what: "issuer with a slash", body: "{\"issuer\": \"ISSUER/\"}", words: "/\""),
            BrokenProvider(what: "no metadata", status: 404, body: "\"nothing\"", words: "404"),
            BrokenProvider(what: "a page in place of metadata", type: "text/html", words: "application/json"),
            BrokenProvider(what: "no code", body: "{\"response_types_supported\": [\"id_token\"]}", words: "code"),
            BrokenProvider(
                what: "another host", body: "{\"token_endpoint\": \"https://evil.test/token\"}", words: "evil.test"),
            BrokenProvider(
                what: "plain http", body: "{\"authorization_endpoint\": \"http://login.test/\"}", words: "http"),
            BrokenProvider(what: "a redirect", status: 302, words: "302"),
            BrokenProvider(what: "no keys", path: "/keys", body: "{\"keys\": []}", words: "key"),
            BrokenProvider(
                what: "the client's secret signs",
                body: "{\"id_token_signing_alg_values_supported\": [\"HS256\"]}", words: "HS256"),
            BrokenProvider(
                what: "wrong secret", path: "/token", status: 401, body: "{\"error\": \"invalid_client\"}",
                words: "secret"),
        ]
    }
}
