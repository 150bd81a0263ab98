internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("gatehouse serve on variables of the environment alone")
    struct FirstStartTests {
        private static let password = "the keys of the whole house"

        /// A folder for data, a secret, ports, and no configuration.
        private struct Site {
            let folder: TemporaryFolder
            let stores: RunningStores
            let (portal, check, admin): (UInt16, UInt16, UInt16)
            var environment: [String: String]

            static func start() async throws -> Site {
                try Site(
                    stores: try await RunningStores.start(Stores(sessions: Stores.chosen.sessions, people: .sqlite)))
            }

            private init(stores: RunningStores) throws {
                folder = try TemporaryFolder()
                self.stores = stores
                (portal, check, admin) = (try FreePort.any(), try FreePort.any(), try FreePort.any())
                environment = [
                    "GATEHOUSE_DATA": folder.file("data"),
                    "GATEHOUSE_PORTAL__URL": "http://localhost:\(portal)/_gatehouse",
                    "GATEHOUSE_PORTAL__LISTEN": "127.0.0.1:\(portal)", "GATEHOUSE_CHECK__LISTEN": "127.0.0.1:\(check)",
                    "GATEHOUSE_ADMIN__LISTEN": "127.0.0.1:\(admin)",
                    "GATEHOUSE_APPLICATION__DEMO__HOSTS": "localhost", "GATEHOUSE_APPLICATION__DEMO__SCHEME": "http",
                    "GATEHOUSE_APPLICATION__DEMO__RULE__1__PATHS": "/admin/**",
                    "GATEHOUSE_APPLICATION__DEMO__RULE__1__ALLOW": "superuser",
                    "GATEHOUSE_ADMIN_NAME": "root",
                    "GATEHOUSE_ADMIN_PASSWORD_FILE": try folder.write(
                        FirstStartTests.password + "\n", to: "password"),
                ]
                if stores.redis != nil { environment["GATEHOUSE_SESSIONS__STORE"] = stores.sessionsURL }
                try FileManager.default.createDirectory(
                    atPath: folder.file("data"), withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o700])
            }

            func serve() async throws -> ChildProcess {
                try? FileManager.default.removeItem(atPath: folder.file("log"))
                let process = try Server.start(
                    "env", ["-C", folder.path, try Repository.gatehouse(), "serve"],
                    environment: Tools.environment.merging(environment) { $1 }, output: folder.file("log"))
                let isUp = await eventually(within: .seconds(30)) {
                    !process.isRunning
                        || (try? Exchange.get("/readyz", host: "localhost", port: admin, seconds: 3))?.status == 200
                }
                guard isUp, process.isRunning else {
                    Server.stop(process)
                    throw Stack.Failure(description: log)
                }
                return process
            }

            var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

            func run(_ arguments: String...) throws -> (status: Int32, output: String) {
                try Tools.run(
                    "env", ["-C", folder.path, try Repository.gatehouse()] + arguments, environment: environment)
            }

            /// The session's cookie of somebody who signs in at the portal itself.
            func cookie(_ name: String, _ password: String) throws -> String {
                let host = "localhost:\(portal)"
                let page = try Exchange.get("/_gatehouse/login", host: host, port: portal)
                guard let token = page.text.firstMatch(of: /name="token"[^>]*value="([^"]+)"/),
                    let form = page.header("Set-Cookie")?.split(separator: ";").first
                else { throw Stack.Failure(description: "no form: \(page.status) \(page.text)") }
                let fields = [("token", String(token.1)), ("name", name), ("password", password)]
                let answer = try Exchange.post(
                    "/_gatehouse/login", host: host, port: portal,
                    headers: [
                        ("Cookie", String(form)), ("Origin", "http://\(host)"), ("Sec-Fetch-Site", "same-origin"),
                        ("Sec-Fetch-Mode", "navigate"), ("Accept", "text/html"),
                    ], body: fields.map { "\($0)=\(SignIn.encoded($1))" }.joined(separator: "&"), seconds: 30)
                let cookies = answer.all("Set-Cookie").compactMap { $0.split(separator: ";").first.map(String.init) }
                guard answer.status == 303, let cookie = cookies.first(where: { $0.hasPrefix("gatehouse-local=") })
                else { throw Stack.Failure(description: "signing in: \(answer.status) \(answer.text)") }
                return cookie
            }

            /// What a proxy is answered.
            func ask(_ path: String, cookie: String? = nil) throws -> Answer {
                var headers = [("X-Original-Method", "GET"), ("X-Original-URL", "http://localhost:\(portal)\(path)")]
                if let cookie { headers.append(("Cookie", cookie)) }
                return try Exchange.get("/auth/request", host: "localhost", port: check, headers: headers)
            }
        }

        @Test("makes keys, tables and the administrator once; who signs in passes a check")
        func firstStart() async throws {
            var site = try await Site.start()
            defer { site.stores.stop() }
            let trial = try site.run("check")
            #expect(trial.status == 0 && trial.output.contains("gatehouse.db: is made at the start"), "\(trial.output)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: site.folder.file("data")).isEmpty)
            var daemon = try await site.serve()
            defer { Server.stop(daemon) }
            #expect(site.log.contains("made new keys"))
            #expect(site.log.contains("setup.ok"))
            #expect(!site.log.contains(FirstStartTests.password))
            let cookie = try site.cookie("root", FirstStartTests.password)
            #expect(try site.ask("/admin/").status == 401)
            let answer = try site.ask("/admin/x", cookie: cookie)
            #expect(answer.status == 200 && answer.header("Remote-User") == "root", "\(answer.headers)")
            #expect(try site.ask("/elsewhere", cookie: cookie).status == 403, "no rule matches")
            // Commands beside it read the same variables.
            #expect(try site.run("health").output.hasSuffix("\nready\n"))
            #expect(try site.run("user", "list", "--superuser").output.contains("root"))

            let paths = ["data/keys/lookup", "data/keys/seal"].map { site.folder.file($0) }
            let keys = try paths.map { try String(contentsOfFile: $0, encoding: .utf8) }
            for path in paths {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(path)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: site.folder.file("data/keys")).count == 2)
            Server.stop(daemon)

            // Neither the variables nor the secret's file count any more.
            try FileManager.default.removeItem(atPath: site.folder.file("password"))
            site.environment["GATEHOUSE_ADMIN_NAME"] = "other"
            daemon = try await site.serve()
            #expect(try paths.map { try String(contentsOfFile: $0, encoding: .utf8) } == keys)
            #expect(!site.log.contains("made new keys") && !site.log.contains("setup.ok"))
            #expect(try site.ask("/admin/x", cookie: cookie).status == 200)
            #expect(!(try site.run("user", "list").output.contains("other")))
            Server.stop(daemon)

            // Whose rights were taken does not come back by a restart, and keeps nobody else out.
            #expect(try site.run("user", "set", "root", "--inactive").status == 0)
            site.environment["GATEHOUSE_ADMIN_NAME"] = "root"
            daemon = try await site.serve()
            #expect(site.log.contains("there without the rights") && !site.log.contains("setup.ok"))
            Server.stop(daemon)

            // Nor does who was removed.
            #expect(try site.run("user", "remove", "root", "--yes").status == 0)
            daemon = try await site.serve()
            #expect(site.log.contains("nobody is an administrator any more") && !site.log.contains("setup.ok"))
            #expect(!(try site.run("user", "list").output.contains("root")))
        }

        @Test("does not start where a variable is missing or wrong, and names it; nothing is written then")
        func refusals() async throws {
            let site = try await Site.start()
            defer { site.stores.stop() }
            func complaint(_ changes: [String: String?]) throws -> (status: Int32, output: String) {
                var site = site
                for (name, value) in changes { site.environment[name] = value }
                return try site.run("serve")
            }
            let missing = try complaint(["GATEHOUSE_PORTAL__URL": nil])
            #expect(missing.status == 2)
            #expect(missing.output.hasPrefix("GATEHOUSE_PORTAL__URL: portal.url: is required"), "\(missing.output)")
            let wrong = try complaint(["GATEHOUSE_APPLICATION__DEMO__RULE__1__ALLOW": "everybody"])
            #expect(wrong.status == 2)
            #expect(wrong.output.hasPrefix("GATEHOUSE_APPLICATION__DEMO__RULE__1__ALLOW: "), "\(wrong.output)")
            #expect(!FileManager.default.fileExists(atPath: site.folder.file("data/keys")))

            let file = site.folder.file("password")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
            let open = try complaint([:])
            #expect(open.status == 2)
            #expect(open.output.contains("GATEHOUSE_ADMIN_PASSWORD_FILE: ") && open.output.contains("mode 0644"))
            try site.folder.write("12345\n", to: "password")
            let weak = try complaint([:])
            #expect(weak.status == 1)
            #expect(weak.output.contains("GATEHOUSE_ADMIN_PASSWORD_FILE: This password is too short"), "\(weak.output)")
            let alone = try complaint(["GATEHOUSE_ADMIN_PASSWORD_FILE": nil])
            #expect(alone.status == 2)
            #expect(alone.output.contains("GATEHOUSE_ADMIN_NAME: needs GATEHOUSE_ADMIN_PASSWORD_FILE"))
            let closed = try complaint(["GATEHOUSE_DATA": "/proc/data"])
            #expect(closed.status == 2)
            #expect(closed.output.hasPrefix("GATEHOUSE_DATA: the keys cannot be made: "), "\(closed.output)")
        }
    }
}
