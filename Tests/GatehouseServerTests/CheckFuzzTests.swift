import GatehouseCore
@testable import GatehouseServer
import GatehouseTestSupport
import NIOCore
import Testing

/// Whatever is sent: one of the listed answers, no trap, and a 200 only for whom it is due (I1, I11, I14).
@Suite("Hostile checks")
struct CheckFuzzTests {
    /// SplitMix64: the same numbers for the same seed.
    private struct SeededRandom: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let pieces: [[UInt8]] =
        [
            "/", "//", "/../", "/./", "%2e", "%2f", "%5c", "%00", "%", "%zz", ";", "?", "#", "\\", "@", ":", ":0",
            ":99999", ",", ", ", " ", "\t",
            "\r", "\n", "\r\n", "\r\n\r\n", "\r\n ", "\0", "\u{7F}", "\u{1}", "é", "\u{212A}", "\u{301}", "\u{202E}",
            "admin", "public", "/admin", "/public/",
            "app.example.com", "api.example.com", "evil.example", "https://", "http://", "[::1]", "127.0.0.1",
            "::ffff:1.2.3.4", "null", "GET", "OPTIONS",
            "X-Original-URL: https://app.example.com/public/", "X-Forwarded-Uri: /public/",
            "X-Forwarded-Host: api.example.com", "Cookie: __Host-gatehouse=",
            "__Host-gatehouse=", "; ", "=", "Upgrade: websocket", "Origin: https://evil.example",
            "Access-Control-Request-Method: PUT", "Content-Length: 5",
            "Content-Length: 0", "Transfer-Encoding: chunked", "Host: g", "Connection: close", "Connection: keep-alive",
            "HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "-1",
            "+5", "18446744073709551616", "\u{FEFF}", "..", ".", "xn--", "Sec-Fetch-Mode: navigate",
            "Accept: text/html", "/auth/forward/app", "/auth/request",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [UInt8](repeating: 0x61, count: 300),
            [UInt8](repeating: 0x2F, count: 5_000),
        ]

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        for _ in 0..<[1, 1, 1, 2, 3, 6][Int.random(in: 0..<6, using: &random)] where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, index + Int.random(in: 1...30, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            case 2: bytes.removeSubrange(index..<end)
            case 3:
                bytes.insert(contentsOf: Array(bytes[index..<end]), at: Int.random(in: bytes.indices, using: &random))
            case 4: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 5:
                // A whole line more.
                let lines = bytes.indices.filter { bytes[$0] == 0x0A }
                let place = lines.isEmpty ? index : lines[Int.random(in: lines.indices, using: &random)] + 1
                bytes.insert(
                    contentsOf: pieces[Int.random(in: pieces.indices, using: &random)] + [0x0D, 0x0A], at: place)
            default: bytes.insert(contentsOf: pieces[Int.random(in: pieces.indices, using: &random)], at: index)
            }
        }
    }

    @Test("get listed answers and never a trap; identities go out only under their own cookie")
    func fuzz() async throws {
        let fixture = try CheckFixture()
        let alice = try await fixture.signIn()
        let bob = try await fixture.signIn(CheckFixture.user)
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        let seeds = [
            Wire.request("https://app.example.com/admin/x?y=z", cookie: alice),
            Wire.forward("/admin/x?y=z", cookie: bob),
            Wire.request("https://app.example.com/x", "Accept: text/html"), Wire.forward("/x", "Accept: text/html"),
            Wire.forward("/x", method: "POST", "Sec-Fetch-Mode: navigate"),
            Wire.forward(
                "/x", host: "api.example.com", method: "OPTIONS", "Origin: https://x",
                "Access-Control-Request-Method: PUT"),
            Wire.forward("/ws", cookie: alice, "Upgrade: websocket", "Origin: https://app.example.com"),
            Wire.forward("/closed/x", cookie: bob),
            Wire.request("https://a.wiki.example.com/a//b", cookie: bob, target: "/auth/request/wiki"),
        ].map { Array($0.utf8) }
        var random = SeededRandom(state: 20_261_123)
        var statuses: [Int: Int] = [:]
        var refusals: [Int: Int] = [:]
        var problems: [String] = []
        for round in 0..<220_000 {
            var bytes = seeds[Int.random(in: seeds.indices, using: &random)]
            CheckFuzzTests.mutate(&bytes, &random)
            let peer = round % 2 == 0 ? IPAddress("127.0.0.1") : nil
            let wire: [UInt8]?
            do { wire = try engine.answer(to: bytes, peer: peer) } catch let refusal as RequestHeadParser.Refusal {
                refusals[refusal.status, default: 0] += 1
                continue
            }
            guard let wire else { continue }
            let status = CheckFuzzTests.status(wire)
            statuses[status, default: 0] += 1
            if let problem = CheckFuzzTests.problem(wire, status, bytes, alice: alice, bob: bob), problems.count < 10 {
                problems.append(problem + ": " + String(decoding: bytes, as: UTF8.self).debugDescription)
            }
        }
        #expect(problems == [])
        #expect(Set(statuses.keys).isSubset(of: [200, 302, 303, 400, 401, 403, 404]))
        #expect(Set(refusals.keys).isSubset(of: [400, 431, 505]))
        for status in [200, 302, 303, 400, 401, 403, 404] {
            #expect(statuses[status, default: 0] > 100, "\(status) is hardly tried")
        }
    }

    private static func status(_ wire: [UInt8]) -> Int {
        wire.count < 12 ? 0 : wire[9..<12].reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    private static let remote = Array("\r\nRemote-".utf8)
    private static let identities = ["User", "Name", "Email", "Groups", "Permissions", "Superuser"].map {
        Array("\r\nRemote-\($0): ".utf8)
    }

    private static func problem(_ wire: [UInt8], _ status: Int, _ bytes: [UInt8], alice: String, bob: String) -> String?
    {
        guard wire.starts(with: Array("HTTP/1.1 ".utf8)), wire.contains(Array("\r\nCache-Control: no-store\r\n".utf8))
        else { return "shape" }
        guard !wire.contains(Array("Set-Cookie".utf8)) else { return "cookie" }
        let isRequest = bytes.contains(Array("/auth/request".utf8))
        if !isRequest || !bytes.contains(Array("/auth/forward".utf8)) {
            guard !isRequest || ![302, 303].contains(status) else { return "redirect to nginx" }
        }
        guard status == 200 else { return wire.contains(remote) ? "identity on a denial" : nil }
        for line in identities {
            guard occurrences(of: line, in: wire) == 1 else { return "identity lines" }
        }
        if wire.contains(Array("Remote-User: alice\r\n".utf8)) {
            return bytes.contains(Array(alice.utf8)) ? nil : "alice without her cookie"
        }
        if wire.contains(Array("Remote-User: bob\r\n".utf8)) {
            return bytes.contains(Array(bob.utf8)) ? nil : "bob without his cookie"
        }
        guard wire.contains(Array("Remote-User: \r\n".utf8)) else { return "a name out of nowhere" }
        let isOpen =
            bytes.contains(Array("public".utf8))
            || bytes.map(ASCII.lowercased).contains(Array("access-control-request-method".utf8))
        return isOpen ? nil : "open without a rule"
    }

    private static func occurrences(of text: [UInt8], in bytes: [UInt8]) -> Int {
        guard bytes.count >= text.count else { return 0 }
        return (0...(bytes.count - text.count)).count { bytes[$0] == text[0] && bytes[$0...].starts(with: text) }
    }
}
