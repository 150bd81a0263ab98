internal import Testing

extension EndToEnd {
    @Suite("Names of groups and permissions on the command line")
    struct MistypedNamesTests {
        /// Every command that names a group or a permission to give.
        private static let giving: [[String]] = [
            ["user", "add", "bob", "--password-stdin", "--add-group", "editros"],
            ["user", "add", "bob", "--password-stdin", "--group", "editros"],
            ["user", "add", "bob", "--password-stdin", "--grant", "pages.chnage_page"],
            ["user", "add", "bob", "--password-stdin", "--permission", "pages.chnage_page"],
            ["user", "set", "alice", "--add-group", "editros"],
            ["user", "set", "alice", "--grant", "pages.chnage_page"],
            ["group", "set", "editors", "--grant", "pages.chnage_page"],
            ["permission", "grant", "pages.chnage_page", "--user", "alice"],
            ["permission", "grant", "pages.chnage_page(page:7)", "--group", "editors"],
            ["permission", "grant", "alice", "pages.chnage_page"],
        ]
        /// Those that take something away: nothing is ever made by them.
        private static let taking: [[String]] = [
            ["user", "set", "alice", "--remove-group", "editros", "--create"],
            ["user", "set", "alice", "--revoke", "pages.chnage_page"],
            ["group", "set", "editors", "--revoke", "pages.chnage_page"],
            ["permission", "revoke", "pages.chnage_page", "--user", "alice"],
            ["permission", "remove", "pages.chnage_page", "--yes"], ["who-can", "pages.chnage_page"],
        ]

        @Test("make nothing by a slip: the command is refused with the name that was meant, and changes nothing")
        func slips() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", with: ["--add-group", "editors", "--grant", "pages.change_page", "--create"])
            let state = { try site.run("group", "list").output + site.run("permission", "list").output }
            let before = try state()
            for arguments in Self.giving + Self.taking {
                let answer = try site.run(arguments, input: "a long way to the gate\n")
                #expect(answer.status == 1, "\(arguments): \(answer)")
                let meant = arguments.contains("editros") ? "did you mean editors?" : "did you mean pages.change_page?"
                #expect(answer.complaint.contains(meant), "\(arguments): \(answer)")
                #expect(
                    answer.complaint.contains("--create") == Self.giving.contains(arguments), "\(arguments): \(answer)")
            }
            #expect(try state() == before)
            #expect(try site.run("user", "show", "bob").status == 1)
        }

        @Test("are made when --create says so, also in the spellings that user add had at first")
        func made() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", with: ["--group", "a", "--permission", "pages.one", "--create"])
            try site.add("bob", with: ["--add-group", "b", "--grant", "pages.two(page:7)", "--create"])
            #expect(
                try site.run("user", "set", "bob", "--add-group", "c", "--grant", "pages.three", "--create").status == 0
            )
            #expect(try site.run("group", "set", "c", "--grant", "pages.four", "--create").status == 0)
            #expect(try site.run("permission", "grant", "pages.five", "--user", "alice", "--create").status == 0)
            #expect(try site.run("permission", "grant", "pages.six", "--group", "a", "--create").status == 0)
            let groups = try site.run("group", "list", "--json").output
            for name in ["a", "b", "c"] { #expect(groups.contains("\"name\":\"\(name)\"")) }
            let permissions = try site.run("permission", "list", "--json").output
            for name in ["one", "two", "three", "four", "five", "six"] {
                #expect(permissions.contains("\"pages.\(name)\""))
            }
            #expect(try site.run("user", "show", "bob").output.contains("pages.two(page:7)"))
            // The old spellings work and are no longer offered.
            let help = try site.run("user", "add", "--help").output
            #expect(help.contains("--add-group") && help.contains("--grant") && help.contains("--create"))
            #expect(!help.contains("--permission") && !help.contains(" --group"))
        }
    }
}
