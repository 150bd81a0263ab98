import GatehouseContracts
import GatehouseCore
@testable import GatehouseServer
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Checks as real clients and proxies make them")
struct CheckEngineTests {
    private let fixture: CheckFixture
    private let engine: CheckEngine<FakeReader>

    init() throws {
        fixture = try CheckFixture()
        engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
    }

    /// Status and, for 200, the user that the application is told.
    private func ask(_ text: String) throws -> String {
        let response = try #require(try engine.response(to: Array(text.utf8)))
        return response.status == 200 ? "200 " + response.values("Remote-User").joined() : "\(response.status)"
    }

    @Test("are followed by the cookies that go on to the application, for proxies that cannot take ours out themselves")
    func cookies() async throws {
        let cookie = try await fixture.signIn()
        func lines(_ text: String) throws -> [[String]] {
            let response = try #require(try engine.response(to: Array(text.utf8)))
            #expect(response.status == 200)
            #expect(response.values("Remote-User").count == 1)
            return [response.values("Gatehouse-Cookie"), response.values("Cookie")]
        }
        for _ in 0..<3 {
            try #expect(lines(Wire.forward("/x", cookie: cookie)) == [[""], []])
            try #expect(
                lines(Wire.forward("/x", cookie: "\(cookie); a=1;b=2; __Host-gatehouse-pre=x"))
                    == [["a=1; b=2"], ["a=1; b=2"]])
            try #expect(lines(Wire.request("https://app.example.com/x", cookie: "\(cookie); a=1")) == [[], []])
            // Where nobody has to be known, too, and on a connection that is not kept.
            try #expect(lines(Wire.forward("/public/x", cookie: "x; a=1")) == [["a=1"], ["a=1"]])
            try #expect(lines(Wire.forward("/public/x")) == [[""], []])
            try #expect(lines(Wire.forward("/x", cookie: "\(cookie); a=1", version: "1.0")) == [["a=1"], ["a=1"]])
        }
        let denied = try #require(
            try engine.response(to: Array(Wire.forward("/closed", cookie: "\(cookie); a=1").utf8)))
        #expect(denied.values("Cookie").isEmpty && denied.values("Gatehouse-Cookie").isEmpty)
    }

    @Test("are judged to the end by the settings that the check began with")
    func generation() async throws {
        let bob = try await fixture.signIn(CheckFixture.user)
        let reader = HeldReader(fixture.records)
        let engine = try fixture.makeEngine(reader)
        // The same index means another application, with other headers, in the settings that come meanwhile.
        let open = Application(
            name: "open", hosts: [try #require(ApplicationHost("app.example.com"))],
            rules: [
                Rule(verdict: .allow([.anyone])), Rule(verdict: .allow([.anyone])), Rule(verdict: .allow([.anyone])),
            ])
        let next = Generation(
            policy: Policy(applications: [open]), headers: [.xAuthRequest], secrets: fixture.secrets,
            cookies: CheckFixture.cookies, proxies: fixture.generation.proxies, login: fixture.generation.login)
        for path in ["/admin", "/x"] {
            engine.use(fixture.generation)
            let before = try engine.start(Wire.forward(path, cookie: bob))
            engine.use(next)
            reader.release()
            #expect(before.value?.status == (path == "/x" ? 200 : 403))
            #expect(before.value?.values("Remote-User") == (path == "/x" ? ["bob"] : []))
            #expect(before.value?.values("X-Auth-Request-User") == [])
            let after = try engine.start(Wire.forward(path, cookie: bob))
            reader.release()
            #expect(after.value?.values("X-Auth-Request-User") == ["bob"])
        }
    }

    @Test("are judged by the client's address and by the time of the check")
    func surroundings() async throws {
        let bob = try await fixture.signIn(CheckFixture.user)
        let office = NetworkSet([try #require(Network("10.0.0.0/8"))])
        let now = fixture.clock.now
        func window(_ time: String) throws -> TimeWindow {
            try TimeWindow("\(time) UTC") { _ throws(TimeWindow.Invalid) in .utc }
        }
        let hour = CalendarTime(now).hour
        let (open, closed) = (CalendarTime.padded(hour, 2) + ":00", CalendarTime.padded((hour + 1) % 24, 2) + ":00")
        let application = Application(
            name: "app", hosts: [try #require(ApplicationHost("app.example.com"))],
            rules: [
                Rule(paths: [try PathPattern("/office")], networks: office, verdict: .allow([.anyone])),
                Rule(
                    paths: [try PathPattern("/now")], verdict: .allow([.signedIn]),
                    windows: [try window("\(open)-\(closed)")]),
                Rule(
                    paths: [try PathPattern("/later")], verdict: .allow([.signedIn]),
                    windows: [try window("\(closed)-\(open)")]),
                Rule(verdict: .allow([.signedIn])),
            ])
        engine.use(
            Generation(
                policy: Policy(applications: [application]), headers: [.remote], secrets: fixture.secrets,
                cookies: CheckFixture.cookies, proxies: fixture.generation.proxies, login: fixture.generation.login))
        func status(_ path: String, from client: String, cookie: String? = nil) throws -> Int {
            let text = Wire.forward(path, cookie: cookie).replacing("192.0.2.9", with: client)
            return try #require(try engine.response(to: Array(text.utf8))).status
        }
        try #expect(status("/office", from: "10.1.2.3") == 200)
        try #expect(status("/office", from: "10.1.2.3, 127.0.0.1") == 200)
        try #expect(status("/office", from: "10.1.2.3, 192.0.2.1") != 200)
        try #expect(status("/office", from: "192.0.2.1", cookie: bob) == 200)
        try #expect(status("/office", from: "unix:", cookie: bob) == 403)
        for client in ["10.1.2.3", "192.0.2.1"] {
            try #expect(status("/now", from: client, cookie: bob) == 200)
            try #expect(status("/later", from: client, cookie: bob) == 403)
            try #expect(status("/later", from: client) == 403)
        }
    }

    @Test("lead back to a long address by way of the store, a bounded number of them in a second")
    func longReturn() async throws {
        let path = "/deep/" + String(repeating: "%20", count: 1_200) + "?q=" + String(repeating: "a|", count: 1_000)
        let address = "https://app.example.com\(path)"
        let records = ReturnRecords(store: fixture.store, secrets: fixture.secrets)
        func secret(_ text: String) throws -> SecretToken? {
            let response = try #require(try engine.response(to: Array(text.utf8)))
            let location = try #require(response.values("Location").first)
            let start = "https://auth.example.com/login?rk="
            guard location.hasPrefix(start) else {
                #expect(location == "https://auth.example.com/login?rd=https%3A%2F%2Fapp.example.com%2F")
                return nil
            }
            #expect(location.utf8.count < 120 && response.head.utf8.count < 3_584)
            return SecretToken(parsing: Array(location.dropFirst(start.count).utf8).span)
        }
        for text in [Wire.request(address, "Accept: text/html"), Wire.forward(path, "Accept: text/html")] {
            let secret = try #require(try secret(text))
            let written = try #require(fixture.records.writes.last)
            #expect(!String(decoding: written.value, as: UTF8.self).contains("deep"))
            _ = try await fixture.store.write(
                written.value, for: written.key, expiresIn: written.expiresIn, when: .always)
            let found = try await records.address(of: secret, now: fixture.clock.now)
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == address)
            #expect(
                try await records.address(of: secret, now: fixture.clock.now.advanced(by: .seconds(1_800))) == nil)
        }
        // Strangers ask for it, so the store is not theirs to fill.
        let before = fixture.records.writes.count
        fixture.clock.advance(by: .seconds(1))
        let secrets = try (0..<50).map { _ in try secret(Wire.forward(path, "Accept: text/html")) }
        #expect(secrets.count { $0 != nil } == ReturnBudget.perSecond)
        #expect(fixture.records.writes.count - before == ReturnBudget.perSecond)
        fixture.clock.advance(by: .seconds(1))
        #expect(try secret(Wire.forward(path, "Accept: text/html")) != nil)
        #expect(try secret(Wire.forward(path + String(repeating: "b", count: 2_600), "Accept: text/html")) == nil)
        #expect(try secret(Wire.forward(path, method: "POST", "Accept: text/html")) == nil)
    }

    @Test("let nobody into another protocol, nor with a header that reads like one of ours")
    func tunnelsAndAliases() async throws {
        let cookie = try await fixture.signIn()
        func status(_ path: String, _ lines: [String]) throws -> String {
            // CR LF is one character: the empty line goes and comes back.
            try ask(Wire.forward(path, cookie: cookie).dropLast() + lines.map { "\($0)\r\n" }.joined() + "\r\n")
        }
        for path in ["/x", "/public/x"] {
            #expect(
                try status(path, ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAM"])
                    == "403")
            #expect(try status(path, ["Connection: Upgrade", "Upgrade: websocket"]).hasPrefix("200"))
            for octet in "!#$%&'*+.^_`|~" {
                // An application may read the names of the other preset, whatever its configuration says.
                let other = "X\(octet)Auth\(octet)Request"
                for name in [
                    "Remote\(octet)User", "REMOTE\(octet)GROUPS", "remote\(octet)superuser", "\(other)-User",
                    "x-auth-request\(octet)user", "\(other)\(octet)Preferred\(octet)Username",
                ] {
                    #expect(try status(path, ["\(name): mallory"]) == "403", "\(name)")
                }
                #expect(try status(path, ["Remote\(octet)Users: x", "X\(octet)User: x"]).hasPrefix("200"))
            }
            // Proxies replace what stands under the very name.
            #expect(try status(path, ["Remote-User: mallory", "remote-user: x"]).hasPrefix("200"))
        }
    }
}
