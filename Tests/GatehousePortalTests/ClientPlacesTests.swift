import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("The places of one client's forms")
struct ClientPlacesTests {
    private func client(_ text: String) throws -> ClientAddress { .known(try #require(IPAddress(text))) }

    @Test("are limited by address and by block of IPv6 addresses, and free again after the work")
    func limited() async throws {
        let places = ClientPlaces(most: 2)
        let gate = Mutexed(false)
        let started = Mutexed(0)
        func hold(_ client: ClientAddress) async -> Int? {
            await places.with(client) {
                started.change { $0 += 1 }
                _ = await eventually(within: .seconds(60)) { gate.value }
                return 1
            }
        }
        let (one, other) = (try client("192.0.2.1"), try client("192.0.2.2"))
        let (first, second) = (try client("2001:db8::1"), try client("2001:db8::2"))
        let results = await withTaskGroup(of: Int?.self) { group in
            for client in [one, one, first, second] { group.addTask { await hold(client) } }
            #expect(await eventually(within: .seconds(60)) { started.value == 4 })
            #expect(await places.with(one) { 2 } == nil)
            #expect(await places.with(first) { 2 } == nil)
            #expect(await places.with(other) { 2 } == 2)
            #expect(await places.with(.unknown) { 2 } == 2)
            gate.change { $0 = true }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [1, 1, 1, 1])
        #expect(await places.with(one) { 2 } == 2)
    }

    @Test("beyond them the answer is a page that says to come back")
    func page() async throws {
        let fixture = try PortalFixture()
        #expect(Problem.tooMany.status == 503)
        #expect(fixture.portal.problem(.tooMany).headers.contains { "\($0.name)" == "Retry-After" })
    }
}
