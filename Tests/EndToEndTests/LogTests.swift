internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("The log and the audit file")
    struct LogTests {
        /// A daemon whose standard error is what the test makes of it.
        private func start(_ stack: Stack, standardError path: String) async throws -> ChildProcess {
            Server.stop(stack.gatehouse)
            let daemon = try Server.start(
                "sh",
                ["-c", "exec \"$0\" serve --config \"$1\" 2>\"$2\"", try Repository.gatehouse(), stack.config, path],
                output: stack.folder.file("second.log"))
            #expect(await eventually(within: .seconds(30)) { stack.isReady }, "\(stack.logs)")
            return daemon
        }

        private func check(_ path: String, _ cookie: String, of stack: Stack) -> String {
            """
            GET /auth/request HTTP/1.1\r
            Host: check\r
            X-Original-Method: GET\r
            X-Original-URL: http://\(stack.host)\(path)\r
            X-Forwarded-For: 192.0.2.1\r
            Cookie: \(cookie)\r
            \r

            """
        }

        @Test("a standard error that nobody reads holds up nothing, and what is dropped is counted")
        func unread() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let pipe = stack.folder.file("pipe")
            #expect(unsafe mkfifo(pipe, 0o600) == 0)
            let reader = unsafe open(pipe, O_RDWR | O_CLOEXEC)
            defer { close(reader) }
            let daemon = try await start(stack, standardError: pipe)
            defer { Server.stop(daemon) }

            // Each refused form is a line; together they are more than the pipe and the queue hold.
            let refused = """
                POST /login HTTP/1.1\r
                Host: \(stack.host)\r
                X-Forwarded-For: 192.0.2.1\r
                Origin: https://elsewhere.example.org\r
                Connection: close\r
                Content-Length: 0\r
                \r

                """
            var sent = 0
            while try droppedLines(of: stack) == 0, sent < 20_000 {
                for _ in 0..<200 {
                    #expect(try Exchange.raw(refused, port: stack.ports.portal, seconds: 30).status == 403)
                }
                sent += 200
            }
            #expect(try droppedLines(of: stack) > 0)

            let socket = try LocalSocket(.tcp(port: stack.ports.check), seconds: 30)
            let batch = Array(String(repeating: check("/finance/", cookie, of: stack), count: 100).utf8)
            var answers: [UInt8] = []
            for round in 1...50 {
                try socket.send(batch)
                while LogTests.refusals(in: answers) < round * 100 { answers += try socket.receive() }
            }
            #expect(LogTests.refusals(in: answers) == 5_000)
            #expect(try stack.page("/reports", cookie: cookie).status == 200)
            #expect(try stack.page("/_gatehouse/login").status == 200)
            #expect(stack.isReady)
        }

        @Test("SIGHUP ends nothing: the audit file that was moved away is opened anew")
        func hangup() async throws {
            let stack = try await Stack.start(settings: Stack.Settings(tables: "[log]\naudit = \"audit.jsonl\""))
            defer { stack.stop() }
            let path = stack.folder.file("audit.jsonl")
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(await eventually { text(path).contains("sign-in.ok") })
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            stack.gatehouse.signal(SIGHUP)
            #expect(await eventually { FileManager.default.fileExists(atPath: path) })
            #expect(await eventually { text(stack.folder.file("gatehouse.log")).contains("SIGHUP: the audit file") })
            #expect(stack.gatehouse.isRunning)
            #expect(try stack.page("/reports", cookie: cookie).status == 200)
            _ = try stack.page("/finance/", cookie: cookie)
            #expect(await eventually { text(path).contains("check.denied") })
            #expect(text(path + ".1").contains("check.denied") == false)
        }

        @Test("an audit file that cannot be written is complained about, and nobody signs in where it is required")
        func required() async throws {
            let stack = try await Stack.start(
                settings: Stack.Settings(
                    tables: "[log]\naudit = \"events/audit.jsonl\"\naudit_required = true", folders: ["events"]))
            defer { stack.stop() }
            let signIn = SignIn(stack: stack)
            let cookie = try signIn.cookie(.alice)
            let form = try signIn.form()
            let folder = stack.folder.file("events")
            #expect(await eventually { text(folder + "/audit.jsonl").contains("sign-in.ok") })
            try FileManager.default.moveItem(atPath: folder, toPath: folder + ".away")
            _ = try stack.page("/finance/", cookie: cookie)
            #expect(await eventually(within: .seconds(30)) { !stack.isReady })
            #expect(try Exchange.get("/readyz", host: "localhost", port: stack.ports.admin).text.contains("log.audit"))
            #expect(try stack.metrics().contains("\ngatehouse_audit_failing 1\n"))
            #expect(try signIn.send(form, Stack.Person.alice.name, Stack.Person.alice.password).status == 503)
            #expect(try stack.page("/reports", cookie: cookie).status == 200, "who is signed in goes on")
            #expect(text(stack.folder.file("gatehouse.log")).contains("log.audit cannot be written"))

            try FileManager.default.moveItem(atPath: folder + ".away", toPath: folder)
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
            #expect(await eventually { text(folder + "/audit.jsonl").contains("check.denied") }, "nothing is lost")
            _ = try signIn.cookie(.alice)
        }

        private func droppedLines(of stack: Stack) throws -> Int {
            let line = try stack.metrics().split(separator: "\n").first {
                $0.hasPrefix("gatehouse_log_dropped_total{target=\"log\"}")
            }
            return line?.split(separator: " ").last.flatMap { Int($0) } ?? -1
        }

        private static func refusals(in octets: [UInt8]) -> Int {
            String(decoding: octets, as: UTF8.self).components(separatedBy: "HTTP/1.1 403").count - 1
        }

        private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
    }
}
