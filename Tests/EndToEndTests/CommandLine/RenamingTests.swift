internal import Testing

extension EndToEnd {
    @Suite("Renaming people and groups")
    struct RenamingTests {
        private static let settings = Stack.Settings(
            tables: """
                [identity]
                refresh = "1h"
                [[expect]]
                user = "alice"
                url = "http://localhost/public/"
                is = "allow"
                """,
            application: """
                groups = ["editors", "wri*"]
                """,
            rules: """
                  [[application.rule]]
                  paths = ["/public/**"]
                  allow = ["anyone"]
                  [[application.rule]]
                  paths = ["/writers/**"]
                  allow = ["group:writers"]
                  [[application.rule]]
                  paths = ["/editors/**"]
                  allow = ["group:editors", "user:alice"]
                  [[application.rule]]
                  allow = ["signed-in"]
                """)

        @Test("a person goes on with the same session, id and password, under the new name at once")
        func user() async throws {
            let stack = try await Stack.start(settings: Self.settings, people: [.alice, .carol])
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let id = try stack.command("user", "show", "alice", "--json").output.firstMatch(of: /"id":(\d+)/)?.1
            for taken in ["carol", "CAROL", "a b", ""] {
                #expect(try stack.command("user", "rename", "alice", taken).status == 1, "\(taken)")
            }
            #expect(try stack.command("user", "rename", "nobody", "somebody").status == 1)
            let renamed = try stack.command("user", "rename", "alice", "Alicia.Liddell")
            #expect(renamed.status == 0, "\(renamed.output)")
            // What names her in the configuration is told, with line and key.
            #expect(renamed.output.contains("application.rule.allow: \"user:alice\""), "\(renamed.output)")
            #expect(renamed.output.contains("expect.user"), "\(renamed.output)")
            #expect(try stack.arrival("/headers.json", cookie: cookie).all("Remote-User") == ["Alicia.Liddell"])
            let shown = try stack.command("user", "show", "Alicia.Liddell", "--json").output
            #expect(shown.firstMatch(of: /"id":(\d+)/)?.1 == id)
            #expect(try stack.command("user", "show", "alice").status == 1)
            // Only the letter case of one's own name is no clash; sessions and sign-in follow.
            #expect(try stack.command("user", "rename", "Alicia.Liddell", "alicia.liddell").status == 0)
            let again = try SignIn(stack: stack).cookie(
                Stack.Person(name: "alicia.liddell", password: Stack.Person.alice.password))
            #expect(try stack.arrival("/headers.json", cookie: again).all("Remote-User") == ["alicia.liddell"])
            let listed = try stack.command("session", "list", "alicia.liddell", "--json").output
            #expect(listed.matches(of: /"id"/).count == 2, "\(listed)")
        }

        @Test("a group keeps members and permissions; rules that name the old one are told")
        func group() async throws {
            let stack = try await Stack.start(settings: Self.settings, people: [.carol, .alice])
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(try stack.command("group", "set", "editors", "--grant", "pages.change_page").status == 0)
            #expect(try stack.page("/writers/headers.json", cookie: cookie).status == 403)
            #expect(try stack.command("group", "rename", "editors", "finance").status == 1)
            #expect(try stack.command("group", "rename", "nobody", "somebody").status == 1)
            #expect(try stack.command("group", "rename", "editors", "").status == 1)
            let renamed = try stack.command("group", "rename", "editors", "writers")
            #expect(renamed.status == 0, "\(renamed.output)")
            #expect(renamed.output.contains("application.rule.allow: \"group:editors\""), "\(renamed.output)")
            #expect(renamed.output.contains("application.groups: \"editors\""), "\(renamed.output)")
            #expect(try stack.page("/writers/headers.json", cookie: cookie).status == 200)
            #expect(try stack.arrival("/headers.json", cookie: cookie).all("Remote-Groups") == ["writers"])
            #expect(try stack.command("group", "show", "writers").output.contains("pages.change_page"))
            // Back again, where nothing names the other one.
            let back = try stack.command("group", "rename", "writers", "editors")
            #expect(back.status == 0 && back.output.contains("group:writers"), "\(back.output)")
        }
    }
}
