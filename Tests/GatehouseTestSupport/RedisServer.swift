internal import Foundation
internal import Glibc
internal import Synchronization

/// A real `redis-server` of a test: on a free loopback port and a Unix socket, in memory only.
package final class RedisServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The ACL user with exactly the rights that Gatehouse documents.
    package static let documentedRules = """
        ~gh:* &__redis__:invalidate -@all +ping +client|setname +client|id +client|tracking +subscribe +select +get \
        +getrange +set +del +unlink +pexpire +sadd +srem +smembers +evalsha +script|load
        """

    package let port: UInt16
    private let folder: TemporaryFolder
    private let arguments: [String]
    private let process: Mutex<ChildProcess>

    /// The path of the Unix socket.
    package var socketPath: String { folder.file("redis.sock") }
    package var pid: Int32 { process.withLock { $0.pid } }

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - password: of the `default` user (`requirepass`).
    ///   - users: lines of an ACL file, e.g. `user gatehouse on >secret ~* +@all`; without `default` that one is off.
    ///   - arguments: more of redis-server's own, e.g. `["--maxmemory", "3mb"]`.
    /// - Returns: the server, which is killed with the last reference: say `defer { server.kill() }` to keep it.
    /// - Throws: `Failure` if it does not start.
    package static func start(
        password: String? = nil, users: [String] = [], arguments: [String] = []
    ) async throws -> RedisServer {
        for _ in 0..<5 {
            let server = try RedisServer(password: password, users: users, arguments: arguments)
            if try await server.waitUntilAnswering() { return server }
        }
        throw Failure(description: "redis-server does not start")
    }

    private init(password: String?, users: [String], arguments: [String]) throws {
        folder = try TemporaryFolder()
        port = try FreePort.any()
        var all = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", folder.file("redis.sock"), "--save", "",
            "--appendonly", "no", "--dir", folder.path, "--daemonize", "no",
        ]
        if let password { all += ["--requirepass", password] }
        if !users.isEmpty {
            let lines = users.contains { $0.hasPrefix("user default ") } ? users : ["user default off"] + users
            all += ["--aclfile", try folder.write(lines.joined(separator: "\n") + "\n", to: "users.acl")]
        }
        self.arguments = all + arguments
        process = Mutex(try ChildProcess("redis-server", self.arguments, output: folder.file("log")))
    }

    // MARK: - Trouble

    /// SIGKILL: connections break at once and everything stored is lost.
    package func kill() {
        let process = process.withLock { $0 }
        process.signal(SIGKILL)
        process.waitForExit()
    }

    /// SIGSTOP: connections stay open and nothing answers.
    package func freeze() { process.withLock { $0 }.signal(SIGSTOP) }

    /// SIGCONT.
    package func thaw() { process.withLock { $0 }.signal(SIGCONT) }

    /// Starts the server again at the same addresses after `kill`, empty.
    package func restart() async throws {
        for _ in 0..<20 {
            let fresh = try ChildProcess("redis-server", arguments, output: folder.file("log"))
            process.withLock { $0 = fresh }
            if try await waitUntilAnswering() { return }
        }
        throw Failure(description: "redis-server does not start again")
    }

    /// Everything stored is lost, and the process is another one.
    package func restartEmpty() async throws {
        kill()
        try await restart()
    }

    // MARK: - Commands of the test itself

    /// Sends a command on a connection of its own and returns the raw reply, at most 64 KiB of it.
    ///
    /// With a password the connection says `AUTH` first, as `user` or as Redis' `default`.
    package func reply(to command: [String], user: String? = nil, password: String? = nil) throws -> String {
        let socket = try LocalSocket(.unix(path: socketPath))
        if let password {
            try socket.send(RedisServer.encoded(["AUTH"] + (user.map { [$0] } ?? []) + [password]))
            let answer = String(decoding: try socket.receive(), as: UTF8.self)
            guard answer == "+OK\r\n" else { throw Failure(description: "AUTH: \(answer)") }
        }
        try socket.send(RedisServer.encoded(command))
        return String(decoding: try socket.receive(), as: UTF8.self)
    }

    /// A command as Redis reads it.
    package static func encoded(_ command: [String]) -> [UInt8] {
        Array(("*\(command.count)\r\n" + command.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()).utf8)
    }

    /// Polls until something answers a `PING`, also with `NOAUTH`.
    ///
    /// - Returns: `false` if the process ended instead, e.g. because the port was taken.
    private func waitUntilAnswering() async throws -> Bool {
        let process = process.withLock { $0 }
        for _ in 0..<1_000 {
            guard process.isRunning else { return false }
            if let reply = try? reply(to: ["PING"]), reply.hasPrefix("+PONG") || reply.hasPrefix("-NOAUTH") {
                return true
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure(description: "redis-server does not answer")
    }
}
