internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("What commands print")
    struct OutputTests {
        /// A command of every kind that prints, whatever it answers otherwise.
        private static let printing: [[String]] = [
            ["--help"], ["--version"], ["user", "list"], ["user", "list", "--json"],
            ["user", "show", "alice"],
            ["user", "set", "alice", "--first-name", "A"], ["user", "reset-link", "alice"], ["group", "list"],
            ["group", "add", "a"], ["permission", "list"], ["permission", "check", "alice", "pages.view_page"],
            ["permission", "check", "alice", "pages.view_page", "--json"], ["who-can", "pages.view_page"],
            ["session", "list", "alice"], ["session", "list"], ["throttle", "list"], ["throttle", "clear", "alice"],
            ["hash", "calibrate", "--json"], ["explain", "--url", "https://app.example.com/"], ["render", "nginx"],
            ["check"], ["migrate"], ["--generate-completion-script", "bash"],
        ]

        @Test("is not lost in silence: a full device is exit 3 with the reason")
        func full() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", with: ["--grant", "pages.view_page", "--create"])
            for arguments in Self.printing {
                let answer = try site.shell(#"exec "$@" > /dev/full"#, arguments)
                #expect(answer.status == 3, "\(arguments): \(answer)")
                #expect(answer.complaint.contains("standard output: cannot be written: No space left"), "\(answer)")
            }
            // A password that nobody could read is none that anybody has.
            let made = try site.shell(#"exec "$@" > /dev/full"#, ["user", "add", "bob", "--generate"])
            #expect(made.status == 3 && made.complaint.contains("what was done before stays done"), "\(made)")
        }

        @Test("may be read in part: nobody complains about a pipe that was closed")
        func closed() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            let lines = (1...3_000).map { "user\($0),user\($0)@example.com\n" }.joined()
            let file = try site.folder.write("username,email\n\(lines)", to: "people.csv")
            let imported = try site.run("user", "import", file)
            #expect(imported.status == 0, "\(imported)")
            let answer = try site.shell(#""$@" | head -n 1; echo "${PIPESTATUS[0]}""#, ["user", "list"])
            #expect(answer.output.hasPrefix("NAME") && answer.output.hasSuffix("\n0\n"), "\(answer)")
            #expect(answer.complaint.isEmpty, "\(answer)")
        }

        @Test("has groups, and times with their zone, in lists of people; a line for what an import made")
        func lists() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            let groups = (1...24).map { "group\($0)" }.joined(separator: ";")
            let file = try site.folder.write(
                "username,groups,permissions\nalice,b;a,pages.view_page\nbob,\(groups),\n", to: "people.csv")
            let imported = try site.run("user", "import", file)
            #expect(
                imported.output.split(separator: "\n").last
                    == "Made 2 people, 26 groups and 1 permission (\"pages.view_page\").", "\(imported)")
            let again = try site.folder.write("username,groups\ncarol,new\n", to: "more.csv")
            #expect(try site.run("user", "import", again).output.contains("Made 1 person and 1 group (\"new\")."))

            let json = try site.run("user", "list", "--json").output
            #expect(json.contains(#""groups":["a","b"]"#), "\(json)")
            #expect(json.contains(/"date_joined":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)"/), "\(json)")
            #expect(json.contains(#""last_login":null"#))
            let text = try site.run("user", "list").output.split(separator: "\n")
            #expect(text.first?.hasSuffix("GROUPS") == true && text.contains { $0.hasSuffix("a, b") }, "\(text)")
            #expect(try site.run("user", "show", "alice").output.contains(/Made: +\d{4}-\d\d-\d\dT/))
        }

        @Test("help says what exit codes mean, and how completions are had")
        func help() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            let help = try site.run("--help").output
            #expect(
                help.contains("Exit codes: 0 yes or done, 1 no or refused")
                    && help.contains("--generate-completion-script"))
            for shell in ["bash", "zsh", "fish"] {
                let script = try site.run("--generate-completion-script", shell)
                #expect(script.status == 0 && script.output.contains("gatehouse"), "\(script.complaint)")
            }
        }
    }
}
