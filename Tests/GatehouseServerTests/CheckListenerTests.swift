import GatehouseCore
@testable import GatehouseListener
@testable import GatehouseServer
import GatehouseTestSupport
import Glibc
import NIOCore
import NIOPosix
import Testing

@Suite("The check listener", .serialized)
struct CheckListenerTests {
    private static let url = "https://app.example.com/x"

    @Test("answers a 200 with exactly these bytes")
    func bytes() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            let expected =
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\nVary: Cookie\r\n"
                + "Remote-User: alice\r\n"
                + "Remote-Name: Alice A.\r\nRemote-Email: alice@example.com\r\nRemote-Groups: admins,caf%C3%A9%2C noir\r\n"
                + "Remote-Permissions: reports.view\r\nRemote-Superuser: true"
            let client = try server.connect()
            for (text, end) in [
                (Wire.request(CheckListenerTests.url, cookie: cookie), ""),
                (Wire.forward("/x", cookie: cookie), "\r\nGatehouse-Cookie: "),
            ] {
                // Twice, since the second answer is kept from the first.
                for _ in 0..<2 {
                    try client.send(text)
                    let response = try client.response()
                    #expect(response.head == expected + end)
                    #expect(response.body.isEmpty)
                }
            }
            let open = try server.ask(Wire.forward("/public/x"))
            #expect(open.status == 200)
            #expect(
                open.identityLines == [
                    "Remote-User: ", "Remote-Name: ", "Remote-Email: ", "Remote-Groups: ", "Remote-Permissions: ",
                    "Remote-Superuser: ",
                ])
        }
    }

    @Test("ends when the system gives no more connections on one of its addresses", .timeLimit(.minutes(2)))
    func ended() async throws {
        let fixture = try CheckFixture()
        let clock = fixture.clock
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loopback = try #require(IPAddress("127.0.0.1"))
        let sockets = try ListeningSocket.openAll([
            ("check.listen", .tcp(host: loopback, port: 0)), ("check.listen", .tcp(host: loopback, port: 0)),
        ])
        let listener = try await CheckListener<FakeReader>.start(
            on: group, sockets: sockets, logger: fixture.logger, clock: { clock.now },
            makeEngine: { loop in try fixture.makeEngine(FakeReader(fixture.records, on: loop)) })
        shutdown(sockets[1].descriptor, Int32(SHUT_RDWR))
        await listener.ended()
        await listener.stop()
        try await group.shutdownGracefully()
    }

    @Test("says the same on every denial: no-store, a length, no identity, no cookie")
    func denials() async throws {
        let fixture = try CheckFixture()
        let bob = try await fixture.signIn(CheckFixture.user)
        try await CheckServer.run(fixture) { server in
            let html = "Accept: text/html"
            for (text, status, location, body) in [
                (Wire.request(CheckListenerTests.url, html), 401, true, ""),
                (Wire.request(CheckListenerTests.url), 401, false, ""),
                (Wire.forward("/x", html), 302, true, ""), (Wire.forward("/x", method: "POST", html), 303, true, ""),
                (Wire.forward("/x"), 401, false, ""),
                (Wire.request("https://app.example.com/admin", cookie: bob, html), 403, false, ""),
                (Wire.forward("/admin", cookie: bob, html), 403, false, "<p>no</p>"),
                (Wire.forward("/admin", cookie: bob), 403, false, "{}"),
                (Wire.forward("/closed", cookie: bob), 403, false, "{}"),
                (Wire.forward("/x", host: "other.example"), 403, false, "{}"),
                (Wire.request("https://other.example/", cookie: bob), 403, false, ""),
                (Wire.forward("//x", cookie: bob), 403, false, "{}"),
                (Wire.forward("/x/../admin", cookie: bob), 403, false, "{}"),
                (Wire.forward("/%2561dmin", cookie: bob), 403, false, "{}"),
                (Wire.request("https://app.example.com", cookie: bob), 403, false, ""),
                (Wire.request("app.example.com", cookie: bob), 400, false, ""),
                (Wire.forward("/x", method: "get", cookie: bob), 400, false, ""),
                (Wire.forward("x", cookie: bob), 400, false, ""),
                ("GET /auth/envoy HTTP/1.1\r\nHost: g\r\n\r\n", 404, false, ""),
                ("POST /auth/envoy/x HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n", 400, false, ""),
                ("GET /auth/envoy//a/../b?x=%2F HTTP/1.1\r\nHost: g\r\n\r\n", 400, false, ""),
                ("GET / HTTP/1.1\r\nHost: g\r\n\r\n", 404, false, ""),
            ] {
                let response = try server.ask(text)
                #expect(response.status == status, "\(text)")
                #expect(response.values("Location").count == (location ? 1 : 0), "\(text)")
                #expect(response.values("WWW-Authenticate").count == (status == 401 && !location ? 1 : 0))
                #expect(response.body == body)
                #expect(response.values("Content-Length") == ["\(body.utf8.count)"])
                #expect(response.values("Cache-Control") == ["no-store"])
                #expect(response.identityLines.isEmpty && response.values("Set-Cookie").isEmpty)
            }
        }
    }

    @Test("speaks HTTP/1.0 and 1.1, keeps or closes as it was asked")
    func versions() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            for (version, connection, closes, kept) in [
                ("1.0", "Connection: close", true, []), ("1.0", "X: y", true, []),
                ("1.0", "Connection: keep-alive", false, ["keep-alive"]),
                ("1.1", "Connection: close", true, []), ("1.1", "X: y", false, []),
                ("1.1", "Connection: keep-alive", false, []),
            ] as [(String, String, Bool, [String])] {
                let client = try server.connect()
                let text = Wire.request(CheckListenerTests.url, cookie: cookie, version: version, connection)
                for _ in 0..<(closes ? 1 : 3) {
                    try client.send(text)
                    let response = try client.response()
                    #expect(response.status == 200)
                    #expect(response.head.hasPrefix("HTTP/1.1 200 "))
                    #expect(response.values("Connection") == (closes ? ["close"] : kept))
                }
                if closes { try #expect(client.isClosed()) }
            }
        }
    }

    @Test("never waits for a body: it answers at once and closes")
    func bodies() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            for line in ["Content-Length: 5", "Transfer-Encoding: chunked", "transfer-encoding:Chunked"] {
                for tail in ["", "hello", Wire.request(CheckListenerTests.url, cookie: cookie)] {
                    let client = try server.connect()
                    try client.send(Wire.request(CheckListenerTests.url, cookie: cookie, line) + tail)
                    let response = try client.response()
                    #expect(response.status == 200)
                    #expect(response.closes)
                    try #expect(client.isClosed(), "what follows is neither a body nor a request")
                }
            }
            let both = try server.connect()
            try both.send(
                Wire.request(CheckListenerTests.url, cookie: cookie, "Content-Length: 0", "Transfer-Encoding: chunked"))
            try #expect(both.response().status == 400)
            try #expect(both.isClosed())
        }
    }

    @Test("answers HEAD without a body and keeps the connection in step")
    func headMethod() async throws {
        let fixture = try CheckFixture()
        let bob = try await fixture.signIn(CheckFixture.user)
        try await CheckServer.run(fixture) { server in
            let client = try server.connect()
            try client.send(Wire.forward("/admin", cookie: bob, verb: "HEAD"))
            try #expect(client.response(hasBody: false).status == 403)
            for verb in ["HEAD", "POST", "OPTIONS", "DELETE", "PROPFIND", "BREW"] {
                try client.send(Wire.forward("/x", cookie: bob, verb: verb))
                let response = try client.response(hasBody: false)
                #expect(response.status == 200)
                #expect(response.identityLines.count == 6)
            }
        }
    }

    @Test("reads cookies in every shape that proxies give them")
    func cookies() async throws {
        let fixture = try CheckFixture()
        let alice = try await fixture.signIn()
        let bob = try await fixture.signIn(CheckFixture.user)
        try await CheckServer.run(fixture) { server in
            func user(_ lines: [String]) throws -> String {
                // One character: Swift takes CR LF for a single one.
                let text = Wire.forward("/x").dropLast(1) + lines.map { "Cookie: \($0)\r\n" }.joined() + "\r\n"
                let response = try server.ask(String(text))
                return response.status == 200 ? response.values("Remote-User").joined() : "\(response.status)"
            }
            let name = "__Host-gatehouse"
            for (lines, expected) in [
                (["a=b", "\(name)=\(alice)"], "alice"),
                (["\(name)=\(alice)", "a=b; \(name)=\(alice)"], "alice"),
                (["\(name)=\(alice)", "\(name)=\(bob)"], "401"),
                (["\(name)=\(alice); \(name)=\(bob)"], "401"),
                (["a=b,\(name)=\(alice)"], "401"),
                (["\(name)=\(alice),a=b"], "401"),
                (["\(name)=\(alice); b=1, \(name)=\(bob)"], "401"),
                (["junk=" + String(repeating: "x", count: 60_000) + "; \(name)=\(bob)"], "bob"),
                ([String(repeating: "a=b; ", count: 12_000) + "\(name)=\(bob)"], "bob"),
                ([String(repeating: "x", count: 66_000)], "431"),
                (["\(name)=" + String(alice.dropLast()) + "_"], "401"),
            ] {
                let found = try user(lines)
                #expect(found == expected)
            }
        }
    }

    @Test("judges by the contract's headers, never by others that the client wrote")
    func foreignHeaders() async throws {
        let fixture = try CheckFixture()
        let bob = try await fixture.signIn(CheckFixture.user)
        try await CheckServer.run(fixture) { server in
            let admin = Wire.request(
                "https://app.example.com/admin", cookie: bob, "X-Forwarded-Uri: /public/",
                "X-Forwarded-Host: app.example.com",
                "X-Forwarded-Method: GET", "X-Forwarded-Proto: https", "Remote-User: alice", "Remote-Groups: admins")
            try #expect(server.ask(admin).status == 403)
            let forward = Wire.forward(
                "/admin", cookie: bob, "X-Original-URL: https://app.example.com/public/", "X-Original-Method: GET")
            try #expect(server.ask(forward).status == 403)
            try #expect(
                server.ask(Wire.forward("/admin", cookie: bob, target: "/auth/forward?uri=/public/&app=wiki")).status
                    == 403)
            let repeated = try server.ask(
                Wire.request(
                    "https://app.example.com/admin", cookie: bob, "x-original-url: https://app.example.com/public/"))
            #expect(repeated.status == 400)
            #expect(fixture.lines.count("header=X-Original-URL reason=sent more than once") == 1)
            let missing = Wire.forward("/x", cookie: bob).components("X-Forwarded-Uri: /x\r\n").joined()
            try #expect(server.ask(missing).status == 400)
            try #expect(server.ask(missing).status == 400)
            #expect(fixture.lines.count("header=X-Forwarded-Uri reason=missing") == 1, "at most once a minute")
            fixture.clock.advance(by: .seconds(61))
            try #expect(server.ask(missing).status == 400)
            #expect(fixture.lines.count("header=X-Forwarded-Uri reason=missing") == 2)
        }
    }

    @Test("pins an application only where the host is its own")
    func pinned() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            func status(_ target: String, _ host: String) throws -> Int {
                try server.ask(Wire.forward("/x", host: host, cookie: cookie, target: target)).status
            }
            try #expect(status("/auth/forward/app", "app.example.com") == 200)
            try #expect(status("/auth/forward/app?x=y", "app.example.com") == 200)
            try #expect(status("/auth/forward/api", "app.example.com") == 403)
            try #expect(status("/auth/forward/none", "app.example.com") == 403)
            try #expect(status("/auth/forward/wiki", "a.wiki.example.com") == 200)
            try #expect(status("/auth/forward/wiki", "wiki.example.com") == 403)
            try #expect(status("/auth/forward/", "app.example.com") == 404)
            for host in ["APP.EXAMPLE.COM", "app.example.com.", "app.example.com:8443", "App.Example.Com.:443"] {
                try #expect(status("/auth/forward/app", host) == 200)
            }
            for host in [
                "app.example.com..", "app.example.com:0", "app.example.com:65536", "x@app.example.com", "[::1]",
            ] {
                try #expect(status("/auth/forward/app", host) == 400)
            }
        }
    }
}
