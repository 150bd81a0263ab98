internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("The addresses that the daemon listens on")
    struct ListenersTests {
        /// The stack's daemon once more, with another text in its configuration.
        private func restart(_ stack: Stack, replacing old: String, with new: String) throws -> ChildProcess {
            Server.stop(stack.gatehouse)
            let text = try String(contentsOfFile: stack.config, encoding: .utf8)
            try #require(text.contains(old))
            try stack.folder.write(text.replacing(old, with: new, maxReplacements: 1), to: "gatehouse.toml")
            return try start(stack)
        }

        private func start(_ stack: Stack) throws -> ChildProcess {
            try Server.start(
                try Repository.gatehouse(), ["serve", "--config", stack.config],
                output: stack.folder.file("gatehouse.log"))
        }

        private func isOpen(_ port: UInt16) -> Bool { (try? LocalSocket(.tcp(port: port))) != nil }

        @Test("are all open before anything answers: whoever finds one finds all of them")
        func early() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            // A database that takes connections and says nothing: the daemon waits for it a second, then ends.
            let database = try FreePort.any()
            let silent = try Server.start(
                "python3",
                [
                    "-c",
                    "import socket, time; s = socket.create_server(('127.0.0.1', \(database))); time.sleep(3600)",
                ], output: stack.folder.file("database.log"))
            defer { Server.stop(silent) }
            #expect(await eventually(within: .seconds(30)) { isOpen(database) })
            var daemon = try restart(
                stack, replacing: "url = \"\(stack.stores.databaseURL)\"",
                with: "url = \"postgresql://gatehouse@127.0.0.1:\(database)/people\"")
            // On a busy machine that second may go by unseen.
            for _ in 0..<10 {
                while daemon.isRunning, !isOpen(stack.ports.check) { usleep(1_000) }
                // It gets no further meanwhile.
                daemon.signal(SIGSTOP)
                if daemon.isRunning, isOpen(stack.ports.check) { break }
                Server.stop(daemon)
                daemon = try start(stack)
            }
            for port in [stack.ports.check, stack.ports.portal, stack.ports.admin] {
                #expect(isOpen(port), "\(port): \(stack.logs)")
            }
            daemon.signal(SIGKILL)
        }

        @Test("have event loops of their own for checks, for pages and for the operator")
        func loops() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let daemon = try restart(stack, replacing: "[check]\n", with: "[check]\nthreads = 1\n")
            defer { Server.stop(daemon) }
            #expect(await eventually(within: .seconds(30)) { stack.isReady }, "\(stack.logs)")
            let busy = try [
                (stack.ports.check, "/auth/request", "check"), (stack.ports.portal, "/login", stack.host),
                (stack.ports.admin, "/livez", "localhost"),
            ].map { port, path, host in try busiestLoop(of: daemon.pid, port, path, host) }
            #expect(Set(busy).count == 3, "\(busy)")
        }

        /// The event loop that works on requests of one address: what it takes of the processor while they are asked.
        private func busiestLoop(of pid: Int32, _ port: UInt16, _ path: String, _ host: String) throws -> String {
            let before = try loopTimes(pid)
            let socket = try LocalSocket(.tcp(port: port), seconds: 30)
            let batch = Array(String(repeating: "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n", count: 100).utf8)
            // As many as it takes: a quick machine answers thousands in a hundredth of a second.
            for _ in 0..<100_000 {
                try socket.send(batch)
                var octets: [UInt8] = []
                while String(decoding: octets, as: UTF8.self).components(separatedBy: "HTTP/1.1 ").count <= 100 {
                    let more = try socket.receive()
                    try #require(!more.isEmpty)
                    octets += more
                }
                let growth = try loopTimes(pid).merging(before) { $0 - $1 }
                // In hundredths of a second.
                if let most = growth.max(by: { $0.value < $1.value }), most.value >= 20 { return most.key }
            }
            throw Stack.Failure(description: "no event loop works on port \(port)")
        }

        /// The processor time of each event loop's thread, by its number.
        private func loopTimes(_ pid: Int32) throws -> [String: Int] {
            let folder = "/proc/\(pid)/task"
            var times: [String: Int] = [:]
            for thread in try FileManager.default.contentsOfDirectory(atPath: folder) {
                guard let text = try? String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8),
                    text.contains("(NIO-ELT")
                else { continue }
                let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
                guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { continue }
                times[thread] = user + system
            }
            return times
        }
    }
}
