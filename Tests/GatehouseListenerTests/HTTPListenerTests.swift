import Foundation
import GatehouseCore
import GatehouseTestSupport
import Glibc
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import GatehouseListener

@Suite("Connections of pages")
struct HTTPListenerTests {
    /// How many posts were begun.
    private let posts = Mutexed(0)

    /// Runs a listener that answers with 200 KiB, or waits for the body, while `body` works on a thread of its own.
    private func withListener(
        _ times: RequestTimes = RequestTimes(), total: Int = 64, trusted: [Network] = [],
        stop: StopNotice = StopNotice(), _ body: @escaping @Sendable (UInt16) throws -> Void
    ) async throws {
        let port = try FreePort.any()
        let socket = try ListeningSocket(.tcp(host: #require(IPAddress("127.0.0.1")), port: port), key: "test")
        let listener = HTTPListener(
            socket, limits: PlaceLimits(total: total), times: times, proxies: TrustedProxies(networks: trusted),
            stop: stop,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: { Timestamp(milliseconds: 0) }
        ) { request, _ in
            if request.method == .post { posts.change { $0 += 1 } }
            if request.method == .post { _ = try? await request.body.collect(upTo: 16_384) }
            let text = request.uri.path == "/large" ? String(repeating: "x", count: 200_000) : "ok"
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let isUp = Mutexed(false)
            group.addTask {
                try await listener.run(on: MultiThreadedEventLoopGroup.singleton.next()) { _ in
                    isUp.change { $0 = true }
                }
            }
            #expect(await eventually { isUp.value })
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread { continuation.resume(with: Result { try body(port) }) }
            }
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
    }

    private static func get(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8) }

    private static func answer(on socket: LocalSocket, to request: [UInt8]) throws -> String {
        try socket.send(request)
        return String(decoding: try socket.receive(), as: UTF8.self)
    }

    /// Reads until the other side ends; a reset is an end, too.
    private static func isEnded(_ socket: LocalSocket) -> Bool {
        do {
            while try !socket.receive().isEmpty {}
            return true
        } catch let failure as LocalSocket.Failure {
            return !failure.description.contains("errno 11")
        } catch {
            return false
        }
    }

    @Test("ends with a reason when the system gives no more connections", .timeLimit(.minutes(2)))
    func ended() async throws {
        let socket = try ListeningSocket(
            .tcp(host: #require(IPAddress("127.0.0.1")), port: FreePort.any()), key: "portal.listen")
        let listener = HTTPListener(
            socket, limits: PlaceLimits(total: 8), proxies: TrustedProxies(networks: []),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: { Timestamp(milliseconds: 0) }
        ) { _, _ in Response(status: .ok) }
        let error = await #expect(throws: ListenerEnded.self) {
            try await listener.run(on: MultiThreadedEventLoopGroup.singleton.next()) { _ in
                shutdown(socket.descriptor, Int32(SHUT_RDWR))
            }
        }
        #expect(error?.description.hasPrefix("portal.listen: ") == true)
    }

    @Test("answers with the time")
    func date() async throws {
        try await withListener(trusted: Network.loopback) { port in
            let answer = try Self.answer(on: LocalSocket(.tcp(port: port), seconds: 10), to: Self.get("/"))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
            #expect(answer.contains("\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"))
        }
    }

    @Test(
        "end when a body does not come, also one that was sent behind another request",
        arguments: ["", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
    func bodies(before: String) async throws {
        try await withListener(RequestTimes(body: .milliseconds(200)), trusted: Network.loopback) { port in
            let socket = try LocalSocket(.tcp(port: port), seconds: 20)
            try socket.send(Array((before + "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nname").utf8))
            #expect(Self.isEnded(socket))
        }
    }

    @Test("end when nobody takes the answers")
    func unread() async throws {
        try await withListener(RequestTimes(send: .milliseconds(300)), trusted: Network.loopback) { port in
            let socket = try LocalSocket(.tcp(port: port), seconds: 20)
            for _ in 0..<100 { try socket.send(Self.get("/large")) }
            // More than the system's buffers hold; the rest is given up.
            var octets = 0
            usleep(1_500_000)
            do {
                while true {
                    let more = try socket.receive().count
                    guard more > 0 else { break }
                    octets += more
                }
            } catch {}
            #expect(octets < 100 * 200_000)
        }
    }

    @Test("beyond the places are told so at once, and those that are answered stay")
    func turnedAway() async throws {
        try await withListener(total: 64) { [posts] port in
            // This machine is a stranger here: two places.
            let busy = try (0..<2).map { _ in
                let socket = try LocalSocket(.tcp(port: port), seconds: 20)
                try socket.send(Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na".utf8))
                return socket
            }
            while posts.value < 2 { usleep(1_000) }
            let answer = try Self.answer(on: LocalSocket(.tcp(port: port), seconds: 20), to: Self.get("/"))
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(answer.contains("\r\nRetry-After: ") && answer.contains("Too many connections"))
            for socket in busy { #expect(try Self.answer(on: socket, to: Array("b".utf8)).hasPrefix("HTTP/1.1 200")) }
        }
    }

    @Test("end with their next answer once the daemon is being stopped, with one that was begun before, too")
    func stopping() async throws {
        let stop = StopNotice()
        try await withListener(trusted: Network.loopback, stop: stop) { [posts] port in
            let kept = try LocalSocket(.tcp(port: port), seconds: 20)
            #expect(try !Self.answer(on: kept, to: Self.get("/")).contains("Connection: close"))
            let busy = try LocalSocket(.tcp(port: port), seconds: 20)
            try busy.send(Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na".utf8))
            while posts.value < 1 { usleep(1_000) }
            stop.give()
            for (socket, octets) in [
                (kept, Self.get("/")), (busy, Array("b".utf8)),
                (try LocalSocket(.tcp(port: port), seconds: 20), Self.get("/")),
            ] {
                let answer = try Self.answer(on: socket, to: octets)
                #expect(answer.hasPrefix("HTTP/1.1 200") && answer.lowercased().contains("connection: close"))
                #expect(Self.isEnded(socket))
            }
        }
    }

    @Test("that are idle for longest make room")
    func idle() async throws {
        try await withListener(total: 64) { port in
            let first = try LocalSocket(.tcp(port: port), seconds: 20)
            #expect(try Self.answer(on: first, to: Self.get("/")).hasPrefix("HTTP/1.1 200"))
            var others: [LocalSocket] = []
            for _ in 0..<20 {
                let socket = try LocalSocket(.tcp(port: port), seconds: 20)
                others.append(socket)
                #expect(try Self.answer(on: socket, to: Self.get("/")).hasPrefix("HTTP/1.1 200"))
            }
            #expect(Self.isEnded(first))
            #expect(others.count == 20)
        }
    }
}
