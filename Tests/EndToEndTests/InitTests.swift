internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("`gatehouse init` writes everything or nothing")
    struct InitTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        private var config: String { folder.file("gatehouse.toml") }

        private func run(
            _ arguments: String..., environment: [String: String] = [:]
        ) throws -> (status: Int32, output: String) {
            try Tools.run(try Repository.gatehouse(), arguments + ["--config", config], environment: environment)
        }

        private func files() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        }

        @Test(
            "leaves nothing when it is refused, so that the next one works",
            arguments: [
                ["--store", "nonsense"], ["--store", "rediss://127.0.0.1"], ["--portal", "ftp://x"],
                ["--portal", "https://auth.example.com", "--host", "*"], ["--user", "al ice$", "--password-stdin"],
                ["--user", "alice"], ["--user", "alice", "--no-user"],
            ])
        func refused(options: [String]) throws {
            let binary = try Repository.gatehouse()
            let answer = try Tools.run(binary, ["init", "--config", config] + options)
            #expect(answer.status == 1 || answer.status == 2, "\(answer.output)")
            #expect(try files() == [])
            #expect(try run("init").status == 0)
        }

        @Test("leaves nothing when a password is too weak, a database gives no answer, or the disk is no place for it")
        func lateRefusals() throws {
            let weak = try folder.write("short\n", to: "weak")
            let strong = try folder.write("correct horse battery 7\n", to: "strong")
            let refused = try run("init", "--user", "alice", "--password-file", weak)
            #expect(refused.status == 1 && refused.output.contains("too short"), "\(refused.output)")
            #expect(try files() == ["strong", "weak"])
            let address = "postgresql://127.0.0.1:\(try FreePort.any())/people"
            let away = try run(
                "init", "--user", "alice", "--password-file", strong, environment: ["GATEHOUSE_DATABASE__URL": address])
            #expect(away.status == 3, "\(away.output)")
            #expect(try files() == ["strong", "weak"])
            let overridden = try run("init", environment: ["GATEHOUSE_SESSIONS__IDLE": "3 days"])
            #expect(overridden.status == 2 && overridden.output.contains("nothing was written"), "\(overridden.output)")
            #expect(try files() == ["strong", "weak"])
            // In the way of the database.
            try FileManager.default.createDirectory(
                atPath: folder.file("gatehouse.db"), withIntermediateDirectories: false)
            let blocked = try run("init", "--user", "alice", "--password-file", strong)
            #expect(blocked.status == 3, "\(blocked.output)")
            #expect(try files() == ["gatehouse.db", "strong", "weak"])
        }

        @Test("makes the folders that are missing, and takes them away again")
        func folders() throws {
            let strong = try folder.write("correct horse battery 7\n", to: "strong")
            let binary = try Repository.gatehouse()
            let deep = [
                "init", "--config", folder.file("a/b/gatehouse.toml"), "--user", "alice", "--password-file", strong,
            ]
            let address = "postgresql://127.0.0.1:\(try FreePort.any())/people"
            #expect(try Tools.run(binary, deep, environment: ["GATEHOUSE_DATABASE__URL": address]).status == 3)
            #expect(try files() == ["strong"])
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            let open = try Tools.run(binary, deep)
            #expect(open.status == 2 && open.output.contains("chmod o-w \(folder.path)"), "\(open.output)")
            #expect(try files() == ["strong"])
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
            #expect(try Tools.run(binary, deep).status == 0)
            #expect(
                try Tools.run(binary, ["check", "--offline", "--config", folder.file("a/b/gatehouse.toml")]).status == 0
            )
        }

        @Test("says what is left to do, and no more")
        func next() throws {
            let strong = try folder.write("correct horse battery 7\n", to: "strong")
            let bare = try run("init")
            for command in ["migrate", "user add NAME --superuser --staff", "render nginx", "check", "serve"] {
                #expect(bare.output.contains("\n  gatehouse \(command) --config \(config)\n"), "\(bare.output)")
            }
            for name in ["gatehouse.toml", "keys"] { try FileManager.default.removeItem(atPath: folder.file(name)) }
            let made = try run("init", "--user", "alice", "--password-file", strong)
            #expect(made.status == 0 && made.output.contains("Made the administrator alice."), "\(made.output)")
            #expect(!made.output.contains("migrate") && !made.output.contains("user add"), "\(made.output)")
            let listed = try run("user", "show", "alice", "--json")
            #expect(listed.output.contains("\"superuser\":true"), "\(listed.output)")
            // Beside a database that has everything already nothing of that is left.
            for name in ["gatehouse.toml", "keys"] { try FileManager.default.removeItem(atPath: folder.file(name)) }
            let again = try run("init")
            #expect(!again.output.contains("migrate") && !again.output.contains("user add"), "\(again.output)")
        }

        /// Answers prompts at a terminal of its own, and prints what was to be seen.
        private static let typist = """
            import os, pty, select, signal, sys, time
            answers = [a for a in os.environ["ANSWERS"].split("|")]
            pid, terminal = pty.fork()
            if pid == 0:
                # Whoever started the tests may ignore it, and so would all that they start.
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.execv(sys.argv[1], sys.argv[1:])
            seen, end = b"", time.time() + 120
            while time.time() < end:
                if select.select([terminal], [], [], 0.05)[0]:
                    try:
                        part = os.read(terminal, 4096)
                    except OSError:
                        break
                    if not part:
                        break
                    seen += part
                elif answers and seen.rstrip(b" ").endswith(b":"):
                    answer = answers.pop(0)
                    os.write(terminal, b"\\x03" if answer == "^C" else answer.encode() + b"\\n")
                    seen += b"<>"
            else:
                os.kill(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
            print(seen.decode().replace("\\r\\n", "\\n"))
            sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99)
            """

        /// Runs `init` at a terminal and types the answers, each as soon as somebody is asked.
        private func typed(_ answers: String...) throws -> (status: Int32, output: String) {
            try Tools.run(
                "python3", ["-c", InitTests.typist, try Repository.gatehouse(), "init", "--config", config],
                environment: ["ANSWERS": answers.joined(separator: "|")])
        }

        @Test("asks at a terminal for the first administrator, and again after a name or password that will not do")
        func administrator() throws {
            let answer = try typed(
                "al ice$", "alice", "short", "short", "correct horse battery 7", "something else",
                "correct horse battery 7", "correct horse battery 7")
            #expect(answer.status == 0, "\(answer.output)")
            for words in ["letters, digits and", "too short", "differ", "Made the administrator alice."] {
                #expect(answer.output.contains(words), "\(words) in \(answer.output)")
            }
            #expect(!answer.output.contains("correct horse"), "what is typed shows: \(answer.output)")
            #expect(try run("user", "show", "alice", "--json").output.contains("\"superuser\":true"))
        }

        @Test("takes an Enter for nobody, and leaves nothing when it is interrupted")
        func nobody() throws {
            let stopped = try typed("alice", "^C")
            #expect(stopped.status != 0)
            #expect(try files() == [])
            let nobody = try typed("")
            #expect(nobody.status == 0 && nobody.output.contains("gatehouse user add NAME"), "\(nobody.output)")
            #expect(try files() == ["gatehouse.toml", "keys", "keys/lookup", "keys/seal"])
        }
    }
}
