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

    @Test("counts as none when two differ, on one line or two, or one is malformed")
    func several() {
        let (one, two) = ("__Host-gatehouse=\(Self.one)", "__Host-gatehouse=\(Self.two)")
        #expect(cookie("\(one); \(two)") == .none)
        #expect(cookie(one, two) == .none)
        #expect(cookie("\(one); __Host-gatehouse=x") == .none)
        #expect(cookie("__Host-gatehouse=; \(one)") == .none)
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
