import GatehouseCore
@testable import GatehouseServer
import GatehouseListener
import GatehouseTestSupport
import NIOCore
import NIOPosix
import Testing

/// A check listener on loopback and on a Unix socket, for as long as a test needs it.
struct CheckServer {
    let fixture: CheckFixture
    let port: UInt16
    let socketPath: String
    let stop: StopNotice
    /// Stops the listener as the daemon does; once more does no harm.
    let end: @Sendable () async -> Void

    /// Runs `body` beside a listener with one loop, then stops everything.
    static func run(
        _ fixture: CheckFixture, stop: StopNotice = StopNotice(), _ body: (CheckServer) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("check.sock")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let clock = fixture.clock
        let loopback = try #require(IPAddress("127.0.0.1"))
        let sockets = try ListeningSocket.openAll([
            ("check.listen", .tcp(host: loopback, port: 0)), ("check.listen", .unix(path: path)),
        ])
        let listener = try await CheckListener<FakeReader>.start(
            on: group, sockets: sockets, maxConnections: fixture.maxConnections, stop: stop,
            logger: fixture.logger, clock: { clock.now },
            makeEngine: { loop in try fixture.makeEngine(FakeReader(fixture.records, on: loop)) })
        do {
            let address = try #require(listener.addresses.first { $0.hasPrefix("127.0.0.1:") })
            let port = try #require(UInt16(address.dropFirst("127.0.0.1:".count)))
            try await body(
                CheckServer(fixture: fixture, port: port, socketPath: path, stop: stop, end: { await listener.stop() }))
        } catch {
            await listener.stop()
            try await group.shutdownGracefully()
            throw error
        }
        await listener.stop()
        try await group.shutdownGracefully()
    }

    func connect(seconds: Int = 3) throws -> CheckClient {
        CheckClient(try LocalSocket(.tcp(port: port), seconds: seconds))
    }
    func connectUnix(seconds: Int = 3) throws -> CheckClient {
        CheckClient(try LocalSocket(.unix(path: socketPath), seconds: seconds))
    }

    /// One request on a connection of its own.
    func ask(_ text: String) throws -> CheckResponse {
        let client = try connect()
        try client.send(text)
        return try client.response()
    }
}

/// An answer as it came over the wire.
struct CheckResponse {
    let head: String
    let body: String

    var status: Int { Int(head.dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0 }
    var lines: [String] { head.components("\r\n") }

    /// All values of a header.
    func values(_ name: String) -> [String] {
        lines.dropFirst().compactMap { line in
            let parts = line.components(": ")
            return parts.count >= 2 && parts[0].lowercased() == name.lowercased()
                ? parts.dropFirst().joined(separator: ": ") : nil
        }
    }

    var identityLines: [String] { lines.filter { $0.lowercased().hasPrefix("remote-") } }
    var closes: Bool { values("Connection") == ["close"] }
}

extension String {
    func components(_ separator: String) -> [String] {
        var parts: [[UInt8]] = [[]]
        let bytes = Array(utf8)
        let mark = Array(separator.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: mark) {
                parts.append([])
                index += mark.count
            } else {
                parts[parts.count - 1].append(bytes[index])
                index += 1
            }
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// A proxy's connection.
final class CheckClient {
    private let socket: LocalSocket
    private var received: [UInt8] = []

    struct Closed: Error {}

    init(_ socket: LocalSocket) { self.socket = socket }

    func send(_ text: String) throws { try socket.send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

    /// The next answer; `hasBody` is `false` after HEAD.
    func response(hasBody: Bool = true) throws -> CheckResponse {
        while true {
            if let end = headEnd() {
                let head = String(decoding: received[..<end], as: UTF8.self)
                let empty = CheckResponse(head: head, body: "")
                let length = hasBody ? Int(empty.values("Content-Length").first ?? "") ?? 0 : 0
                if received.count >= end + 4 + length {
                    let body = String(decoding: received[(end + 4)..<(end + 4 + length)], as: UTF8.self)
                    received.removeFirst(end + 4 + length)
                    return CheckResponse(head: head, body: body)
                }
            }
            let more = try socket.receive()
            guard !more.isEmpty else { throw Closed() }
            received += more
        }
    }

    /// Whether the other side closed and said nothing more.
    func isClosed() throws -> Bool {
        do { return try socket.receive().isEmpty && received.isEmpty } catch { return "\(error)".contains("errno 104") }
    }

    private func headEnd() -> Int? {
        guard received.count >= 4 else { return nil }
        return received.indices.dropLast(3).first { received[$0...].starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) }
    }
}
