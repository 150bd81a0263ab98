internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("What is changed about people, seen by those who are signed in")
    struct PeopleChangesTests {
        /// So long that nothing here is seen by looking again.
        private static let settings = Stack.Settings(
            tables: """
                [identity]
                refresh = "1h"
                """,
            application: """
                groups = ["*"]
                permissions = ["*"]
                """,
            rules: """
                  [[application.rule]]
                  paths = ["/public/**"]
                  allow = ["anyone"]
                  [[application.rule]]
                  paths = ["/finance/**"]
                  allow = ["group:finance"]
                  [[application.rule]]
                  paths = ["/pages/{id}/**"]
                  allow = ["permission:pages.edit_page(page:{id})"]
                  [[application.rule]]
                  paths = ["/recent/**"]
                  allow = ["signed-in"]
                  signed_in_within = "1s"
                  [[application.rule]]
                  allow = ["signed-in"]
                """)

        private let stack: Stack
        private let cookie: String

        init() async throws {
            stack = try await Stack.start(settings: Self.settings, people: [.alice, .carol])
            do { cookie = try SignIn(stack: stack).cookie(.alice) } catch {
                stack.stop()
                throw error
            }
        }

        private func status(_ path: String = "/headers.json") throws -> Int {
            try stack.page(path, cookie: cookie).status
        }

        private func change(_ arguments: String...) throws {
            let (status, output) = try Tools.run(
                try Repository.gatehouse(), arguments + ["--config", stack.config])
            #expect(status == 0, "\(arguments): \(output)")
        }

        @Test("counts at once: groups, permissions, permissions on objects, names and flags")
        func atOnce() throws {
            defer { stack.stop() }
            #expect(try status() == 200)
            #expect(try status("/finance/headers.json") == 403)
            try change("user", "set", "alice", "--add-group", "finance")
            #expect(try status("/finance/headers.json") == 200)
            try change("user", "set", "alice", "--remove-group", "finance", "--first-name", "Alice")
            #expect(try status("/finance/headers.json") == 403)
            #expect(try stack.arrival("/headers.json", cookie: cookie).all("Remote-Name") == ["Alice"])

            #expect(try status("/pages/7/headers.json") == 403)
            try change("permission", "grant", "pages.edit_page(page:7)", "--user", "alice")
            #expect(try status("/pages/7/headers.json") == 200)
            #expect(try status("/pages/8/headers.json") == 403)
            try change("permission", "grant", "pages.edit_page(page:8)", "--group", "editors")
            #expect(try status("/pages/8/headers.json") == 200)
            try change("permission", "revoke", "pages.edit_page(page:7)", "--user", "alice")
            #expect(try status("/pages/7/headers.json") == 403)
            try change("user", "set", "alice", "--superuser")
            #expect(try status("/pages/7/headers.json") == 200)
            #expect(try status("/finance/headers.json") == 403, "a superuser is in no group because of that")
        }

        @Test("ends sessions at once: a new password, an account that is disabled or gone")
        func ending() throws {
            defer { stack.stop() }
            let password = try stack.folder.write("an entirely different secret\n", to: "new")
            try change("user", "passwd", "alice", "--password-file", password)
            #expect(try status() == 303)

            let again = try SignIn(stack: stack).cookie(
                Stack.Person(name: "alice", password: "an entirely different secret"))
            #expect(try stack.page("/headers.json", cookie: again).status == 200)
            try change("user", "set", "alice", "--inactive")
            #expect(try stack.page("/headers.json", cookie: again).status == 303)

            let carol = try SignIn(stack: stack).cookie(.carol)
            #expect(try stack.page("/headers.json", cookie: carol).status == 200)
            try change("user", "remove", "carol", "--yes")
            #expect(try stack.page("/headers.json", cookie: carol).status == 303)
        }

        @Test("a page for people who signed in lately asks the others to sign in again, and they come back to it")
        func signedInWithin() async throws {
            defer { stack.stop() }
            #expect(await eventually(within: .seconds(30)) { (try? status("/recent/headers.json")) == 303 })
            #expect(try status() == 200)
            let challenge = try stack.page("/recent/headers.json", cookie: cookie)
            let location = try #require(challenge.header("Location"))
            let path = try #require(location.split(separator: stack.host, maxSplits: 1).last.map(String.init))
            // Whoever is signed in gets the form all the same: otherwise the two pages would send each other in circles.
            let form = try stack.page(path, cookie: cookie)
            #expect(form.status == 200)
            #expect(form.text.contains("name=\"password\""))
        }

        @Test("sessions are listed and ended one by one")
        func sessions() throws {
            defer { stack.stop() }
            let other = try SignIn(stack: stack).cookie(.alice)
            let (status, output) = try stack.command("session", "list", "alice", "--json")
            #expect(status == 0)
            #expect(output.matches(of: /"id"/).count == 2, "\(output)")
            let newest = try #require(output.firstMatch(of: /"id": ?"([A-Za-z0-9_-]{22})"/)?.1)
            #expect(try stack.command("session", "end", "--id", String(newest)).status == 0)
            #expect(try stack.page("/headers.json", cookie: other).status == 303)
            #expect(try stack.page("/headers.json", cookie: cookie).status == 200)
            #expect(try stack.command("session", "end", "--id", String(newest)).status == 1)
            #expect(try stack.command("session", "end", "--id", "-AAAAAAAAAAAAAAAAAAAAA").status == 1)
        }
    }
}
