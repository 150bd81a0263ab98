import GatehouseCore
import GatehouseTestSupport
import GatehouseThrottle
import HTTPTypes
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Sign-ins of one person at once")
struct HeldSignInTests {
    /// The statuses of sign-ins that are sent together, from one address.
    private func rush(_ portal: PortalFixture, _ count: Int, password: String) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await portal.signIn(password: password, headers: [("X-Forwarded-For", "192.0.2.1")]).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("with the right password are all let in, one after another", arguments: [12, 40])
    func right(count: Int) async throws {
        let portal = try PortalFixture()
        #expect(try await rush(portal, count, password: "correct horse") == [Int](repeating: 303, count: count))
        #expect(portal.events[.signInThrottled] == 0)
        #expect(try await portal.services.throttle.list(["alice"], now: portal.clock.now).isEmpty)
    }

    @Test("with a wrong one are no more guesses than one after another")
    func wrong() async throws {
        let portal = try PortalFixture()
        let statuses = try await rush(portal, 100, password: "wrong")
        // Of one address only so many are taken at a time; the others are told to come back at once.
        #expect(statuses.filter { $0 == 422 }.count == 3 && statuses.count == 100)
        #expect(statuses.allSatisfy { [422, 429, 503].contains($0) } && statuses.contains(429))
        #expect(portal.backend.questions == 3)
    }
}
