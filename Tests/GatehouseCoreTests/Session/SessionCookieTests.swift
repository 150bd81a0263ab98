import GatehouseCore
import Testing

@Suite("The session cookie in a request")
struct SessionCookieTests {
    private static let one = String(repeating: "A", count: 43)
    private static let two = String(repeating: "B", count: 42) + "A"
    private let token: SecretToken

    init() throws {
        let token = SecretToken(parsing: Array(Self.one.utf8).span)
        self.token = try #require(token)
    }

    private func cookie(_ lines: String..., name: String = "__Host-gatehouse") -> SessionCookie {
        var finder = SessionCookieName.Finder(SessionCookieName(name))
        for line in lines { finder.read(line: Array(line.utf8).span) }
        return finder.cookie
    }

    @Test("is found among others, in any line, and twice if it is the same")
    func found() {
        let pair = "__Host-gatehouse=\(Self.one)"
        #expect(cookie(pair) == .token(token))
        #expect(cookie("a=b; \(pair); c=d") == .token(token))
        #expect(cookie("a=b", pair) == .token(token))
        #expect(cookie("\(pair); \(pair)") == .token(token))
        #expect(cookie(pair, pair) == .token(token))
        #expect(cookie("\(pair) ; x=y") == .token(token))
        #expect(cookie("a=" + String(repeating: "x", count: 60_000) + "; " + pair) == .token(token))
    }

    @Test("is one of up to four that differ, in their order; what cannot be a token is ignored")
    func several() throws {
        let texts = "ABCDE".map { String(repeating: $0, count: 42) + "A" }
        let tokens = try texts.map { text in
            let token = SecretToken(parsing: Array(text.utf8).span)
            return try #require(token)
        }
        func pairs(_ count: Int) -> [String] { texts.prefix(count).map { "__Host-gatehouse=\($0)" } }
        for count in 2...4 {
            #expect(cookie(pairs(count).joined(separator: "; ")) == .several(Array(tokens.prefix(count))))
            #expect(
                cookie((pairs(count) + pairs(count)).joined(separator: ";")) == .several(Array(tokens.prefix(count))))
        }
        #expect(cookie(pairs(5).joined(separator: "; ")) == .none)
        #expect(cookie(pairs(2)[0], pairs(2)[1]) == .several(Array(tokens.prefix(2))))
        for junk in ["x", "", "\"\"", Self.one + "A", String(Self.one.dropLast()) + "B"] {
            #expect(cookie("\(pairs(1)[0]); __Host-gatehouse=\(junk)") == .token(tokens[0]), "\(junk)")
            #expect(cookie("__Host-gatehouse=\(junk); \(pairs(1)[0])") == .token(tokens[0]), "\(junk)")
        }
    }

    @Test("right after a comma is another cookie, smuggled in by a sibling host")
    func commas() {
        let pair = "__Host-gatehouse=\(Self.one)"
        #expect(cookie("a=b,\(pair)") == .none)
        #expect(cookie("a=b, \(pair)") == .none)
        #expect(cookie("\(pair); a=b,\(pair)") == .none)
        #expect(cookie("\(pair),a=b") == .none)
        #expect(cookie("a=b,c; \(pair)") == .token(token))
    }

    @Test(
        "has exactly its name and 43 characters",
        arguments: [
            "x__Host-gatehouse=V", "__Host-gatehouse-pre=V", "__host-gatehouse=V", "__Host-gatehouse =V",
            "__Host-gatehouse=\"V\"",
            "__Host-gatehouse= V", "__Host-gatehouse=VA", "__Host-gatehouse", "=V", "\u{37E}__Host-gatehouse=V",
        ])
    func exact(text: String) {
        #expect(cookie(text.replacing("V", with: Self.one)) == .none)
    }

    @Test("is refused with spare bits set, with foreign characters, short or long")
    func tokens() {
        func token(_ text: String) -> SecretToken? { SecretToken(parsing: Array(text.utf8).span) }
        #expect(token(Self.one)?.text == Self.one)
        #expect(token(String(repeating: "A", count: 42) + "B") == nil)
        #expect(token(String(repeating: "A", count: 42)) == nil)
        #expect(token(String(repeating: "A", count: 44)) == nil)
        #expect(token(String(repeating: "A", count: 42) + "+") == nil)
        #expect(token(String(repeating: "A", count: 42) + "=") == nil)
    }

    @Test("never shows in text or in a dump")
    func redacted() {
        var text = "\(token) \(String(reflecting: token))"
        dump(token, to: &text)
        #expect(!text.contains(Self.one))
        #expect(!text.contains("first"))
    }
}

@Suite("The cookies that go on to an application")
struct OtherCookiesTests {
    private let names = CookieNames(
        session: SessionCookieName("__Host-gatehouse"),
        others: ["pre", "device"].map { SessionCookieName("__Host-gatehouse-\($0)") })

    private func rest(_ lines: String...) -> String {
        var rest: [UInt8] = []
        for line in lines { names.appendOthers(of: Array(line.utf8).span, to: &rest) }
        return String(decoding: rest, as: UTF8.self)
    }

    @Test(
        "are all that are not ours, octet by octet",
        arguments: [
            ("__Host-gatehouse=x", ""), ("__Host-gatehouse=x; __Host-gatehouse-pre=y; __Host-gatehouse=z", ""),
            ("a=1; __Host-gatehouse=x; b=2", "a=1; b=2"), ("__Host-gatehouse-device=x; a=1", "a=1"),
            ("a=1;b=2", "a=1; b=2"), ("a=\"1 ,2\" ; b", "a=\"1 ,2\" ; b"),
            ("a==;=b; ; c=\u{E9}%0d", "a==; =b; c=\u{E9}%0d"),
            ("__Host-gatehouse=x, a=1; b=2", "b=2"), ("a=1,2, __Host-gatehouse=x; b=2", "a=1,2; b=2"),
            ("a=__Host-gatehouse=x", "a=__Host-gatehouse=x"), ("__Host-gatehouse-other=x", "__Host-gatehouse-other=x"),
            ("__host-gatehouse=x; __Host-gatehouse", "__host-gatehouse=x; __Host-gatehouse"), ("", ""), (";;", ""),
        ])
    func others(line: String, expected: String) { #expect(rest(line) == expected) }

    @Test("come from every line") func lines() {
        #expect(rest("a=1; __Host-gatehouse=x", "__Host-gatehouse-pre=y", "b=2") == "a=1; b=2")
    }
}

@Suite("Sessions in time")
struct SessionTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    private func session(lastSeen: Timestamp) -> Session {
        Session(
            user: UserReference(backend: "database", id: "1"), signedInAt: start, lastSeen: lastSeen, limits: .standard,
            isRemembered: false, epoch: 1)
    }

    @Test("end after an hour without use and after a day in all")
    func limits() {
        let fresh = session(lastSeen: start)
        #expect(!fresh.isExpired(at: start.advanced(by: .seconds(3_599))))
        #expect(fresh.isExpired(at: start.advanced(by: .seconds(3_600))))
        let busy = session(lastSeen: start.advanced(by: .seconds(86_399)))
        #expect(!busy.isExpired(at: start.advanced(by: .seconds(86_399))))
        #expect(busy.isExpired(at: start.advanced(by: .seconds(86_400))))
    }

    @Test("are renewed at most once per tenth of their idle limit")
    func renewal() {
        #expect(!session(lastSeen: start).mayRenew(at: start.advanced(by: .seconds(359))))
        #expect(session(lastSeen: start).mayRenew(at: start.advanced(by: .seconds(360))))
    }

    @Test("and moments never trap, however far they are")
    func extremes() {
        let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
        #expect(last.advanced(by: .seconds(Int64.max)) == last)
        #expect(first.advanced(by: .seconds(Int64.min)) == first)
        #expect(last.since(first) > .zero)
        #expect(first.since(last) < .zero)
    }
}
