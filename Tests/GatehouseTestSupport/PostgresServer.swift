internal import Foundation
internal import Glibc
internal import Synchronization

/// A real PostgreSQL server of a test: on a free loopback port, in a folder of its own.
package final class PostgresServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let port: UInt16
    private let folder: TemporaryFolder
    private let program: String
    private let arguments: [String]
    private let process: Mutex<ChildProcess>
    private let databases = Atomic<Int>(0)

    package var pid: Int32 { process.withLock { $0.pid } }

    /// The file of the server's own certificate, for `localhost`, if it was started with TLS.
    package var certificatePath: String { folder.file("server.crt") }

    /// Starts a server and waits until it answers; it is killed with the last reference.
    ///
    /// With `tls` it also speaks TLS, under a certificate that nobody signed but itself.
    ///
    /// - Throws: `Failure` if PostgreSQL is not installed or does not start.
    package static func start(tls: Bool = false) async throws -> PostgresServer {
        for _ in 0..<5 {
            let server = try PostgresServer(tls: tls)
            if try await server.waitUntilAnswering() { return server }
        }
        throw Failure(description: "postgres does not start")
    }

    private init(tls: Bool) throws {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        guard let version = versions.compactMap({ Int($0) }).max() else {
            throw Failure(description: "postgresql is not installed")
        }
        let programs = "/usr/lib/postgresql/\(version)/bin"
        folder = try TemporaryFolder()
        port = try FreePort.any()
        let data = folder.file("data")
        // PostgreSQL refuses to run as root.
        var command: [String] = []
        if getuid() == 0 {
            try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
            guard unsafe chown(data, 65_534, 65_534) == 0 else { throw Failure(description: "chown: errno \(errno)") }
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        }
        let setUp = try ChildProcess(
            "env",
            ["-C", "/"] + command + [
                "\(programs)/initdb", "-D", data, "-U", "gatehouse", "-A", "trust", "--no-sync", "-E", "UTF8",
                "--locale=C.UTF-8",
            ], output: folder.file("initdb.log"))
        guard setUp.waitForExit() == 0 else {
            let log = (try? String(contentsOfFile: folder.file("initdb.log"), encoding: .utf8)) ?? ""
            throw Failure(description: "initdb: \(log)")
        }
        var encryption: [String] = []
        if tls {
            let (certificate, key) = (folder.file("server.crt"), folder.file("data/server.key"))
            let openssl = try ChildProcess(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                    certificate,
                ], output: folder.file("openssl.log"))
            guard openssl.waitForExit() == 0 else { throw Failure(description: "openssl req failed") }
            if getuid() == 0 {
                guard unsafe chown(key, 65_534, 65_534) == 0 else {
                    throw Failure(description: "chown: errno \(errno)")
                }
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: certificate)
            }
            encryption = ["-c", "ssl=on", "-c", "ssl_cert_file=\(certificate)", "-c", "ssl_key_file=\(key)"]
        }
        program = "env"
        arguments =
            ["-C", "/"] + command + [
                "\(programs)/postgres", "-D", data, "-p", "\(port)", "-F", "-c", "listen_addresses=127.0.0.1", "-c",
                "unix_socket_directories=", "-c", "max_connections=50",
            ] + encryption
        process = Mutex(try ChildProcess(program, arguments, output: folder.file("log")))
    }

    /// The one server that all tests of this process share; it ends with the process.
    package static func shared() async throws -> PostgresServer { try await Shared.instance.server() }

    private actor Shared {
        static let instance = Shared()
        /// What the end of the process has to stop and to remove.
        static let leftover = Mutex<(pid: Int32, folder: String)?>(nil)
        private var starting: Task<PostgresServer, any Error>?

        func server() async throws -> PostgresServer {
            if let starting { return try await starting.value }
            let task = Task {
                let server = try await PostgresServer.start()
                Shared.leftover.withLock { $0 = (server.pid, server.folder.path) }
                atexit {
                    guard let (pid, folder) = Shared.leftover.withLock({ $0 }) else { return }
                    Glibc.kill(pid, SIGQUIT)
                    var status: Int32 = 0
                    unsafe waitpid(pid, &status, 0)
                    try? FileManager.default.removeItem(atPath: folder)
                }
                return server
            }
            starting = task
            return try await task.value
        }
    }

    /// Makes an empty database and returns its address.
    package func makeDatabase() throws -> String {
        let name = "test\(databases.add(1, ordering: .relaxed).newValue)"
        try run("CREATE DATABASE \(name)")
        return url(name)
    }

    /// The address of a database.
    package func url(_ name: String) -> String { "postgresql://gatehouse@127.0.0.1:\(port)/\(name)" }

    /// Runs SQL with psql and returns what it printed, unaligned and without headings.
    @discardableResult
    package func run(_ sql: String, in database: String = "postgres") throws -> String {
        try run(sql, at: url(database))
    }

    /// Runs SQL with psql at an address, which may be that of a pooler or of another role.
    @discardableResult
    package func run(_ sql: String, at url: String) throws -> String {
        let output = folder.file("psql-\(databases.add(1, ordering: .relaxed).newValue).log")
        let psql = try ChildProcess(
            "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url], output: output)
        let status = psql.waitForExit()
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard status == 0 else { throw Failure(description: "psql: \(text)") }
        return text
    }

    // MARK: - Trouble

    /// SIGQUIT, PostgreSQL's immediate end: all connections break at once.
    package func kill() {
        let process = process.withLock { $0 }
        for pid in [process.pid] + children(of: process.pid) { Glibc.kill(pid, SIGCONT) }
        process.signal(SIGQUIT)
        process.waitForExit()
    }

    /// SIGSTOP for the server and everything it started: connections stay open and nothing answers.
    package func freeze() { everybody(SIGSTOP) }

    /// SIGCONT.
    package func thaw() { everybody(SIGCONT) }

    /// Starts the server again at the same address after `kill`, with its data.
    package func restart() async throws {
        for _ in 0..<20 {
            let fresh = try ChildProcess(program, arguments, output: folder.file("log"))
            process.withLock { $0 = fresh }
            if try await waitUntilAnswering() { return }
        }
        throw Failure(description: "postgres does not start again")
    }

    private func everybody(_ signal: Int32) {
        let pid = pid
        for pid in [pid] + children(of: pid) { Glibc.kill(pid, signal) }
    }

    private func children(of pid: Int32) -> [Int32] {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    /// - Returns: `false` if the process ended instead, e.g. because the port was taken.
    private func waitUntilAnswering() async throws -> Bool {
        let process = process.withLock { $0 }
        for _ in 0..<600 {
            guard process.isRunning else { return false }
            if (try? run("SELECT 1")) != nil { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "postgres does not answer")
    }
}
