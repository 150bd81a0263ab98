internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("The health of a daemon")
    struct HealthTests {
        private static let parts = [
            "listeners", "configuration", "keys", "clock", "store", "link", "cache", "database", "backends", "log",
        ]

        private func verbose(_ stack: Stack) throws -> Answer {
            try Exchange.get("/readyz?verbose", host: "localhost", port: stack.ports.admin)
        }

        @Test("names its parts, and `health` prints them")
        func well() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let lines = Self.parts.map { "\($0): ok\n" }.joined()
            // Whether Redis tells of changes is known a moment after it answers.
            #expect(await eventually { (try? verbose(stack))?.text == lines })
            let answer = try verbose(stack)
            #expect(answer.status == 200 && answer.text == lines, "\(answer.text)")
            #expect(try Exchange.get("/readyz", host: "localhost", port: stack.ports.admin).text == "ready\n")
            let health = try stack.command("health")
            #expect(health.status == 0 && health.output == lines + "ready\n", "\(health)")
        }

        @Test("says of a file that was changed since, and is ready all the same")
        func changed() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let text = try String(contentsOfFile: stack.config, encoding: .utf8)
            try (text + "\n# changed\n").write(toFile: stack.config, atomically: false, encoding: .utf8)
            let health = try stack.command("health")
            #expect(health.status == 0, "\(health)")
            #expect(health.output.contains("configuration: \(stack.config) was changed since it was read"))
        }

        @Test("tells the store and its connections apart from the rest")
        func storeAway() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            try stack.redis.kill()
            #expect(await eventually(within: .seconds(30)) { (try? stack.command("health"))?.status == 1 })
            let health = try stack.command("health")
            for part in ["store: Redis", "database: ok", "keys: ok"] {
                #expect(health.output.contains(part), "\(health.output)")
            }
            #expect(health.output.contains(#/link: \d+ of \d+ connections to the store are missing: /#))
            #expect(
                try Exchange.get("/readyz", host: "localhost", port: stack.ports.admin).text.hasPrefix(
                    "not ready: sessions.store: "))
            #expect(try stack.metrics().contains("\ngatehouse_store_links{state=\"up\"} 0\n"))
            #expect(try stack.metrics().contains("\ngatehouse_part_healthy{part=\"store\"} 0\n"))
            try await stack.redis.restart()
            #expect(await eventually(within: .seconds(30)) { (try? stack.command("health"))?.status == 0 })
        }

        @Test("tells of a backend that gave no answer, without being unready by it")
        func backendAway() async throws {
            var settings = Stack.Settings()
            settings.tables = """
                [[backend]]
                type = "database"
                [[backend]]
                type = "ldap"
                name = "directory"
                urls = ["ldap://127.0.0.1:\(try FreePort.any())"]
                base = "dc=example,dc=com"
                """
            let stack = try await Stack.start(settings: settings)
            defer { stack.stop() }
            let signIn = SignIn(stack: stack)
            #expect(try signIn.send(try signIn.form(), "dora", "wrong").status == 503)
            let answer = try verbose(stack)
            #expect(answer.status == 200)
            #expect(answer.text.contains("\nbackends: directory has not answered since 20"), "\(answer.text)")
            #expect(try stack.metrics().contains("\ngatehouse_backend_up{backend=\"directory\"} 0\n"))
            #expect(try stack.metrics().contains("\ngatehouse_backend_up{backend=\"database\"} 1\n"))
            #expect(stack.isReady)
        }

        @Test("is asked by a Unix socket, with nothing but the configuration that `serve` made itself")
        func socket() async throws {
            let folder = try TemporaryFolder()
            let environment = Tools.environment.merging([
                "XDG_STATE_HOME": folder.path, "GATEHOUSE_ADMIN__LISTEN": "unix:\(folder.file("admin.sock"))",
                "GATEHOUSE_PORTAL__LISTEN": "127.0.0.1:\(try FreePort.any())",
                "GATEHOUSE_CHECK__LISTEN": "127.0.0.1:\(try FreePort.any())",
            ]) { $1 }
            func health() throws -> (status: Int32, output: String) {
                try Tools.run(
                    "sh", ["-c", "cd \"$1\" && exec \"$2\" health", "sh", folder.path, try Repository.gatehouse()],
                    environment: environment)
            }
            #expect(try health().status == 2, "there is no configuration yet")
            let daemon = try Server.start(
                "sh", ["-c", "cd \"$1\" && exec \"$2\" serve", "sh", folder.path, try Repository.gatehouse()],
                environment: environment, output: folder.file("log"))
            defer { Server.stop(daemon) }
            let isReady = await eventually(within: .seconds(30)) { (try? health())?.status == 0 }
            let said = try health()
            let log = (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? ""
            #expect(isReady, "\(said) \(log)")
            daemon.signal(SIGKILL)
            daemon.waitForExit()
            let gone = try health()
            #expect(gone.status == 3 && gone.output.contains("is the daemon running?"), "\(gone)")
        }
    }
}
