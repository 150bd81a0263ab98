internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("`gatehouse check` tries what the daemon will need")
    struct CheckTests {
        let folder: TemporaryFolder
        /// Addresses that nobody listens on.
        private let addresses: [String: String]
        private let ports: [UInt16]

        init() throws {
            folder = try TemporaryFolder()
            ports = try (0..<3).map { _ in try FreePort.any() }
            addresses = Dictionary(
                uniqueKeysWithValues: zip(["CHECK", "PORTAL", "ADMIN"], ports).map {
                    ("GATEHOUSE_\($0)__LISTEN", "127.0.0.1:\($1)")
                })
        }

        private var config: String { folder.file("gatehouse.toml") }

        /// Runs a command; what it says must not speak Swift.
        func run(_ arguments: String..., environment: [String: String] = [:]) throws -> (
            status: Int32, output: String
        ) {
            let answer = try Tools.run(
                try Repository.gatehouse(), arguments + ["--config", config],
                environment: addresses.merging(environment) { $1 })
            #expect(!RawSwift.isIn(answer.output[...]), "\(answer.output)")
            return answer
        }

        /// Whether everything works in the end: on a busy machine a server may miss the limit that `check` gives it.
        private func works() async -> Bool {
            await eventually(within: .seconds(60)) { (try? run("check"))?.status == 0 }
        }

        func start(_ more: String = "") throws {
            try #require(try run("init").status == 0)
            let text = try String(contentsOfFile: config, encoding: .utf8)
            try (text + more).write(toFile: config, atomically: true, encoding: .utf8)
        }

        func edit(_ old: String, _ new: String) throws {
            let text = try String(contentsOfFile: config, encoding: .utf8)
            try #require(text.contains(old))
            try text.replacingOccurrences(of: old, with: new).write(toFile: config, atomically: true, encoding: .utf8)
        }

        /// The lines that say that something does not work.
        func failures(_ output: String) -> [Substring] {
            output.split(separator: "\n").filter { $0.hasPrefix("FAILS") }
        }

        @Test("is green when the daemon would work, and makes nothing on the way")
        func green() throws {
            try start()
            let early = try run("check")
            #expect(early.status == 3, "\(early.output)")
            #expect(failures(early.output).count == 1 && early.output.contains("run `gatehouse migrate`"))
            #expect(!FileManager.default.fileExists(atPath: folder.file("gatehouse.db")))
            let offline = try run("check", "--offline")
            #expect(offline.status == 0 && offline.output == "The configuration is fine.\n", "\(offline.output)")
            #expect(try run("migrate").status == 0)
            let answer = try run("check")
            #expect(answer.status == 0, "\(answer.output)")
            for part in ["keys", "sessions.store", "database.url", "check.listen", "portal.listen", "admin.listen"] {
                #expect(answer.output.contains("ok        \(part): "), "\(part) in \(answer.output)")
            }
            #expect(answer.output.hasSuffix("The configuration is fine.\n"))
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(files == ["gatehouse.db", "gatehouse.toml", "keys"])
            #expect(try run("check", "--online", "--offline").status == 2)
        }

        @Test("says what is wrong with Redis: password, rights, nobody there; and where the secret stands")
        func redis() async throws {
            let rules = RedisServer.documentedRules
            let server = try await RedisServer.start(users: [
                "user gatehouse on >opensesame \(rules)", "user default on >other ~* +@all",
            ])
            defer { server.kill() }
            try start()
            try #require(try run("migrate").status == 0)
            let secret = try folder.write("wrong\n", to: "keys/redis")
            try edit(
                "store = \"sqlite:gatehouse.db\"",
                "store = \"redis://127.0.0.1:\(server.port)/0\"\nusername = \"gatehouse\"\npassword = \"file:keys/redis\""
            )
            let wrong = try run("check")
            #expect(wrong.status == 3)
            #expect(wrong.output.contains("FAILS     sessions.password: ") && wrong.output.contains("WRONGPASS"))
            try "opensesame\n".write(toFile: secret, atomically: false, encoding: .utf8)
            let right = try run("check")
            #expect(right.status == 0, "\(right.output)")
            #expect(try server.reply(to: ["DBSIZE"], password: "other") == ":0\r\n")
            _ = try server.reply(to: ["ACL", "SETUSER", "gatehouse", "-getrange", "-evalsha"], password: "other")
            let poor = try run("check")
            #expect(poor.status == 3)
            #expect(poor.output.contains("ACL SETUSER gatehouse +getrange +evalsha"), "\(poor.output)")

            try edit("username = \"gatehouse\"\npassword = \"file:keys/redis\"", "")
            #expect(try run("check").output.contains("FAILS     sessions.password: "))
            try edit("redis://127", "redis://gatehouse:wrong@127")
            let inAddress = try run("check")
            #expect(inAddress.output.contains("FAILS     sessions.store: "), "\(inAddress.output)")
            for output in [wrong.output, poor.output, inAddress.output] {
                #expect(!output.contains("opensesame") && !output.contains(":wrong"), "\(output)")
            }
            server.freeze()
            defer { server.thaw() }
            let clock = ContinuousClock.now
            let frozen = try run("check")
            #expect(frozen.status == 3 && failures(frozen.output).count == 1, "\(frozen.output)")
            #expect(ContinuousClock.now - clock < .seconds(10))
        }

        @Test("says that the daemon runs, and that another program has an address")
        func addressesTaken() async throws {
            try start()
            try #require(try run("migrate").status == 0)
            let taken = try TakenPort(ports[1])
            let answer = try run("check")
            #expect(answer.status == 3)
            #expect(
                answer.output.contains("FAILS     portal.listen: 127.0.0.1:\(ports[1]): another program"),
                "\(answer.output)")
            taken.close()
            let daemon = try Server.start(
                try Repository.gatehouse(), ["serve", "--config", config],
                environment: Tools.environment.merging(addresses) { $1 }, output: folder.file("log"))
            defer { Server.stop(daemon) }
            let admin = ports[2]
            try #require(
                await eventually(within: .seconds(30)) {
                    (try? Exchange.get("/readyz", host: "localhost", port: admin))?.status == 200
                })
            let running = try run("check")
            #expect(running.status == 0, "\(running.output)")
            #expect(running.output.contains("is in use, and the daemon runs"))

            // The daemon has been asked whether it is ready: its store knows the key that it was made with.
            try folder.write(
                try String(contentsOfFile: folder.file("keys/seal"), encoding: .utf8)
                    .replacingOccurrences(of: "1:", with: ""), to: "keys/lookup")
            let other = try run("check")
            #expect(other.status == 0 && other.output.contains("warning   keys.lookup: "), "\(other.output)")
        }

        @Test("says which table is missing or may not be written, and that a directory cannot be used")
        func database() async throws {
            let server = try await PostgresServer.start()
            defer { server.kill() }
            let url = try server.makeDatabase()
            try start()
            try edit("[sessions]", "[database]\nurl = \"\(url)\"\n[sessions]")
            let empty = try run("check")
            #expect(empty.status == 3 && empty.output.contains("run `gatehouse migrate`"), "\(empty.output)")
            try #require(try run("migrate").status == 0)
            #expect(await works())
            try server.run(
                "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
                in: String(url.split(separator: "/").last ?? ""))
            let reader = try run(
                "check", environment: ["GATEHOUSE_DATABASE__URL": url.replacing("gatehouse@", with: "reader@")])
            #expect(reader.status == 3)
            #expect(reader.output.contains("run: GRANT UPDATE ON auth_user TO reader"), "\(reader.output)")
            server.kill()
            let away = try run("check")
            #expect(away.status == 3 && away.output.contains("FAILS     database.url: postgresql://"), "\(away.output)")
            try await server.restart()
            #expect(await works())

            // From now on a password is wanted, which the test itself has not.
            let rules = try server.run("SHOW hba_file").trimmingCharacters(in: .whitespacesAndNewlines)
            try server.run("ALTER ROLE gatehouse PASSWORD 'right'")
            try server.run("COPY (SELECT 'host all all 127.0.0.1/32 scram-sha-256') TO '\(rules)'")
            try server.run("SELECT pg_reload_conf()")
            #expect(
                await eventually {
                    (try? run("check").output.contains("FAILS     database.password: ")) == true
                })
            let secret = try folder.write("wrong\n", to: "keys/database")
            try edit("[database]", "[database]\npassword = \"file:keys/database\"")
            let wrong = try run("check")
            #expect(wrong.output.contains("FAILS     database.password: "), "\(wrong.output)")
            try "right\n".write(toFile: secret, atomically: false, encoding: .utf8)
            #expect(await works())
            try edit("password = \"file:keys/database\"", "")
            try edit("gatehouse@127", "gatehouse:secret@127")
            let inAddress = try run("check")
            #expect(inAddress.output.contains("FAILS     database.url: "), "\(inAddress.output)")
            #expect(!inAddress.output.contains("secret"))
        }

        @Test("is green where the daemon would go on to the next server, and names one that says nothing")
        func silentServer() async throws {
            let server = try await PostgresServer.start()
            defer { server.kill() }
            let url = try server.makeDatabase()
            try start()
            try #require(try run("migrate", environment: ["GATEHOUSE_DATABASE__URL": url]).status == 0)
            let port = try FreePort.any()
            let silent = try TakenPort(port)
            defer { silent.close() }
            let (answering, quiet) = ("@127.0.0.1:\(server.port)/", "@127.0.0.1:\(port)")
            try #require(url.contains(answering))
            let both = url.replacing(answering, with: "\(quiet),127.0.0.1:\(server.port)/")
            let second = try run("check", environment: ["GATEHOUSE_DATABASE__URL": both])
            #expect(second.status == 0, "\(second.output)")
            let alone = try run(
                "check", environment: ["GATEHOUSE_DATABASE__URL": url.replacing(answering, with: "\(quiet)/")])
            #expect(alone.status == 3 && failures(alone.output).count == 1, "\(alone.output)")
            #expect(
                alone.output.contains("FAILS     database.url: postgresql://127.0.0.1:\(port)/")
                    && alone.output.contains("cannot be reached in time"), "\(alone.output)")
        }

        @Test("says that a file lies where it cannot be written by whoever asks")
        func notWritable() throws {
            try #require(getuid() == 0, "only root can ask as somebody else")
            try start()
            try #require(try run("migrate").status == 0)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: config)
            for name in ["keys", "keys/lookup", "keys/seal"] {
                guard unsafe chown(folder.file(name), 65_534, 65_534) == 0 else {
                    throw Stack.Failure(description: name)
                }
            }
            let answer = try Tools.run(
                "setpriv",
                [
                    "--reuid=65534", "--regid=65534", "--clear-groups", try Repository.gatehouse(), "check", "--config",
                    config,
                ],
                environment: addresses)
            #expect(answer.status == 3, "\(answer.output)")
            #expect(
                failures(answer.output).count == 2 && answer.output.contains("by nobody: Permission denied"),
                "\(answer.output)")
        }
    }
}
