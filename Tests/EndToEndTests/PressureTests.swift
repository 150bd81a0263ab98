internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("The daemon under pressure")
    struct PressureTests {
        /// The stack's daemon once more, with few descriptors.
        private func restart(_ stack: Stack, descriptors: Int) async throws -> ChildProcess {
            Server.stop(stack.gatehouse)
            let daemon = try Server.start(
                "sh",
                [
                    "-c", "ulimit -n \(descriptors); exec \"$0\" serve --config \"$1\"", try Repository.gatehouse(),
                    stack.config,
                ],
                output: stack.folder.file("gatehouse.log"))
            #expect(await eventually(within: .seconds(30)) { stack.isReady }, "\(stack.logs)")
            return daemon
        }

        /// The processor time that a process took so far, in seconds.
        private func processorTime(_ pid: Int32) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return .nan }
            return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        @Test("with few descriptors and a flood on every address, it neither spins nor is silent, and recovers")
        func descriptors() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let daemon = try await restart(stack, descriptors: 256)
            defer { Server.stop(daemon) }
            let log = stack.folder.file("gatehouse.log")
            #expect(
                try String(contentsOfFile: log, encoding: .utf8).contains(
                    "the limit of open files (256) leaves room for"))

            var flood: [LocalSocket] = []
            for port in [stack.ports.check, stack.ports.portal, stack.ports.admin] {
                for _ in 0..<300 {
                    if let socket = try? LocalSocket(.tcp(port: port), seconds: 5) { flood.append(socket) }
                }
            }
            #expect(flood.count > 600)
            // Idle connections make room for those that ask.
            #expect(try Exchange.get("/livez", host: "localhost", port: stack.ports.admin).status == 200)
            #expect(try Exchange.get("/login", host: stack.host, port: stack.ports.portal).status == 200)
            let before = try processorTime(daemon.pid)
            try await Task.sleep(for: .seconds(3))
            #expect(try processorTime(daemon.pid) - before < 0.6, "a fifth of a core")
            #expect(daemon.isRunning)

            flood = []
            #expect(
                await eventually(within: .seconds(30)) { (try? stack.page("/reports", cookie: cookie))?.status == 200 })
            #expect(stack.isReady)
        }

        @Test("without a descriptor left it turns away who comes, says so once, does not spin, and recovers")
        func exhausted() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let pid = stack.gatehouse.pid
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
            let open = Set(names.compactMap { Int($0) })
            // What it has open now is all that it may have, whatever room its own limits leave: there is no free number below.
            try setLimit(of: pid, (3...).first { !open.contains($0) } ?? 0)
            let ports = [stack.ports.check, stack.ports.portal, stack.ports.admin]
            var kept: [LocalSocket] = []
            for port in ports {
                // Those that were open before end meanwhile, and so does who asks nothing: their numbers are taken, too.
                let isTurnedAway = await eventually(within: .seconds(60)) {
                    let more = (0..<20).compactMap { _ in try? LocalSocket(.tcp(port: port), seconds: 2) }
                    kept += more
                    return more.last.map(isClosed) ?? false
                }
                #expect(isTurnedAway, "\(port)")
            }
            try await restsAndRecovers(stack, pid, kept, cookie)
        }

        /// Another thread may have taken the number that is kept for that.
        @Test("where it cannot even turn anybody away, it says so once, does not spin, and recovers")
        func helpless() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            // Below everything that is open: what is closed to make room cannot be opened again.
            try setLimit(of: stack.gatehouse.pid, 3)
            // Its links to the store end as well, and cannot be made anew meanwhile.
            if let redis = try? stack.redis { _ = try redis.reply(to: ["CLIENT", "KILL", "TYPE", "normal"]) }
            try await restsAndRecovers(stack, stack.gatehouse.pid, [], cookie)
        }

        /// Asks over connections that stand while there is no descriptor for anything else: what a library opens then is refused, too.
        @Test("goes on answering those who are there when nothing can be opened any more")
        func busy() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let asking = """
                import os, resource, socket, sys, time
                pid, port = int(sys.argv[1]), int(sys.argv[2])
                request = b"GET /login HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"
                links = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(40)]
                for link in links:
                    link.sendall(request)
                    link.recv(65536)
                taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
                hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
                free = next(number for number in range(3, hard) if number not in taken)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, hard))
                # Somebody looks at the threads once a second, if work waits for them at that moment.
                end, answers = time.monotonic() + 6, 0
                while time.monotonic() < end:
                    for link in links: link.sendall(request * 3)
                    for link in links: answers += len(link.recv(1 << 20)) > 0
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
                print(answers)
                """
            let run = try Tools.run("python3", ["-c", asking, "\(stack.gatehouse.pid)", "\(stack.ports.portal)"])
            #expect(run.status == 0, "\(run.output)")
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
            #expect(stack.gatehouse.isRunning)
        }

        private func setLimit(of pid: Int32, _ number: Int) throws {
            #expect(try Tools.run("prlimit", ["--pid", "\(pid)", "--nofile=\(number):"]).status == 0)
        }

        /// Many who come find no descriptor: the daemon complains once for each listener, and is itself again with room.
        private func restsAndRecovers(
            _ stack: Stack, _ pid: Int32, _ connections: [LocalSocket], _ cookie: String
        ) async throws {
            var kept = connections
            let ports = [stack.ports.check, stack.ports.portal, stack.ports.admin]
            for _ in 0..<100 {
                for port in ports { if let socket = try? LocalSocket(.tcp(port: port)) { kept.append(socket) } }
            }
            let file = stack.folder.file("gatehouse.log")
            func complaints() throws -> [Substring] {
                try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
                    .filter { $0.contains("connections are turned away") }
            }
            #expect(await eventually(within: .seconds(30)) { ((try? complaints().count) ?? 0) >= 3 })
            let before = try processorTime(pid)
            try await Task.sleep(for: .seconds(3))
            #expect(try processorTime(pid) - before < 0.6, "a fifth of a core")
            let lines = try complaints()
            for listener in ["check.listen", "portal.listen", "admin.listen"] {
                #expect(lines.count { $0.contains(listener) } == 1, "\(listener): \(lines)")
            }
            #expect(lines.allSatisfy { $0.contains("Too many open files") })

            kept = []
            try setLimit(of: pid, 1_024)
            #expect(
                await eventually(within: .seconds(30)) { (try? stack.page("/reports", cookie: cookie))?.status == 200 })
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
        }

        /// Whether the other side ends a connection that asks nothing.
        private func isClosed(_ socket: LocalSocket) -> Bool {
            do { return try socket.receive().isEmpty } catch { return !"\(error)".contains("errno 11") }
        }

        @Test("names every address that is taken")
        func bindings() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            Server.stop(stack.gatehouse)
            let taken = try [stack.ports.portal, stack.ports.admin].map { port in
                try Server.start(
                    "python3", ["-m", "http.server", "--bind", "127.0.0.1", "\(port)"],
                    output: stack.folder.file("other.log"))
            }
            defer { for process in taken { Server.stop(process) } }
            for port in [stack.ports.portal, stack.ports.admin] {
                #expect(await eventually(within: .seconds(30)) { (try? LocalSocket(.tcp(port: port))) != nil })
            }
            let (status, output) = try stack.command("serve")
            #expect(status == 2)
            #expect(
                output.contains(
                    "portal.listen: cannot listen on 127.0.0.1:\(stack.ports.portal): Address already in use"))
            #expect(
                output.contains("admin.listen: cannot listen on 127.0.0.1:\(stack.ports.admin): Address already in use")
            )
        }
    }
}
