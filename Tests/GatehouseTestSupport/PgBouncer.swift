internal import Foundation
internal import Glibc
internal import Synchronization

/// A real PgBouncer of a test, in transaction mode, in front of a server.
///
/// All clients of a database share few connections, so that whatever somebody leaves in one of them is found by another.
package final class PgBouncer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private static let program = "/usr/sbin/pgbouncer"

    /// Whether Debian's package is there.
    package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    package let port: UInt16
    package let server: PostgresServer
    private let folder: TemporaryFolder
    private let process: Mutex<ChildProcess>

    /// Starts one and waits until it answers; it is killed with the last reference.
    ///
    /// - Parameters:
    ///   - server: what it stands in front of.
    ///   - connections: how many of the server's it uses for a database.
    /// - Returns: the running one.
    /// - Throws: `Failure` if it does not start.
    package static func start(_ server: PostgresServer, connections: Int = 1) async throws -> PgBouncer {
        for _ in 0..<5 {
            let bouncer = try PgBouncer(server, connections: connections)
            if try await bouncer.waitUntilAnswering() { return bouncer }
        }
        throw Failure(description: "pgbouncer does not start")
    }

    private init(_ server: PostgresServer, connections: Int) throws {
        self.server = server
        folder = try TemporaryFolder()
        port = try FreePort.any()
        try folder.write(
            """
            [databases]
            * = host=127.0.0.1 port=\(server.port) user=gatehouse
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = \(connections)
            max_client_conn = 200
            server_idle_timeout = 1
            """, to: "pgbouncer.ini")
        process = Mutex(try PgBouncer.start(in: folder))
    }

    /// PgBouncer refuses to run as root.
    private static func start(in folder: TemporaryFolder) throws -> ChildProcess {
        var command = [program, folder.file("pgbouncer.ini")]
        if getuid() == 0 {
            for path in [folder.path, folder.file("pgbouncer.ini")] {
                guard unsafe chown(path, 65_534, 65_534) == 0 else {
                    throw Failure(description: "chown: errno \(errno)")
                }
            }
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
        }
        return try ChildProcess("env", ["-C", "/"] + command, output: folder.file("log"))
    }

    /// The one in front of the shared server; it ends with the process.
    package static func shared() async throws -> PgBouncer { try await Shared.instance.bouncer() }

    private actor Shared {
        static let instance = Shared()
        /// What the end of the process has to stop and to remove.
        static let leftover = Mutex<(pid: Int32, folder: String)?>(nil)
        private var starting: Task<PgBouncer, any Error>?

        func bouncer() async throws -> PgBouncer {
            if let starting { return try await starting.value }
            let task = Task {
                let bouncer = try await PgBouncer.start(try await PostgresServer.shared())
                Shared.leftover.withLock { $0 = (bouncer.process.withLock { $0.pid }, bouncer.folder.path) }
                atexit {
                    guard let (pid, folder) = Shared.leftover.withLock({ $0 }) else { return }
                    Glibc.kill(pid, SIGKILL)
                    var status: Int32 = 0
                    unsafe waitpid(pid, &status, 0)
                    try? FileManager.default.removeItem(atPath: folder)
                }
                return bouncer
            }
            starting = task
            return try await task.value
        }
    }

    /// Makes an empty database on the server and returns its address behind the pooler.
    package func makeDatabase() throws -> String {
        let url = try server.makeDatabase()
        return self.url(url.split(separator: "/").last.map(String.init) ?? "")
    }

    /// The address of a database of the server, behind the pooler.
    package func url(_ name: String) -> String { "postgresql://gatehouse@127.0.0.1:\(port)/\(name)" }

    /// Runs SQL with psql through the pooler.
    @discardableResult
    package func run(_ sql: String, in database: String = "postgres") throws -> String {
        try server.run(sql, at: url(database))
    }

    /// Ends it at once: all connections break.
    package func kill() {
        let process = process.withLock { $0 }
        process.signal(SIGKILL)
        process.waitForExit()
    }

    /// Starts it again at the same address after `kill`.
    package func restart() async throws {
        for _ in 0..<20 {
            let fresh = try PgBouncer.start(in: folder)
            process.withLock { $0 = fresh }
            if try await waitUntilAnswering() { return }
        }
        throw Failure(description: "pgbouncer does not start again")
    }

    /// - Returns: `false` if the process ended instead, e.g. because the port was taken.
    private func waitUntilAnswering() async throws -> Bool {
        let process = process.withLock { $0 }
        for _ in 0..<600 {
            guard process.isRunning else { return false }
            if (try? run("SELECT 1")) != nil { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "pgbouncer does not answer")
    }
}
