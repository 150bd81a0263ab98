import GatehouseCore
@testable import GatehouseServer
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Sessions of people of whom nothing was heard")
struct IdentityMaxAgeTests {
    @Test("wait for the backend when it was not asked for too long, and count again once it answered")
    func identityMaxAge() async throws {
        let fixture = try CheckFixture(identityMaxAge: .seconds(300))
        let waiting = CheckFixture.Waiting()
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil), waiting: waiting)
        let cookie = try await fixture.signIn()
        func begin() throws -> Mutexed<CheckResponse?> { try engine.start(Wire.forward("/x", cookie: cookie)) }
        func status(_ answer: Mutexed<CheckResponse?>) -> Int? { answer.value?.status }
        fixture.clock.advance(by: .seconds(299))
        try #expect(status(begin()) == 200)
        fixture.clock.advance(by: .seconds(1))
        // Nobody can be asked: not "allow" out of doubt, nor "signed out".
        let doubtful = [try begin(), try begin()]
        #expect(doubtful.map(status) == [nil, nil])
        waiting.release()
        #expect(doubtful.map(status) == [503, 503])
        #expect(fixture.lines.count("older than identity.max_age") == 1)
        // The backend answers again.
        let hopeful = try begin()
        try await fixture.keeper.refresh(CheckFixture.admin.user, now: fixture.clock.now) { _ in CheckFixture.admin }
        fixture.load()
        waiting.release()
        #expect(status(hopeful) == 200)
        fixture.clock.advance(by: .seconds(1))
        try #expect(status(begin()) == 200)
        // And says that the person is gone.
        fixture.clock.advance(by: .seconds(300))
        let last = try begin()
        try await fixture.keeper.refresh(CheckFixture.admin.user, now: fixture.clock.now) { _ in nil }
        fixture.load()
        waiting.release()
        #expect(status(last) == 401)
        waiting.release()
    }
}
