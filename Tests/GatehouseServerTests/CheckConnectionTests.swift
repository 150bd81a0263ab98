import GatehouseCore
@testable import GatehouseServer
import GatehouseTestSupport
import Synchronization
import Testing

@Suite("Connections of the check listener", .serialized)
struct CheckConnectionTests {
    private static let url = "https://app.example.com/x"

    @Test("answers pipelined requests in order while look-ups take their time")
    func pipelined() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        fixture.records.change { $0.delay = .milliseconds(20) }
        try await CheckServer.run(fixture) { server in
            let client = try server.connect()
            var expected: [Int] = []
            var text = ""
            // Some wait for the store, some are answered at once; the last ones follow one that waits.
            for _ in 0..<10 {
                text +=
                    Wire.forward("/x", cookie: cookie) + "GET /none HTTP/1.1\r\nHost: g\r\n\r\n"
                    + Wire.forward("/x", host: "other.example")
                text += Wire.forward("/x", method: "get") + Wire.forward("/x")
                expected += [200, 404, 403, 400, 401]
            }
            try client.send(text + Wire.forward("/x", cookie: cookie) + "GET /none HTTP/1.1\r\nHost: g\r\n\r\n")
            expected += [200, 404]
            var found: [Int] = []
            for _ in expected { found.append(try client.response().status) }
            #expect(found == expected)
        }
    }

    @Test("takes requests in any pieces")
    func pieces() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            let client = try server.connect()
            let text = Array((Wire.forward("/x", cookie: cookie) + Wire.request(CheckConnectionTests.url)).utf8)
            for octet in text { try client.send([octet]) }
            try #expect(client.response().status == 200)
            try #expect(client.response().status == 401)
            // Each piece ends within the next head: the buffer never runs empty.
            let many = Array((0..<200).map { _ in Wire.forward("/x", cookie: cookie) }.joined().utf8)
            var start = 0
            while start < many.count {
                try client.send(Array(many[start..<min(start + 397, many.count)]))
                start += 397
            }
            for _ in 0..<200 { try #expect(client.response().status == 200) }
        }
    }

    @Test("answers a peer that sends much before it reads")
    func lateReader() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            let client = try server.connect()
            let count = 600
            try client.send((0..<count).map { _ in Wire.forward("/x", cookie: cookie) }.joined())
            for _ in 0..<count { try #expect(client.response().status == 200) }
        }
    }

    @Test("answers what is no request with 400 or 505, closes, and goes on with others")
    func garbage() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            for (text, status) in [
                ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n", 400), ("\r\n\r\n", 400), ("\n", 400), ("GET /\r\n\r\n", 400),
                ("*1\r\n$4\r\nPING\r\n\r\n", 400),
                ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: g\r\n\r\n", 505),
                ("GET / HTTP/1.1\r\nHost: g\nX: y\r\n\r\n", 400),
                ("GET / HTTP/1.1\r\nHost : g\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: g\r\n x\r\n\r\n", 400),
                ("GET / HTTP/1.1\r\n\r\n", 400),
                ("GET / HTTP/1.1\r\nHost: g\r\n" + String(repeating: "A: b\r\n", count: 200) + "\r\n", 431),
                ("GET /" + String(repeating: "a", count: 82_000), 431),
            ] {
                let client = try server.connect()
                try client.send(text)
                let response = try client.response()
                #expect(response.status == status, "\(text.prefix(40))")
                #expect(response.closes && response.values("Content-Length") == ["0"])
                try #expect(client.isClosed())
            }
            try #expect(server.ask(Wire.forward("/x", cookie: cookie)).status == 200)
            // What follows a refusal is never answered.
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\n\r\n" + Wire.forward("/x", cookie: cookie))
            try #expect(client.response().status == 400)
            try #expect(client.isClosed())
        }
    }

    @Test("gives a peer that is not trusted 403 whatever it asks, and says so once a minute")
    func untrusted() async throws {
        let network = try #require(Network("10.0.0.0/8"))
        let fixture = try CheckFixture(trusted: [network])
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            for text in [
                Wire.forward("/x", cookie: cookie), Wire.request(CheckConnectionTests.url, cookie: cookie),
                Wire.forward("/public/x"),
                Wire.forward("/x", cookie: cookie, "X-Forwarded-For: 10.0.0.1"), "x",
                Wire.forward("/x", cookie: cookie) + Wire.forward("/public/x"),
            ] {
                let client = try server.connect()
                try client.send(text)
                let response = try client.response()
                #expect(response.status == 403)
                #expect(response.identityLines.isEmpty && response.closes)
                try #expect(client.isClosed())
            }
            #expect(fixture.lines.count("peer is not in check.trusted_proxies peer=127.0.0.1") == 1)
            #expect(fixture.records.reads == 0, "nobody is looked up for a stranger")
            // The peer of a Unix socket is trusted by the file's mode.
            let unix = try server.connectUnix()
            try unix.send(Wire.forward("/x", cookie: cookie))
            try #expect(unix.response().status == 200)
            let bare = Wire.forward("/public/x").components("X-Forwarded-For: 192.0.2.9\r\n").joined()
            try unix.send(bare)
            try #expect(unix.response().status == 200)
        }
    }

    @Test("leaves strangers few places and takes none of the proxies' for them")
    func strangers() async throws {
        let network = try #require(Network("10.0.0.0/8"))
        let fixture = try CheckFixture(trusted: [network], maxConnections: 4)
        try await CheckServer.run(fixture) { server in
            let silent = try (0..<64).map { _ in try server.connect() }
            let metrics = fixture.metrics
            #expect(await eventually { metrics.openConnections.current == 64 })
            try #expect(server.connect().isClosed())
            let unix = try server.connectUnix()
            try unix.send(Wire.forward("/public/x"))
            try #expect(unix.response().status == 200)
            #expect(silent.count == 64)
        }
    }

    @Test("answers 503 beyond its connections and takes new ones when others end")
    func full() async throws {
        let fixture = try CheckFixture(maxConnections: 2)
        try await CheckServer.run(fixture) { server in
            var clients = try [server.connect(), server.connect()]
            for client in clients {
                try client.send(Wire.forward("/public/x"))
                try #expect(client.response().status == 200)
            }
            let third = try server.connect()
            try third.send(Wire.forward("/public/x"))
            try #expect(third.response().status == 503)
            try #expect(third.isClosed())
            #expect(fixture.lines.count("too many connections") == 1)
            clients.removeLast()
            #expect(
                try await eventually { try server.ask(Wire.forward("/public/x", "Connection: close")).status == 200 })
        }
    }

    @Test("closes heads that drip in, silent strangers, and nothing that is merely idle")
    func slow() async throws {
        let network = try #require(Network("10.0.0.0/8"))
        let fixture = try CheckFixture(trusted: [network])
        try await CheckServer.run(fixture) { server in
            let silent = try server.connect(seconds: 10)
            let idle = try server.connectUnix()
            try idle.send(Wire.forward("/public/x"))
            try #expect(idle.response().status == 200)
            let dripping = try server.connectUnix(seconds: 1)
            var isClosed = false
            // Each octet comes well within the five seconds that the whole head has.
            let start = ContinuousClock.now
            while !isClosed, ContinuousClock.now - start < .seconds(10) {
                do {
                    try dripping.send("X")
                    isClosed = try dripping.isClosed()
                } catch { isClosed = true }
            }
            let took = ContinuousClock.now - start
            #expect(isClosed)
            #expect(took > .seconds(4) && took < .seconds(9), "\(took)")
            try #expect(silent.isClosed())
            try idle.send(Wire.forward("/public/x"))
            try #expect(idle.response().status == 200)
        }
    }

    @Test("closes everything when it stops")
    func stop() async throws {
        let fixture = try CheckFixture()
        var left: CheckClient?
        try await CheckServer.run(fixture) { server in
            let client = try server.connect()
            try client.send(Wire.forward("/public/x"))
            try #expect(client.response().status == 200)
            left = client
        }
        let client = try #require(left)
        try #expect(client.isClosed())
        #expect(fixture.metrics.openConnections.current == 0)
    }
}
