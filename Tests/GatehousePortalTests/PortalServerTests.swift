import Foundation
import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import GatehouseListener
@testable import GatehousePortal

@Suite("The portal's listener")
struct PortalServerTests {
    @Test("answers on a Unix socket, again and again on one connection, without naming itself")
    func keepAlive() async throws {
        try await withServer { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            for _ in 0..<3 {
                let answer = try Self.ask(socket, "GET /login HTTP/1.1\r\nHost: auth.example.com\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.contains("\r\nContent-Security-Policy: ") && answer.hasSuffix("</html>\n"))
                #expect(!answer.lowercased().contains("\r\nserver:"))
            }
        }
    }

    @Test("believes the proxy at a Unix socket who the client is")
    func proxy() async throws {
        let log = LogRecord()
        try await withServer(log: log) { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            let answer = try Self.ask(
                socket,
                """
                POST /login HTTP/1.1\r\nHost: auth.example.com\r\nX-Forwarded-For: 203.0.113.77\r\n\
                Origin: https://evil.example\r\nContent-Length: 0\r\n\r\n
                """)
            #expect(answer.hasPrefix("HTTP/1.1 403"))
        }
        #expect(log.text.contains("client=203.0.113.77"))
    }

    @Test("signs in over the wire")
    func signIn() async throws {
        try await withServer { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            let form = try Self.ask(socket, "GET /login HTTP/1.1\r\nHost: auth.example.com\r\n\r\n")
            let pre = try #require(form.firstMatch(of: /__Host-gatehouse-pre=([^;]+);/)).1
            let token = try #require(form.firstMatch(of: /name="token" value="([^"]+)"/)).1
            let body = "token=\(token)&name=alice&password=correct+horse&rd=https%3A%2F%2Fapp.example.com%2F"
            let answer = try Self.ask(
                socket,
                """
                POST /login HTTP/1.1\r\nHost: auth.example.com\r\nCookie: __Host-gatehouse-pre=\(pre)\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
                """)
            #expect(answer.hasPrefix("HTTP/1.1 303 See Other\r\n"))
            #expect(answer.contains("\r\nLocation: /login/continue?rd=https%3A%2F%2Fapp.example.com%2F\r\n"))
            #expect(answer.components(separatedBy: "\r\nSet-Cookie: ").count == 6)
        }
    }

    @Test(
        "closes when a head or a body does not arrive in time",
        arguments: [
            "GET /login HTTP/1.1\r\nHost: auth.exa", "G", "GET /login HTTP/1.1\r\nHost: auth.example.com\r\n",
            "POST /login HTTP/1.1\r\nHost: auth.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nname",
        ])
    func deadlines(start: String) async throws {
        let times = RequestTimes(head: .milliseconds(150), body: .milliseconds(300), idle: .seconds(30))
        try await withServer(times) { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            try socket.send(Array(start.utf8))
            let clock = ContinuousClock()
            let began = clock.now
            #expect(try socket.receive().isEmpty)
            #expect(clock.now - began < .seconds(5))
        }
    }

    @Test("measures each request of a connection on its own")
    func deadlineStarts() async throws {
        let times = RequestTimes(head: .milliseconds(150), idle: .seconds(30))
        try await withServer(times) { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 1)
            let request = "GET /login HTTP/1.1\r\nHost: auth.example.com\r\n\r\n"
            _ = try Self.ask(socket, request)
            // Longer than a head may take, and nothing is under way: no end, but our own patience, comes.
            #expect(throws: LocalSocket.Failure.self) { try socket.receive() }
            #expect(try Self.ask(socket, request).hasPrefix("HTTP/1.1 200"))
            try socket.send(Array("GET /login".utf8))
            #expect(try socket.receive().isEmpty)
        }
    }

    @Test("refuses heads beyond its limits", arguments: [(lines: 65, length: 1), (lines: 1, length: 17_000)])
    func headLimits(head: (lines: Int, length: Int)) async throws {
        try await withServer { path in
            let lines = String(
                repeating: "X-Filler: \(String(repeating: "y", count: head.length))\r\n", count: head.lines)
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            try socket.send(Array("GET /login HTTP/1.1\r\nHost: auth.example.com\r\n\(lines)\r\n".utf8))
            let answer = String(decoding: try socket.receive(), as: UTF8.self)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400") || answer.hasPrefix("HTTP/1.1 431"))
        }
    }

    @Test(
        "refuses a request without Host, and with two",
        arguments: [
            "", "Host: auth.example.com\r\nHost: evil.example\r\n",
            "Host: auth.example.com\r\nhost: auth.example.com\r\n",
        ])
    func hosts(lines: String) async throws {
        try await withServer { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            let answer = try Self.ask(socket, "GET /login HTTP/1.1\r\n\(lines)\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("That request was not understood"))
        }
    }

    @Test(
        "answers once and closes when it answered before the body was there",
        arguments: [
            // Refused by its head: the body never comes, comes in part, is no body, or is a request.
            ("Content-Length: 900\r\n\r\n", "405"), ("Content-Length: 900\r\n\r\nname=a&GET", "405"),
            ("Transfer-Encoding: chunked\r\n\r\nnothing like a chunk\r\n\r\n", "405"),
            ("Content-Length: 900\r\n\r\nGET /login HTTP/1.1\r\nHost: auth.example.com\r\n\r\n", "405"),
            ("Expect: 100-continue\r\nContent-Length: 900\r\n\r\n", "405"),
        ])
    func earlyAnswer(rest: String, status: String) async throws {
        try await withServer { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            try socket.send(Array("POST /account HTTP/1.1\r\nHost: auth.example.com\r\n\(rest)".utf8))
            let text = try Self.all(socket)
            #expect(text.hasPrefix("HTTP/1.1 \(status) "))
            #expect(text.components(separatedBy: "HTTP/1.1 ").count == 2, "\(text)")
            #expect(text.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test("keeps a connection whose request was there as a whole, whatever the answer was")
    func wholeRequest() async throws {
        try await withServer { path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            for _ in 0..<2 {
                let answer = try Self.ask(
                    socket, "POST /account HTTP/1.1\r\nHost: auth.example.com\r\nContent-Length: 4\r\n\r\nname")
                #expect(answer.hasPrefix("HTTP/1.1 405 ") && !answer.lowercased().contains("connection: close"))
            }
        }
    }

    @Test("closes when nobody takes the answers")
    func unread() async throws {
        try await withServer(RequestTimes(answer: .seconds(300), send: .milliseconds(300), idle: .seconds(300))) {
            path in
            let socket = try LocalSocket(.unix(path: path), seconds: 10)
            // More than the system keeps for a reader.
            for _ in 0..<500 {
                try socket.send(
                    Array("GET \(StaticFile.styleSheet.path) HTTP/1.1\r\nHost: auth.example.com\r\n\r\n".utf8))
            }
            let deadline = ContinuousClock.now + .seconds(60)
            var isClosed = false
            while !isClosed, ContinuousClock.now < deadline {
                usleep(10_000)
                do { try socket.send(Array("\r\n".utf8)) } catch { isClosed = !"\(error)".contains("errno 11") }
            }
            #expect(isClosed)
        }
    }

    /// Runs a portal on a Unix socket while `body` works, on a thread of its own: it blocks.
    private func withServer(
        _ times: RequestTimes = RequestTimes(), log: LogRecord? = nil,
        _ body: @escaping @Sendable (String) throws -> Void
    ) async throws {
        let portal = try PortalFixture(log: log ?? LogRecord())
        let folder = try TemporaryFolder()
        let path = folder.file("portal.sock")
        let listener = PortalServer.makeListener(
            portal.portal, on: try ListeningSocket(.unix(path: path), key: "portal.listen"),
            limits: PlaceLimits(total: 64), times: times,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            let flag = Flag()
            group.addTask {
                try await listener.run(on: MultiThreadedEventLoopGroup.singleton.next()) { _ in flag.raise() }
            }
            #expect(await eventually { flag.isRaised })
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread { continuation.resume(with: Result { try body(path) }) }
            }
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
    }

    /// Everything until the other side closes.
    private static func all(_ socket: LocalSocket) throws -> String {
        var octets: [UInt8] = []
        while true {
            let more = try socket.receive()
            guard !more.isEmpty else { return String(decoding: octets, as: UTF8.self) }
            octets += more
        }
    }

    /// Sends a request and reads one answer with its body.
    private static func ask(_ socket: LocalSocket, _ request: String) throws -> String {
        try socket.send(Array(request.utf8))
        var octets: [UInt8] = []
        while true {
            let text = String(decoding: octets, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n"),
                let length = text.firstMatch(of: /(?i)\r\nContent-Length: ([0-9]+)\r\n/).flatMap({ Int($0.1) }),
                text[end.upperBound...].utf8.count >= length
            {
                return text
            }
            let more = try socket.receive()
            guard !more.isEmpty else { return text }
            octets += more
        }
    }
}

/// Something that happened.
private final class Flag: Sendable {
    private let state = Atomic<Bool>(false)
    var isRaised: Bool { state.load(ordering: .acquiring) }
    func raise() { state.store(true, ordering: .releasing) }
}
