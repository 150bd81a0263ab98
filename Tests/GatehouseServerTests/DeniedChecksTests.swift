import GatehouseCore
@testable import GatehouseServer
import GatehouseTestSupport
import Testing

@Suite("Lines about denied checks")
struct DeniedChecksTests {
    private let fixture: CheckFixture

    init() throws { fixture = try CheckFixture() }

    @Test("name method, host, path, person and rule")
    func fields() async throws {
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        let cookie = try await fixture.signIn(CheckFixture.user)
        _ = try engine.response(
            to: Array(Wire.request("https://app.example.com/admin/x?token=1", method: "PUT", cookie: cookie).utf8))
        #expect(
            fixture.lines.all.filter { $0.contains("check denied") } == [
                "info check denied application=app count=1 event=check.denied host=app.example.com method=PUT"
                    + " path=/admin/x reason=condition-not-met rule=3 user=bob"
            ])
    }

    @Test("name an unknown host")
    func unknownHost() throws {
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        _ = try engine.response(to: Array(Wire.request("https://elsewhere.example.org/").utf8))
        #expect(fixture.lines.count("host=elsewhere.example.org") == 1)
        #expect(fixture.lines.count("reason=unknown-host") == 1)
    }

    @Test("come once a second for each person and rule, with a count of the rest")
    func repeated() async throws {
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        let cookie = try await fixture.signIn(CheckFixture.user)
        func ask(_ path: String, _ times: Int) throws {
            for _ in 0..<times {
                let answer = try engine.response(
                    to: Array(Wire.request("https://app.example.com\(path)", cookie: cookie).utf8))
                #expect(answer?.status == 403)
            }
        }
        try ask("/admin/a", 100)
        try ask("/closed/b", 10)
        #expect(fixture.lines.count("check denied") == 2)
        engine.sweep()
        #expect(fixture.lines.count("check denied") == 2, "the second is not over")
        fixture.clock.advance(by: .seconds(1))
        engine.sweep()
        #expect(fixture.lines.count("check denied") == 4)
        #expect(fixture.lines.count("count=99") == 1)
        #expect(fixture.lines.count("count=9 ") == 1)
        engine.sweep()
        #expect(fixture.lines.count("check denied") == 4)
        // Without a sweep in between, the next one writes both.
        try ask("/admin/c", 3)
        fixture.clock.advance(by: .seconds(2))
        try ask("/admin/d", 1)
        #expect(fixture.lines.count("check denied") == 7)
        #expect(fixture.lines.count("count=2") == 1)
    }

    @Test("of two people, or of two rules for one of them, are lines of their own within the same second")
    func apart() async throws {
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        let carol = Identity(user: UserReference(backend: "database", id: "3"), name: "carol")
        for identity in [CheckFixture.user, carol] {
            let cookie = try await fixture.signIn(identity)
            for path in ["/admin/a", "/admin/b", "/finance/c"] {
                _ = try engine.response(to: Array(Wire.request("https://app.example.com\(path)", cookie: cookie).utf8))
            }
        }
        for name in ["bob", "carol"] {
            for path in ["/admin/a", "/finance/c"] {
                let lines = fixture.lines.all.filter { $0.contains("path=\(path) ") && $0.hasSuffix("user=\(name)") }
                #expect(lines.count == 1, "\(name) \(path)")
            }
        }
        #expect(fixture.lines.count("check denied") == 4)
    }

    @Test("are not held back by a clock that was set back")
    func clockSetBack() throws {
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        _ = try engine.response(to: Array(Wire.request("https://app.example.com/closed/x").utf8))
        fixture.clock.advance(by: .seconds(-3_600))
        _ = try engine.response(to: Array(Wire.request("https://app.example.com/closed/x").utf8))
        #expect(fixture.lines.count("check denied") == 2)
    }
}
