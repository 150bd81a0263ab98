internal import Foundation
internal import Glibc

/// A real Sentinel of a test, which watches over one master as `mymaster` and decides alone.
package final class RedisSentinel: Sendable {
    package static let master = "mymaster"

    package let port: UInt16
    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let password: String?

    /// Starts one and waits until it answers.
    ///
    /// The password is that of the Sentinel itself.
    package static func start(watching master: RedisServer, password: String? = nil) async throws -> RedisSentinel {
        for _ in 0..<5 {
            let sentinel = try RedisSentinel(master, password)
            if await sentinel.answers() { return sentinel }
            sentinel.kill()
        }
        throw RedisServer.Failure(description: "Sentinel does not start")
    }

    private init(_ master: RedisServer, _ password: String?) throws {
        folder = try TemporaryFolder()
        port = try FreePort.any()
        self.password = password
        var lines = [
            "port \(port)", "bind 127.0.0.1", "dir \(folder.path)",
            "sentinel monitor \(RedisSentinel.master) 127.0.0.1 \(master.port) 1",
            "sentinel down-after-milliseconds \(RedisSentinel.master) 500",
            "sentinel failover-timeout \(RedisSentinel.master) 2000",
        ]
        if let password { lines.append("requirepass \(password)") }
        let file = try folder.write(lines.joined(separator: "\n") + "\n", to: "sentinel.conf")
        process = try ChildProcess("redis-server", [file, "--sentinel"], output: folder.file("log"))
    }

    private func answers() async -> Bool {
        await eventually(within: .seconds(20)) {
            !process.isRunning || (try? reply(to: ["PING"]))?.hasPrefix("+PONG") == true
        } && process.isRunning
    }

    package func kill() {
        process.signal(SIGKILL)
        process.waitForExit()
    }

    /// The raw reply to a command on a connection of its own.
    package func reply(to command: [String]) throws -> String {
        let socket = try LocalSocket(.tcp(port: port))
        if let password {
            try socket.send(RedisServer.encoded(["AUTH", password]))
            _ = try socket.receive()
        }
        try socket.send(RedisServer.encoded(command))
        return String(decoding: try socket.receive(), as: UTF8.self)
    }

    /// Waits until it knows a replica that may take over, and has it take over.
    package func failOver() async throws {
        let command = ["SENTINEL", "FAILOVER", RedisSentinel.master]
        guard await eventually(within: .seconds(60), { (try? reply(to: command))?.hasPrefix("+OK") == true }) else {
            throw RedisServer.Failure(description: "no fail-over: \(try reply(to: command))")
        }
    }

    /// Whether it names this one.
    package func names(_ server: RedisServer) -> Bool {
        let reply = try? reply(to: ["SENTINEL", "get-master-addr-by-name", RedisSentinel.master])
        return reply?.contains("\r\n\(server.port)\r\n") == true
    }
}

extension RedisServer {
    /// Starts a replica of this one, and waits until it has everything.
    package func startReplica() async throws -> RedisServer {
        let replica = try await RedisServer.start(arguments: [
            "--replicaof", "127.0.0.1", "\(port)", "--repl-diskless-sync-delay", "0",
        ])
        guard
            await eventually(
                within: .seconds(60),
                { (try? replica.reply(to: ["INFO", "replication"]))?.contains("master_link_status:up") == true })
        else { throw Failure(description: "the replica does not follow") }
        return replica
    }

    /// Whether it takes writes.
    package var isMaster: Bool { (try? reply(to: ["ROLE"]))?.contains("\r\nmaster\r\n") == true }
}
