internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Sessions on the command line")
    struct SessionCommandTests {
        private static let dora = Stack.Person(name: "dora", password: "a long way to the gate")

        private func start(
            _ tables: String = "", people: [Stack.Person] = [.alice]
        ) async throws -> (Stack, LDAPServer) {
            let directory = try await LDAPServer.start(
                """
                dn: uid=dora,dc=example,dc=com
                objectClass: inetOrgPerson
                uid: dora
                cn: Dora Directory
                sn: Directory
                mail: dora@example.com
                userPassword: \(Self.dora.password)

                """)
            var settings = Stack.Settings()
            settings.tables = """
                [[backend]]
                type = "database"
                [[backend]]
                type = "ldap"
                urls = ["ldap://127.0.0.1:\(directory.port)"]
                timeout = "4s"
                base = "dc=example,dc=com"
                filter = "(|(uid={name})(mail={name}))"
                \(tables)
                """
            do { return (try await Stack.start(settings: settings, people: people), directory) } catch {
                directory.kill()
                throw error
            }
        }

        @Test("of somebody from a directory end by name as well as by id, also while the directory is away")
        func byName() async throws {
            let (stack, directory) = try await start("[identity]\nrefresh = \"1h\"")
            defer {
                stack.stop()
                directory.kill()
            }
            let signIn = SignIn(stack: stack)
            let first = try signIn.cookie(Self.dora)
            let byMail = try signIn.cookie(Stack.Person(name: "dora@example.com", password: Self.dora.password))
            let other = try signIn.cookie(.alice)
            directory.kill()

            let listed = try stack.command("session", "list", "dora", "--backend", "ldap", "--json")
            #expect(listed.status == 0 && listed.output.matches(of: /"id"/).count == 2, "\(listed.output)")
            let id = try #require(listed.output.firstMatch(of: /"user_id":"([^"]+)"/)?.1)
            #expect(try stack.command("session", "list", String(id), "--backend", "ldap").status == 0)

            // Without the backend she is nobody, and the message says which one it is.
            let hint = try stack.command("session", "end", "dora")
            #expect(hint.status == 1 && hint.output.contains("--backend ldap"), "\(hint.output)")
            #expect(try stack.page("/headers.json", cookie: first).status == 200)
            for name in ["dor", "alice", "nobody"] {
                let answer = try stack.command("session", "end", name, "--backend", "ldap")
                #expect(answer.status == 1 && answer.output.contains("gatehouse session list"), "\(answer.output)")
            }
            let unknown = try stack.command("session", "end", "dora", "--backend", "ldpa")
            #expect(
                unknown.status == 1 && unknown.output.contains("backends of the configuration: ldap"),
                "\(unknown.output)")

            let ended = try stack.command("session", "end", "DORA", "--backend", "ldap")
            #expect(ended.status == 0 && ended.output.contains("Ended 2 sessions"), "\(ended.output)")
            for cookie in [first, byMail] { #expect(try stack.page("/headers.json", cookie: cookie).status == 303) }
            #expect(try stack.page("/headers.json", cookie: other).status == 200)
            #expect(try stack.command("session", "end", "dora", "--backend", "ldap").status == 1)

            try await directory.restart()
            let again = try signIn.cookie(Self.dora)
            let byID = try stack.command("session", "end", String(id), "--backend", "ldap")
            #expect(byID.status == 0 && byID.output.contains("Ended 1 session "), "\(byID.output)")
            #expect(try stack.page("/headers.json", cookie: again).status == 303)
        }

        @Test("of somebody whom the database and a directory know under one name are not taken for all there are")
        func both() async throws {
            let (stack, directory) = try await start(
                "[identity]\nrefresh = \"1h\"",
                people: [.alice, Stack.Person(name: "dora", password: "another way to another gate")])
            defer {
                stack.stop()
                directory.kill()
            }
            let signIn = SignIn(stack: stack)
            let there = try signIn.cookie(Self.dora)
            let refused = try stack.command("session", "end", "dora")
            #expect(refused.status == 1 && refused.output.contains("--backend ldap"), "\(refused.output)")
            let here = try signIn.cookie(Stack.Person(name: "dora", password: "another way to another gate"))
            let listed = try stack.command("session", "list", "dora")
            #expect(listed.status == 0 && listed.output.contains("--backend ldap"), "\(listed.output)")
            let ended = try stack.command("session", "end", "dora")
            #expect(
                ended.status == 0 && ended.output.contains("Ended 1 session of dora")
                    && ended.output.contains("--backend ldap"), "\(ended.output)")
            #expect(try stack.page("/headers.json", cookie: here).status == 303)
            #expect(try stack.page("/headers.json", cookie: there).status == 200)
        }

        @Test("are listed without a name: the newest first, whosever they are, with address and device")
        func newest() async throws {
            let (stack, directory) = try await start(people: [.alice, .carol])
            defer {
                stack.stop()
                directory.kill()
            }
            #expect(try stack.command("session", "list").output.contains("Nobody is signed in."))
            let signIn = SignIn(stack: stack)
            _ = try signIn.send(
                try signIn.form(), "alice", Stack.Person.alice.password,
                agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            let cookie = try signIn.cookie(Self.dora)
            _ = try signIn.cookie(.carol)
            func names(_ arguments: String...) throws -> [String] {
                let answer = try Tools.run(
                    try Repository.gatehouse(), ["session", "list", "--json"] + arguments + ["--config", stack.config])
                #expect(answer.status == 0, "\(answer.output)")
                return answer.output.matches(of: /"user":"([^"]+)"/).map { String($0.1) }
            }
            #expect(try names() == ["carol", "dora", "alice"])
            #expect(try names("--limit", "2") == ["carol", "dora"])
            let text = try stack.command("session", "list").output
            #expect(text.contains("ADDRESS") && text.contains("127.0.0.1") && text.contains("ldap"), "\(text)")
            #expect(text.contains("Firefox on Linux"), "\(text)")
            #expect(try stack.command("session", "list", "alice").output.contains("Firefox on Linux"))
            // Whoever is out is not listed, however they got there.
            #expect(try stack.page("/headers.json", cookie: cookie).status == 200)
            #expect(try stack.command("session", "end", "dora", "--backend", "ldap").status == 0)
            #expect(try stack.command("user", "set", "carol", "--inactive").status == 0)
            #expect(try names() == ["alice"])
        }

        @Test("a person of a directory who was throttled gets in after one throttle clear")
        func clear() async throws {
            let (stack, directory) = try await start("[throttle]\nper_account_and_address = 1")
            defer {
                stack.stop()
                directory.kill()
            }
            let signIn = SignIn(stack: stack)
            func status(_ name: String, _ password: String) throws -> Int {
                try signIn.send(try signIn.form(), name, password).status
            }
            for name in ["dora", "dora@example.com"] {
                #expect(try status(name, "wrong") == 422)
                #expect(try status(name, Self.dora.password) == 429)
                #expect(try stack.command("throttle", "clear", name).status == 0)
                #expect(try status(name, Self.dora.password) == 303, "\(name)")
            }
        }
    }
}
