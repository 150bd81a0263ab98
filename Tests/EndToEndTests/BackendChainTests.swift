internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("People from everywhere")
    struct BackendChainTests {
        private static let password = "a long way to the gate"

        /// Everything that the chain asks, each with one person of its own.
        private struct Sources {
            let folder: TemporaryFolder
            let directory: LDAPServer
            let people: ChildProcess
            let port: UInt16

            /// Somebody's own server of people, which knows one.
            private static let peopleServer = """
                import http.server, json, sys
                class People(http.server.BaseHTTPRequestHandler):
                    def do_POST(self):
                        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                        user = {"id": "7", "name": "hanna", "email": "hanna@example.com", "groups": ["http people"]}
                        right = asked.get("name") == "hanna" and asked.get("password") == sys.argv[2]
                        known = asked["operation"] == "identity" and asked["id"] == "7"
                        answer = {"result": "authenticated", "user": user} if right or known else {"result": "not-mine"}
                        body = json.dumps(answer).encode()
                        self.send_response(200)
                        self.send_header("Content-Type", "application/json")
                        self.send_header("Content-Length", str(len(body)))
                        self.end_headers()
                        self.wfile.write(body)
                http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), People).serve_forever()
                """

            static func start() async throws -> Sources {
                let folder = try TemporaryFolder()
                let directory = try await LDAPServer.start(
                    """
                    dn: uid=dora,dc=example,dc=com
                    objectClass: inetOrgPerson
                    uid: dora
                    cn: Dora Directory
                    sn: Directory
                    mail: dora@example.com
                    userPassword: \(password)

                    dn: cn=directory admins,dc=example,dc=com
                    objectClass: groupOfNames
                    cn: directory admins
                    member: uid=dora,dc=example,dc=com

                    """)
                let binary = try Repository.gatehouse()
                let secret = try folder.write(password + "\n", to: "password")
                let config = folder.file("init.toml")
                _ = try Tools.run(binary, ["init", "--config", config, "--portal", "https://auth.example.com"])
                let made = try Tools.run(binary, ["hash", "make", "--password-file", secret, "--config", config])
                let hash = made.output.split(separator: "\n").last ?? ""
                try folder.write(
                    "[users.erik]\npassword = \"\(hash)\"\ngroups = [\"file people\"]\n", to: "people.toml")
                // What `openssl passwd -6` makes, for the module that PAM asks.
                let sha512 = try Tools.run("openssl", ["passwd", "-6", password]).output
                try folder.write("paula:\(sha512)", to: "pwdfile")
                try FileManager.default.createDirectory(atPath: folder.file("pam"), withIntermediateDirectories: false)
                try folder.write(
                    "auth required pam_pwdfile.so pwdfile=\(folder.file("pwdfile"))\naccount required pam_permit.so\n",
                    to: "pam/gatehouse")
                let example = Repository.file("deploy/examples/command-backend")
                let scrypt = try Tools.run(
                    "sh", ["-c", "printf '%s\\n' \"$1\" | python3 \"$2\" --hash", "sh", password, example])
                try folder.write(
                    """
                    {"conrad": {"hash": "\(scrypt.output.trimmingCharacters(in: .newlines))", "groups": ["command people"]}}
                    """, to: "command.json")
                let port = try FreePort.any()
                let script = try folder.write(peopleServer, to: "people.py")
                let people = try Server.start(
                    "python3", [script, "\(port)", password], output: folder.file("people.log"))
                return Sources(folder: folder, directory: directory, people: people, port: port)
            }

            func stop() {
                Server.stop(people)
                directory.kill()
            }

            var tables: String {
                """
                [[backend]]
                type = "database"
                [[backend]]
                type = "ldap"
                urls = ["ldap://127.0.0.1:\(directory.port)"]
                timeout = "4s"
                base = "dc=example,dc=com"
                group_base = "dc=example,dc=com"
                groups = { "directory admins" = "editors" }
                [[backend]]
                type = "file"
                path = "\(folder.file("people.toml"))"
                [[backend]]
                type = "http"
                url = "http://127.0.0.1:\(port)/"
                [[backend]]
                type = "command"
                path = "/usr/bin/python3"
                arguments = ["\(Repository.file("deploy/examples/command-backend"))", "\(folder.file("command.json"))"]
                [[backend]]
                type = "pam"
                config_dir = "\(folder.file("pam"))"
                require_account = false
                [[backend]]
                type = "remote-header"
                header = "X-Outer-User"
                trusted_proxies = ["loopback"]
                set_by = "this test, which is the proxy and the browser at once"
                create_unknown = true
                [identity]
                refresh = "1s"
                """
            }
        }

        @Test(
            "sign in by every kind of backend, with what is known of them in the headers; an outage is no wrong password"
        )
        func chain() async throws {
            let sources = try await Sources.start()
            defer { sources.stop() }
            var settings = Stack.Settings()
            settings.tables = sources.tables
            settings.application = """
                groups = ["*"]
                permissions = ["pages.*"]
                """
            let stack = try await Stack.start(settings: settings)
            defer { stack.stop() }
            #expect(try stack.command("group", "set", "editors", "--grant", "pages.change_page").status == 0)
            let signIn = SignIn(stack: stack)
            var cookies: [String: String] = [:]
            for (name, groups) in [
                ("alice", "editors"), ("dora", "editors"), ("erik", "file people"), ("hanna", "http people"),
                ("conrad", "command people"), ("paula", ""),
            ] {
                let cookie = try signIn.cookie(Stack.Person(name: name, password: BackendChainTests.password))
                let arrival = try stack.arrival("/headers.json", cookie: cookie)
                #expect(arrival.all("Remote-User") == [name])
                // nginx passes no empty header on.
                #expect(arrival.all("Remote-Groups") == (groups.isEmpty ? [] : [groups]))
                cookies[name] = cookie
            }
            // A group of the directory is one of ours, with what was granted to it; a group of the same name elsewhere is not.
            let dora = try #require(cookies["dora"])
            #expect(try stack.arrival("/headers.json", cookie: dora).all("Remote-Permissions") == ["pages.change_page"])
            #expect(try stack.arrival("/headers.json", cookie: dora).all("Remote-Email") == ["dora@example.com"])
            #expect(try signIn.send(try signIn.form(), "dora", "wrong").status == 422)

            try await byHeader(stack)
            // Whoever is taken out of the file is out; everybody else stays.
            try sources.folder.write("[users.nobody]\npassword = \"!\"\n", to: "people.toml")
            let erik = try #require(cookies["erik"])
            #expect(await eventually(within: .seconds(40)) { (try? stack.page("/", cookie: erik).status) != 200 })
            #expect(try stack.page("/", cookie: dora).status == 200)

            sources.directory.signal(SIGSTOP)
            let start = ContinuousClock.now
            let outage = try signIn.send(try signIn.form(), "hanna", BackendChainTests.password)
            #expect(outage.status == 503 && outage.header("Retry-After") != nil)
            #expect(ContinuousClock.now - start < .seconds(20))
            // The database comes first, and whoever is signed in stays so.
            #expect(try signIn.send(try signIn.form(), "alice", BackendChainTests.password).status == 303)
            #expect(try stack.page("/", cookie: dora).status == 200)
            sources.directory.signal(SIGCONT)
            #expect(
                await eventually(within: .seconds(40)) {
                    (try? signIn.send(try signIn.form(), "hanna", BackendChainTests.password).status) == 303
                })
        }

        /// The portal's own listener, as a proxy in front of it talks to it.
        private func byHeader(_ stack: Stack) async throws {
            let answer = try Exchange.get(
                "/_gatehouse/login", host: stack.host, port: stack.ports.portal, headers: [("X-Outer-User", "rita")])
            #expect(answer.status == 303)
            let cookie = try #require(answer.all("Set-Cookie").first { $0.hasPrefix("gatehouse-local=") })
            let session = String(cookie.prefix { $0 != ";" })
            #expect(try stack.arrival("/headers.json", cookie: session).all("Remote-User") == ["rita"])
            #expect(try stack.command("user", "show", "rita").status == 0)
            #expect(try stack.command("user", "set", "rita", "--inactive").status == 0)
            #expect(try stack.page("/", cookie: session).status != 200)
        }
    }
}
