import Foundation
import GatehouseTestSupport
import Testing

/// A server that writes octets which no server should: a script in Python with a function `serve(connection)`.
final class HostileServer: Sendable {
    let port: UInt16
    private let folder: TemporaryFolder
    private let process: ChildProcess

    private static let frame = """
        import socket, sys, threading

        def flood(connection, octets):
            octets = octets * (1 + (1 << 20) // len(octets))
            while True:
                connection.sendall(octets)

        def attend(connection):
            try:
                serve(connection)
            except OSError:
                pass
            finally:
                connection.close()

        listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=attend, args=(connection,), daemon=True).start()
        """

    init(_ script: String) async throws {
        BrokenPipes.areErrors()
        folder = try TemporaryFolder()
        port = try FreePort.any()
        let program = try folder.write(script + "\n" + Self.frame, to: "server.py")
        process = try ChildProcess("python3", [program, "\(port)"], output: folder.file("log"))
        let port = port
        try #require(await eventually(within: .seconds(20)) { (try? LocalSocket(.tcp(port: port))) != nil })
    }

    deinit {
        process.signal(SIGKILL)
        process.waitForExit()
    }
}

/// How much memory this process takes.
enum OwnMemory {
    /// By how many MiB it grew at the most while something was done.
    static func peakGrowth(_ work: () async throws -> Void) async rethrows -> Int {
        // Makes the kernel begin anew with the peak.
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = kibibytes("VmRSS")
        try await work()
        return (kibibytes("VmHWM") - before) / 1_024
    }

    /// What is allocated at this moment, in KiB, about: everything that was freed is given back first.
    static var allocated: Int {
        // `malloc_trim`, which the module of the C library leaves out.
        if let function = unsafe dlsym(nil, "malloc_trim") {
            _ = unsafe unsafeBitCast(function, to: (@convention(c) (Int) -> Int32).self)(0)
        }
        return kibibytes("VmRSS")
    }

    private static func kibibytes(_ field: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(field):") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
