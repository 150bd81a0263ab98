import GatehouseCore
@testable import GatehouseServer
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Sessions and when their people proved who they are")
struct SessionProofTests {
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

    @Test("are recent by when the person proved who they are, which may be before the session began")
    func recent() async throws {
        let now = fixture.clock.now
        for (provenAt, status) in [
            (nil, "200 alice"), (now, "200 alice"), (now.advanced(by: .seconds(-301)), "401"),
            (Timestamp(milliseconds: 0), "401"),
        ] {
            let token = try await fixture.keeper.start(
                for: CheckFixture.admin, isRemembered: false, replacing: nil, provenAt: provenAt, now: now
            ).token
            fixture.load()
            for _ in 0..<2 {
                try #expect(ask(Wire.forward("/recent/x", host: "a.wiki.example.com", cookie: token.text)) == status)
                try #expect(ask(Wire.forward("/x", host: "a.wiki.example.com", cookie: token.text)) == "200 alice")
            }
        }
    }
}
