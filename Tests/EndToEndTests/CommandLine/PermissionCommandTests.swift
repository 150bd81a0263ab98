internal import Testing

extension EndToEnd {
    @Suite("Permissions on the command line")
    struct PermissionCommandTests {
        @Test("are asked about and granted in either order, also where a name looks like a permission")
        func order() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", "first.last")
            for name in ["change_page", "view_page"] {
                #expect(try site.run("permission", "declare", "pages.\(name)").status == 0)
            }
            for (user, orders) in [
                (
                    "alice",
                    [
                        ["alice", "pages.change_page"], ["pages.view_page", "alice"],
                        ["pages.view_page", "--user", "alice"],
                    ]
                ),
                (
                    "first.last",
                    [
                        ["first.last", "pages.change_page"], ["pages.view_page", "first.last"],
                        ["--user", "first.last", "pages.view_page"],
                    ]
                ),
            ] {
                for words in orders {
                    #expect(try site.run(["permission", "check"] + words).status == 1, "\(words)")
                    let granted = try site.run(["permission", "grant"] + words)
                    #expect(granted.status == 0 && granted.output.contains("to \(user)."), "\(words): \(granted)")
                    #expect(try site.run(["permission", "check"] + words).status == 0, "\(words)")
                    #expect(try site.run(["permission", "revoke"] + words).status == 0, "\(words)")
                    #expect(try site.run(["permission", "check"] + words).status == 1, "\(words)")
                }
            }
            for words in [
                ["alice"], ["pages.view_page"], ["alice", "bob"], ["a", "b", "c"], ["x.y", "z.a", "--user", "alice"],
            ] {
                #expect(try site.run(["permission", "check"] + words).status == 2, "\(words)")
            }
        }

        @Test("go for good with permission remove, from whoever has them; the configuration's places are told")
        func remove() async throws {
            let site = try await CommandSite.start(
                rules: """
                    permissions = ["pages.publish"]
                      [[application.rule]]
                      paths = ["/publish/**"]
                      allow = ["permission:pages.publish"]
                    """)
            defer { site.stop() }
            try site.add("alice", with: ["--grant", "pages.publish", "--grant", "pages.publish(page:7)"])
            try site.add("bob", with: ["--add-group", "editors", "--create"])
            #expect(try site.run("group", "set", "editors", "--grant", "pages.publish").status == 0)
            // Nobody is there to be asked.
            #expect(try site.run("permission", "remove", "pages.publish").status == 2)
            let removed = try site.run("permission", "remove", "pages.publish", "--yes")
            #expect(removed.status == 0 && removed.output.contains("1 person and 1 group"), "\(removed)")
            #expect(removed.complaint.contains("application.rule.allow"), "\(removed)")
            #expect(removed.complaint.contains("application.permissions"), "\(removed)")
            #expect(try !site.run("permission", "list").output.contains("pages.publish"))
            #expect(try !site.run("user", "show", "alice").output.contains("pages.publish"))
            #expect(try site.run("permission", "check", "bob", "pages.publish").status == 1)
            #expect(try site.run("permission", "remove", "pages.publish", "--yes").status == 1)
            #expect(try site.run("migrate").status == 0)
            #expect(try site.run("permission", "check", "alice", "pages.publish").status == 1, "made anew, for nobody")
        }

        @Test("say who can, and why")
        func whoCan() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", with: ["--grant", "pages.view_page", "--add-group", "editors", "--create"])
            try site.add("bob", with: ["--add-group", "readers", "--create"])
            try site.add("root", with: ["--superuser"])
            try site.add("carol", with: ["--grant", "pages.view_page(page:7)"])
            for group in ["editors", "readers"] {
                #expect(try site.run("group", "set", group, "--grant", "pages.view_page").status == 0)
            }
            #expect(try site.run("group", "set", "readers", "--grant", "pages.view_page(page:7)").status == 0)
            func why(_ name: String, _ arguments: String...) throws -> String? {
                let lines = try site.run(["who-can"] + arguments + ["--json"]).output.split(separator: "\n")
                let line = lines.first { $0.contains("\"name\":\"\(name)\"") }
                return line?.firstMatch(of: /"why":\[(.*?)\]/).map { String($0.1) }
            }
            #expect(try why("alice", "pages.view_page") == #""granted","group editors""#)
            #expect(try why("bob", "pages.view_page") == #""group readers""#)
            #expect(try why("root", "pages.view_page") == #""superuser""#)
            #expect(try why("carol", "pages.view_page") == nil)
            #expect(try why("carol", "pages.view_page(page:7)") == #""granted on page:7""#)
            #expect(try why("bob", "pages.view_page(page:7)") == #""group readers on page:7""#)
            #expect(
                try why("bob", "pages.view_page(page:7)", "--implied") == #""group readers","group readers on page:7""#)
            #expect(try why("alice", "pages.view_page(page:7)") == nil)
            #expect(try site.run("who-can", "pages.view_page").output.contains("WHY"))
        }
    }
}
