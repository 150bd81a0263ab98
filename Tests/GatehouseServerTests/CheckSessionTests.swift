import GatehouseContracts
import GatehouseCore
@testable import GatehouseServer
import GatehouseSessions
import GatehouseTestSupport
import NIOCore
import Testing

@Suite("Sessions on the check path")
struct CheckSessionTests {
    private let fixture: CheckFixture
    private let engine: CheckEngine<FakeReader>

    init() throws {
        fixture = try CheckFixture()
        engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
    }

    /// Status and `Remote-User` of one check.
    private func ask(_ text: String) throws -> String {
        let response = try #require(try engine.response(to: Array(text.utf8)))
        return response.status == 200 ? "200 " + response.values("Remote-User").joined() : "\(response.status)"
    }

    private func token(_ text: String) throws -> SecretToken {
        let token = SecretToken(parsing: Array(text.utf8).span)
        return try #require(token)
    }

    @Test("end with the next check after the record is gone, or the user's epoch was raised")
    func ends() async throws {
        let one = try await fixture.signIn()
        let two = try await fixture.signIn()
        for _ in 0..<2 { try #expect(ask(Wire.forward("/x", cookie: one)) == "200 alice") }
        try #expect(ask(Wire.forward("/x", cookie: two)) == "200 alice")
        try await fixture.keeper.end(try token(one))
        fixture.load()
        try #expect(ask(Wire.forward("/x", cookie: one)) == "401")
        try #expect(ask(Wire.forward("/x", cookie: two)) == "200 alice")
        let before = fixture.store.dump
        _ = try await fixture.keeper.endAll(of: CheckFixture.admin.user, now: fixture.clock.now)
        // Even if the session records were still there.
        let after = before.merging(fixture.store.dump) { _, new in new }
        fixture.records.change { $0.records = after }
        try #expect(ask(Wire.forward("/x", cookie: two)) == "401")
        try #expect(ask(Wire.forward("/public/x", cookie: two)) == "200 ")
    }

    @Test("show a changed identity with the next check")
    func changes() async throws {
        let cookie = try await fixture.signIn()
        try #expect(ask(Wire.forward("/admin", cookie: cookie)) == "200 alice")
        let changed = Identity(user: CheckFixture.admin.user, name: "alice2")
        try await fixture.keeper.refresh(changed.user, now: fixture.clock.now) { _ in changed }
        fixture.load()
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice2")
        try #expect(ask(Wire.forward("/admin", cookie: cookie)) == "403")
    }

    @Test("count where exactly one of several cookies is alive, and none where those of two people are")
    func several() async throws {
        let alice = try await fixture.signIn()
        let bob = try await fixture.signIn(CheckFixture.user)
        let dead = "ABC".map { String(repeating: $0, count: 42) + "A" }
        func ask(_ tokens: [String]) throws -> String {
            try self.ask(Wire.forward("/x", cookie: tokens.joined(separator: "; __Host-gatehouse=")))
        }
        for tokens in [[dead[0], alice], [alice, dead[0]], dead + [alice], [dead[0], "junk", alice, dead[1]]] {
            try #expect(ask(tokens) == "200 alice")
        }
        try #expect(ask(dead) == "401")
        try #expect(ask([alice] + dead + [String(repeating: "D", count: 42) + "A"]) == "401", "more than anybody needs")
        for tokens in [[alice, bob], [bob, dead[0], alice]] { try #expect(ask(tokens) == "401") }
        #expect(fixture.lines.count("live sessions of two people") == 1)

        // Of one person's sessions it is the later one; a rule that wants a recent sign-in sees that.
        fixture.clock.advance(by: .seconds(60))
        let later = try await fixture.signIn()
        try #expect(ask([alice, later]) == "200 alice")
        try await fixture.keeper.end(try token(later))
        fixture.load()
        try #expect(ask([later, alice]) == "200 alice")
        // A store that gives no answer leaves it open whether the one that counts was among them.
        fixture.records.change { $0.isAvailable = false }
        try #expect(ask([dead[0], alice]) == "503")
    }

    @Test("ask the store each time, in one round trip once the session is known")
    func reads() async throws {
        let cookie = try await fixture.signIn()
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice")
        #expect(fixture.records.reads == 2)
        for count in 3...10 {
            try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice")
            #expect(fixture.records.reads == count)
        }
        try #expect(ask(Wire.forward("/x")) == "401")
        try #expect(ask(Wire.forward("/x", host: "other.example", cookie: cookie)) == "403")
        #expect(fixture.records.reads == 10, "nothing is asked for nobody, nor where no rule could let anybody pass")
    }

    @Test("are 503 without a store, also if they were seen a moment ago; open pages stay open without an identity")
    func unavailable() async throws {
        let cookie = try await fixture.signIn()
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice")
        fixture.records.change { $0.isAvailable = false }
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "503")
        try #expect(ask(Wire.request("https://app.example.com/x", cookie: cookie)) == "503")
        try #expect(ask(Wire.forward("/public/x", cookie: cookie)) == "200 ")
        try #expect(ask(Wire.forward("/closed", cookie: cookie)) == "403")
        try #expect(ask(Wire.forward("/x")) == "401", "whoever has no cookie needs no store")
        let response = try #require(try engine.response(to: Array(Wire.forward("/x", cookie: cookie).utf8)))
        #expect(response.values("Retry-After") == ["2"])
        fixture.records.change { $0.isAvailable = true }
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice")
    }

    @Test("are over by our own clock, whatever the store still holds")
    func expires() async throws {
        let cookie = try await fixture.signIn()
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice")
        // Renewals are lost, so the record that stands is the first one.
        let first = fixture.store.dump
        for _ in 0..<9 {
            fixture.clock.advance(by: .seconds(66))
            fixture.records.change { $0.records = first }
            try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice")
        }
        fixture.clock.advance(by: .seconds(6))
        fixture.records.change { $0.records = first }
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "401")
    }

    @Test("are over when they were last used in the future, and a line says so at most once a minute")
    func clockSetBack() async throws {
        let cookie = try await fixture.signIn()
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice")
        fixture.clock.advance(by: .seconds(-60))
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice", "a small difference")
        #expect(fixture.lines.count("the clocks differ") == 0)
        fixture.clock.advance(by: .seconds(-1))
        for _ in 0..<3 { try #expect(ask(Wire.forward("/x", cookie: cookie)) == "401") }
        #expect(fixture.lines.count("the clocks differ") == 1)
        let token = try token(cookie)
        #expect(try await fixture.keeper.signedIn(with: token, now: fixture.clock.now) == nil)
        fixture.clock.advance(by: .seconds(-7_200))
        try #expect(ask(Wire.forward("/x", cookie: cookie + "; __Host-gatehouse=\(cookie)")) == "401")
        #expect(fixture.lines.count("the clocks differ") == 2)
        // The other way round: the store, which counts by itself, still holds what is over by this clock.
        fixture.clock.advance(by: .seconds(7_261 + 600))
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "401")
        #expect(fixture.lines.count("the clocks differ") == 2, "only just over")
        fixture.clock.advance(by: .seconds(61))
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "401")
        #expect(fixture.lines.count("the clocks differ") == 3)
    }

    @Test("are renewed at most once per tenth of the idle time, up to the absolute end")
    func renewal() async throws {
        let cookie = try await fixture.signIn()
        for second in 0..<3_600 {
            if second % 20 == 0 { try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice") }
            fixture.clock.advance(by: .seconds(1))
        }
        #expect(fixture.records.refreshes.count == 59)
        #expect(fixture.records.refreshes.allSatisfy { $0.expiresIn > .zero && $0.expiresIn <= .seconds(600) })
        #expect(
            fixture.records.refreshes.last.map { $0.expiresIn <= .seconds(60) } == true, "never beyond the absolute end"
        )
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "401")
    }

    @Test("are renewed once though many checks are under way at that moment")
    func burst() async throws {
        let cookie = try await fixture.signIn()
        for isKnown in [false, true] {
            fixture.clock.advance(by: .seconds(100))
            let reader = HeldReader(fixture.records)
            let engine = try fixture.makeEngine(reader)
            if isKnown {
                try engine.start(Wire.forward("/x", cookie: cookie))
                reader.release()
                fixture.clock.advance(by: .seconds(100))
            }
            let before = fixture.records.refreshes.count
            for _ in 0..<20 { try engine.start(Wire.forward("/x", cookie: cookie)) }
            reader.release()
            #expect(fixture.records.refreshes.count == before + 1)
        }
    }

    @Test("never come back by a renewal after they ended")
    func noResurrection() async throws {
        let cookie = try await fixture.signIn()
        let reader = HeldReader(fixture.records)
        let engine = try fixture.makeEngine(reader)
        fixture.clock.advance(by: .seconds(100))
        try engine.start(Wire.forward("/x", cookie: cookie))
        // The session ends while the check that would renew it is under way.
        try await fixture.keeper.end(try token(cookie))
        fixture.load()
        reader.release()
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "401")
    }

    @Test("have their backend asked when the identity is old, at most once a second")
    func identityRefresh() async throws {
        let cookie = try await fixture.signIn()
        for _ in 0..<3 { try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice") }
        #expect(fixture.refreshes.value.isEmpty)
        fixture.clock.advance(by: .seconds(60))
        for _ in 0..<3 { try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice") }
        #expect(fixture.refreshes.value == [CheckFixture.admin.user])
        fixture.clock.advance(by: .milliseconds(1_000))
        for _ in 0..<3 { try #expect(ask(Wire.forward("/x", cookie: cookie)) == "200 alice") }
        #expect(fixture.refreshes.value.count == 2)
    }

    @Test("that were altered or moved are none, and a log line says so once")
    func altered() async throws {
        let alice = try await fixture.signIn()
        let bob = try await fixture.signIn(CheckFixture.user)
        let vault = try fixture.secrets.makeVault()
        func key(_ cookie: String) throws -> RecordKey {
            vault.sessionKey(try vault.id(of: try token(cookie)))
        }
        let dump = fixture.store.dump
        let (one, two) = (try key(alice), try key(bob))
        let record = try #require(dump[one])
        try #expect(ask(Wire.forward("/x", cookie: alice)) == "200 alice")
        fixture.records.change { $0.records[two] = record }
        try #expect(ask(Wire.forward("/x", cookie: bob)) == "401")
        for bit in stride(from: 0, to: record.count * 8, by: 3) {
            var altered = record
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            fixture.records.change { [altered] in $0.records[one] = altered }
            try #expect(ask(Wire.forward("/x", cookie: alice)) == "401")
        }
        #expect(fixture.lines.count("a session record does not open") == 1)
    }

    @Test(
        "whose record is none, or whose person's is none, are a challenge for that cookie only, and a line names the key"
    )
    func unfit() async throws {
        let alice = try await fixture.signIn()
        let bob = try await fixture.signIn(CheckFixture.user)
        let vault = try fixture.secrets.makeVault()
        let keys = [
            vault.sessionKey(try vault.id(of: try token(alice))),
            vault.identityKey(try vault.id(of: CheckFixture.admin.user)),
        ]
        for key in keys {
            fixture.clock.advance(by: .seconds(61))
            fixture.load()
            try #expect(ask(Wire.forward("/x", cookie: alice)) == "200 alice")
            for isKnown in [true, false] {
                fixture.records.change { $0.records[key] = [] }
                try #expect(ask(Wire.forward("/x", cookie: alice)) == "401", "known before: \(isKnown)")
                try #expect(ask(Wire.forward("/x", cookie: bob)) == "200 bob")
            }
            #expect(fixture.lines.count("key=\(key)") == 1)
        }
        // Whoever signs in anew is in.
        _ = try await fixture.keeper.start(
            for: CheckFixture.admin, isRemembered: false, replacing: try token(alice), now: fixture.clock.now)
    }

    @Test("whose headers do not fit are 500 with a log line, never cut")
    func tooLarge() async throws {
        let groups = (0..<400).map { GroupName("group-\($0)") }
        let cookie = try await fixture.signIn(Identity(user: CheckFixture.user.user, name: "bob", groups: groups))
        try #expect(ask(Wire.forward("/x", cookie: cookie)) == "500")
        #expect(fixture.lines.count("the identity headers do not fit") == 1)
        try #expect(ask(Wire.forward("/x", host: "api.example.com", cookie: cookie)) == "200 bob")
    }

    @Test("are never mixed up among hundreds of people")
    func manyPeople() async throws {
        var cookies: [String] = []
        for number in 0..<300 {
            cookies.append(
                try await fixture.signIn(
                    Identity(
                        user: UserReference(backend: "database", id: UTF8Text("\(number)")),
                        name: UserName("user\(number)"))))
        }
        // Few are remembered, so that entries come and go all the time.
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil), knownSessions: 16)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let number = Int.random(in: 0..<300, using: &random)
            let response = try #require(
                try engine.response(to: Array(Wire.forward("/x", cookie: cookies[number]).utf8)))
            #expect(response.values("Remote-User") == ["user\(number)"])
        }
    }
}
