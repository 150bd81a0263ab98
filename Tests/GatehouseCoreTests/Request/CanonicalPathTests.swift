import GatehouseCore
import Testing

@Suite("Canonical paths")
struct CanonicalPathTests {
    private func path(_ text: String) -> CanonicalPath? { CanonicalPath(parsing: Array(text.utf8).span) }
    private func segments(_ text: String) -> [String]? {
        path(text)?.segments.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("are decoded once and cut at their slashes")
    func accepted() {
        #expect(segments("/") == [""])
        #expect(segments("/a/b") == ["a", "b"])
        #expect(segments("/a/") == ["a", ""])
        #expect(segments("/%61dmin/x") == ["admin", "x"])
        #expect(segments("/caf%C3%A9") == ["café"])
        #expect(segments("/a%20b") == ["a b"])
        #expect(segments("/a..b/...x/...") == ["a..b", "...x", "..."])
        #expect(segments("/@:!$&'()*+,=~-._") == ["@:!$&'()*+,=~-._"])
        // Octets that browsers send raw (WHATWG URL, path percent-encode set), and what they are encoded.
        for (raw, encoded) in [("/a|b", "/a%7Cb"), ("/a^b", "/a%5Eb"), ("/[a]", "/%5Ba%5D"), ("/'", "/%27")] {
            #expect(segments(raw) != nil && segments(raw) == segments(encoded), "\(raw)")
        }
    }

    @Test(
        "are refused when two servers could read them differently",
        arguments: [
            "", "a", "//", "/a//b", "//a", "/a/./b", "/a/../b", "/.", "/..", "/a/..", "/a/.", "/%2e/a", "/%2E%2e/a",
            "/.%2e/a",
            "/a%2fb", "/a%2Fb", "/a%5cb", "/a%5C", "/a\\b", "/a%00", "/a%0d%0aX", "/a%7f", "/a%25", "/a%252fb",
            "/a%252e",
            "/a;b", "/a%3bb", "/a%3Bb", "/a%23", "/a%3f", "/a#b", "/a?b", "/a\"", "/a<", "/a>", "/a`", "/a{",
            "/a}", "/a b", "/a\tb", "/a\nb", "/a\r\nb", "/a\u{7F}", "/a\u{80}", "/é", "/a%", "/a%2", "/a%zz", "/a%+1",
            "/a%u0041",
            "/%ff", "/%c3", "/%c0%af", "/%e0%80%af", "/%ed%a0%80", "/%f8%88%80%80%80", "/a/%cc%b8x", "/%cc%81",
            "/%e2%80%8bx",
            "/%ef%bb%bfx", "/%e2%80%aex", "/a%c2%85",
        ])
    func refused(text: String) {
        #expect(path(text) == nil)
    }

    @Test("a look-alike of a semicolon or of a letter is another segment, not the same one")
    func lookAlikes() throws {
        let admin = try PathPattern("/admin/**")
        for text in ["/admin%cd%be/x", "/%c3%a1dmin/x", "/adm%c4%b1n/x", "/ADMIN/x", "/admin%c2%a0/x"] {
            let other = try #require(path(text), "\(text)")
            #expect(!admin.matches(other), "\(text)")
        }
        let kelvin = try #require(path("/%e2%84%aa"))
        #expect(try !PathPattern("/K").matches(kelvin))
        #expect(try !PathPattern("/k").matches(kelvin))
    }

    @Test("any spelling of a path is refused or decides as the path does")
    func spellings() throws {
        var random = Random(seed: 42)
        let pattern = try PathPattern("/admin/{id}/**")
        var accepted = 0
        let tricks = ["/", "//", "/./", "/x/../", "/%2e/", "%2f", "/%2F", ";/", "/%00", "\\"]
        for _ in 0..<20_000 {
            let plain = random.next(2) == 0 ? ["admin", "7", "x"] : ["public", "7"]
            let canonical = try #require(path("/" + plain.joined(separator: "/")))
            var text = ""
            for segment in plain {
                text += random.next(3) == 0 ? tricks[random.next(tricks.count)] : "/"
                for octet in segment.utf8 {
                    text +=
                        random.next(4) == 0 ? "%" + String(octet, radix: 16) : String(decoding: [octet], as: UTF8.self)
                }
            }
            // Refused, the same path, or visibly another one: never the same text under another rule.
            guard let spelled = path(text), spelled == canonical else { continue }
            #expect(pattern.matches(spelled) == pattern.matches(canonical), "\(text)")
            accepted += 1
        }
        #expect(accepted > 1_000)
    }

    @Test("random octets never trap any grammar of a request")
    func fuzz() {
        var random = Random(seed: 7)
        let alphabet = Array("/%.;:?#@[]\\ahtps0129fF2e=, \"\t\r\n-_~\u{e9}\u{301}".utf8) + [0, 0x7F, 0x80, 0xC3, 0xFF]
        let name = SessionCookieName("gatehouse-local")
        for _ in 0..<150_000 {
            let bytes = (0..<random.next(40)).map { _ in alphabet[random.next(alphabet.count)] }
            _ = CanonicalPath(parsing: bytes.span)
            _ = RequestTarget(parsing: bytes.span)
            _ = Authority(parsing: bytes.span)
            _ = Method(parsing: bytes.span)
            _ = IPAddress(parsing: bytes.span)
            _ = Origin(parsing: bytes.span)
            _ = ReturnAddress(parsing: bytes.span) { _ in true }
            _ = SecretToken(parsing: bytes.span)
            _ = Base64URL.decode(bytes.span)
            _ = TrustedProxies(networks: Network.loopback).clientAddress(forwarded: bytes, peer: nil)
            var finder = SessionCookieName.Finder(name)
            finder.read(line: bytes.span)
            _ = finder.cookie
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? PathPattern(text)
            _ = (HostPattern(text), ApplicationHost(text), Condition(text), Network(text))
        }
    }
}

/// A small generator with a seed, so that a failure can be seen again (SplitMix64).
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 31) % UInt64(max(limit, 1)))
    }
}
