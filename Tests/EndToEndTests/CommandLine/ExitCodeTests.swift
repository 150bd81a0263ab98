internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("Exit codes")
    struct ExitCodeTests {
        // Long: a table of commands, which is read from top to bottom.
        @Test("are 0 for yes or done, 1 for no or refused, 2 for usage, whatever the command")
        func table() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", with: ["--grant", "pages.view_page", "--add-group", "editors", "--create"])
            try site.add("carl", with: ["--inactive"])
            let table: [(Int32, [[String]])] = [
                (
                    0,
                    [
                        ["user", "list"], ["user", "list", "--prefix", "zzz"], ["user", "show", "alice"],
                        ["group", "list"], ["group", "show", "editors"], ["permission", "list"],
                        ["permission", "declare", "pages.view_page"],
                        ["permission", "check", "alice", "pages.view_page"],
                        ["who-can", "pages.view_page"], ["session", "list"], ["session", "list", "alice"],
                        ["throttle", "list"], ["throttle", "clear", "nobody"], ["user", "reset-link", "alice"],
                        ["check"], ["--version"],
                        ["session", "end", "alice"],
                    ]
                ),
                (
                    1,
                    [
                        ["user", "show", "nobody"], ["user", "set", "nobody", "--staff"],
                        ["user", "remove", "nobody", "--yes"],
                        ["user", "passwd", "nobody", "--generate"], ["user", "add", "alice", "--generate"],
                        ["user", "add", "a b", "--generate"], ["user", "reset-link", "carl"],
                        ["user", "list", "--group", "x"],
                        ["group", "show", "x"], ["group", "add", "editors"], ["group", "remove", "x"],
                        ["group", "set", "x", "--grant", "pages.view_page"],
                        ["permission", "check", "alice", "pages.other"],
                        ["permission", "check", "carl", "pages.view_page"],
                        ["permission", "check", "nobody", "pages.view_page"],
                        ["who-can", "pages.other"], ["session", "list", "nobody"], ["session", "end", "nobody"],
                        ["session", "end", "alice", "--backend", "ldap"],
                        ["session", "list", "alice", "--backend", "ldap"],
                        ["session", "end", "--id", "AAAAAAAAAAAAAAAAAAAAAA"],
                        ["explain", "--user", "nobody", "--url", "https://app.example.com/"], ["health"],
                    ]
                ),
                (
                    2,
                    [
                        ["nonsense"], ["user"], ["user", "add"], ["user", "set", "alice"],
                        ["user", "set", "alice", "--grant", "x"],
                        ["user", "remove", "alice"], ["user", "passwd", "alice"], ["group", "set", "editors"],
                        ["group", "members", "add", "editors"], ["permission", "check", "alice"],
                        ["permission", "check", "alice", "x"], ["who-can", "x"], ["who-can", "a.b.c"],
                        ["session", "end"], ["session", "end", "--id", "short"],
                        ["session", "list", "--backend", "ldap"],
                        ["session", "list", "--limit", "0"], ["throttle", "clear"],
                        ["throttle", "clear", "--address", "x"],
                        ["explain", "--url", "nowhere"], ["user", "import", "/nonexistent"],
                        ["permission", "remove", "pages.view_page"],
                    ]
                ),
            ]
            for (status, commands) in table {
                for arguments in commands {
                    let answer = try site.run(arguments)
                    // Nobody runs a daemon here, of whom one could ask whether it is ready.
                    let expected = arguments == ["health"] ? 3 : status
                    #expect(answer.status == expected, "\(arguments): \(answer)")
                    #expect(expected < 2 || !answer.complaint.isEmpty, "\(arguments)")
                }
            }
        }

        @Test("are 3 where nobody could find out: the database or the session store is away")
        func away() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", with: ["--grant", "pages.view_page", "--create"])
            let text = try String(contentsOfFile: site.config, encoding: .utf8)
            func with(_ key: String, _ url: String) throws {
                let changed = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                    line.hasPrefix("\(key) = ") ? "\(key) = \"\(url)\"" : String(line)
                }
                try changed.joined(separator: "\n").write(toFile: site.config, atomically: true, encoding: .utf8)
            }
            let port = try FreePort.any()
            // The one under [database]: that of the portal comes first and must stay.
            let parts = text.components(separatedBy: "[database]\n")
            let rest = parts[1].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            try (parts[0] + "[database]\nurl = \"postgresql://127.0.0.1:\(port)/people\"\n" + rest[1]).write(
                toFile: site.config, atomically: true, encoding: .utf8)
            for arguments in [
                ["user", "list"], ["user", "show", "alice"], ["user", "add", "bob", "--generate"], ["group", "list"],
                ["permission", "check", "alice", "pages.view_page"], ["who-can", "pages.view_page"],
                ["session", "list", "alice"], ["session", "end", "alice"], ["user", "rename", "alice", "bob"],
                ["group", "members", "add", "x", "alice"], ["permission", "remove", "pages.view_page", "--yes"],
                ["explain", "--user", "alice", "--url", "https://app.example.com/"], ["migrate"], ["throttle", "list"],
            ] {
                let answer = try site.run(arguments)
                #expect(answer.status == 3 && !answer.complaint.isEmpty, "\(arguments): \(answer)")
            }
            try with("store", "redis://127.0.0.1:\(port)/0")
            for arguments in [
                ["session", "list"], ["session", "list", "alice"], ["session", "end", "alice"],
                ["session", "end", "alice", "--backend", "ldap"], ["throttle", "list"], ["throttle", "clear", "alice"],
                ["user", "set", "alice", "--staff"], ["user", "rename", "alice", "alicia"],
            ] {
                let answer = try site.run(arguments)
                #expect(answer.status == 3, "\(arguments): \(answer)")
                #expect(answer.complaint.contains("sessions.store"), "\(arguments): \(answer)")
            }
            // What was saved before the store was asked stands.
            #expect(try site.run("user", "show", "alicia").status == 0)
        }

        @Test(
            "are 2 where the program cannot see what it was asked for",
            .enabled(if: getuid() == 0, "left out: only root may take /proc away"))
        func noArguments() throws {
            let folder = try TemporaryFolder()
            let (status, output) = try Tools.run(
                "unshare",
                [
                    "--mount", "sh", "-c",
                    "mount --make-rprivate / && mount --bind \"$1\" /proc && exec \"$2\" version", "sh", folder.path,
                    try Repository.gatehouse(),
                ])
            #expect(status == 2 && output == "the arguments cannot be read: /proc is missing; mount it\n", "\(output)")
        }
    }
}
