internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Caddy as people set it up")
    struct CaddySiteTests {
        private static let programs = ["caddy"] + [Caddy.newer].compactMap(\.self)

        private static let settings = Stack.Settings(
            rules: """
                  [[application.rule]]
                  paths = ["/public/**"]
                  allow = ["anyone"]
                  [[application.rule]]
                  paths = ["/grafana/finance/**"]
                  allow = ["group:finance"]
                  [[application.rule]]
                  allow = ["signed-in"]
                """)

        @Test("judges the address that the client sent, whatever was cut off before the check", arguments: programs)
        func cutPath(program: String) async throws {
            let check = "import gatehouse\nreverse_proxy @gatehouse_allowed APPLICATION"
            let before = Caddy(program: program, route: "handle_path /grafana/* {\n\(check)\n}\nhandle {\n\(check)\n}")
            let behind = Caddy(
                program: program,
                route: "import gatehouse\nuri strip_prefix /grafana\nreverse_proxy @gatehouse_allowed APPLICATION")
            let cut = Caddy(program: program, route: "uri strip_prefix /grafana\n\(check)")
            let rewritten = Caddy(program: program, route: "rewrite /grafana/* /public{path}\n\(check)")
            for proxy in [before, behind, cut, rewritten] {
                let stack = try await Stack.start(proxy, settings: Self.settings)
                defer { stack.stop() }
                let cookie = try SignIn(stack: stack).cookie(.alice)
                #expect(try stack.page("/grafana/finance/headers.json", cookie: cookie).status == 403)
                #expect(try stack.page("/grafana/headers.json?x=1", cookie: cookie).status == 200)
                let stranger = try stack.page("/grafana/headers.json?x=1")
                #expect(stranger.status == 302)
                #expect(stranger.header("Location")?.contains("%2Fgrafana%2Fheaders.json%3Fx%3D1") == true)
            }
        }

        @Test("does not start without the check, and answers 503 where Gatehouse was not asked", arguments: programs)
        func noCheck(program: String) async throws {
            let stack = try await Stack.start(Caddy(program: program))
            defer { stack.stop() }
            let none = try Trial(
                Caddy(program: program, route: "reverse_proxy @gatehouse_allowed APPLICATION"), in: stack)
            #expect(none.process == nil)
        }

        @Test("works on a Unix socket", arguments: programs)
        func unixSocket(program: String) async throws {
            let stack = try await Stack.start(Caddy(program: program))
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let folder = try TemporaryFolder()
            let path = folder.file("socket")
            let proxy = Caddy(program: program, site: "bind 127.0.0.1 unix/\(path)")
            let trial = try Trial(proxy, in: stack)
            defer { trial.stop() }
            try #require(trial.process != nil, "\(trial.log)")
            func page(_ target: String, _ more: String...) throws -> String {
                try Tools.run(
                    "curl",
                    ["-sS", "-D", "-", "--unix-socket", path, "-H", "Accept: text/html", "http://localhost\(target)"]
                        + more
                ).output
            }
            #expect(try page("/public/headers.json").contains("200 OK"), "\(trial.log)\(stack.logs)")
            #expect(try page("/headers.json", "-H", "Cookie: \(cookie)").contains("\"alice\""), "\(stack.logs)")
            #expect(try page("/headers.json").contains("302 Found"))
            #expect(try page("/finance/", "-H", "Cookie: \(cookie)").contains("403 Forbidden"))
        }
    }
}
