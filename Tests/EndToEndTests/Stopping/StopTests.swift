internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("A daemon that is told to stop")
    struct StopTests {
        private func start(_ shutdown: String) async throws -> Stack {
            var settings = Stack.Settings()
            settings.tables = "[shutdown]\n\(shutdown)"
            return try await Stack.start(settings: settings)
        }

        private func log(_ stack: Stack) throws -> String {
            try String(contentsOfFile: stack.folder.file("gatehouse.log"), encoding: .utf8)
        }

        @Test(
            "is not ready from then on, answers everything until the delay is over, and ends at once at a second signal"
        )
        func delay() async throws {
            let stack = try await start("delay = \"300s\"")
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            stack.gatehouse.signal(SIGTERM)
            #expect(await eventually(within: .seconds(30)) { !stack.isReady })
            let readiness = try Exchange.get("/readyz", host: "localhost", port: stack.ports.admin)
            #expect(readiness.status == 503)
            #expect(readiness.text == "not ready: stopping: ask another instance\n")
            #expect(try Exchange.get("/livez", host: "localhost", port: stack.ports.admin).status == 200)
            let health = try stack.command("health")
            #expect(health.status == 1 && health.output.contains("stopping"), "\(health)")
            #expect(try stack.page("/headers.json", cookie: cookie).status == 200)
            _ = try SignIn(stack: stack).cookie(.alice)
            let check =
                "GET /auth/request HTTP/1.1\r\nHost: g\r\nX-Original-Method: GET\r\nX-Forwarded-For: 127.0.0.1\r\n"
                + "X-Original-URL: http://\(stack.host)/public/\r\n\r\n"
            let answer = try Exchange.raw(check, port: stack.ports.check)
            #expect(answer.status == 200 && answer.header("Connection") == "close")
            #expect(stack.gatehouse.isRunning)

            stack.gatehouse.signal(SIGINT)
            #expect(stack.gatehouse.waitForExit() == 1)
            #expect(try log(stack).contains("a second signal"))
            #expect(try !log(stack).contains("\"stopped\""))
        }

        @Test("answers what is under way, takes nothing new, and exits with 0", arguments: [SIGTERM, SIGINT])
        func drain(signal: Int32) async throws {
            let gate = try TemporaryFolder()
            let wait = "touch \(gate.file("asked")); until [ -e \(gate.file("go")) ]; do sleep 0.02; done"
            let stack = try await start(
                """
                drain = "300s"
                [[backend]]
                type = "command"
                path = "/bin/sh"
                arguments = ["-c", '\(wait); echo "{\\"result\\":\\"not-mine\\"}"']
                timeout = "30s"
                [[backend]]
                type = "database"
                """)
            defer { stack.stop() }
            let form = try SignIn(stack: stack).form()
            let visitor = Mutexed<Result<Answer, any Error>?>(nil)
            Thread.detachNewThread {
                let answer = Result {
                    try SignIn(portal: stack).send(form, "alice", Stack.Person.alice.password)
                }
                visitor.change { $0 = answer }
            }
            let idle = try LocalSocket(.tcp(port: stack.ports.check), seconds: 30)
            // The daemon has it when it has answered somebody after it.
            _ = try Exchange.get("/nothing", host: stack.host, port: stack.ports.check)
            #expect(
                await eventually(within: .seconds(30)) { FileManager.default.fileExists(atPath: gate.file("asked")) })
            stack.gatehouse.signal(signal)
            #expect(try idle.receive().isEmpty, "nothing is under way there")
            for port in [stack.ports.check, stack.ports.portal] {
                #expect(await eventually(within: .seconds(10)) { (try? LocalSocket(.tcp(port: port))) == nil })
            }
            // The operator is answered as long as something is under way.
            #expect(try Exchange.get("/readyz", host: "localhost", port: stack.ports.admin).text.contains("stopping"))
            #expect(visitor.value == nil && stack.gatehouse.isRunning)
            try gate.write("", to: "go")
            #expect(await eventually(within: .seconds(30)) { visitor.value != nil })
            let answer = try #require(visitor.value).get()
            #expect(answer.status == 303, "\(answer.headers) \(answer.text)")
            #expect(stack.gatehouse.waitForExit() == 0)
            #expect(try log(stack).contains("\"stopped\""))
        }
    }
}
