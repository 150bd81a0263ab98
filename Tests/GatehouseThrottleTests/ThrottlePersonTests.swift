import GatehouseCore
import GatehouseCrypto
import GatehouseDatabase
import GatehouseTestSupport
import Testing
@testable import GatehouseThrottle

@Suite("Throttling by several names of one person")
struct ThrottlePersonTests {
    private static let person = UserReference(backend: "ldap", id: "4711")

    /// How many of so many attempts with several names of one person, a second apart, may be made.
    private func compared(
        _ it: Throttling, _ names: [UTF8Text], attempts: Int, from address: (Int) -> String, device: Octets16? = nil
    ) async throws -> Int {
        var compared = 0
        for index in 0..<attempts {
            it.clock.advance(by: .seconds(1))
            let client = Throttling.client(address(index))
            guard
                case .admitted(let attempt) = try await it.throttle.admit(
                    names[index % names.count], from: client, device: device, now: it.clock.now)
            else { continue }
            if try await it.throttle.admit(attempt, as: Self.person) == nil {
                compared += 1
                it.throttle.failed(attempt)
            } else {
                try await it.throttle.undone(attempt)
            }
        }
        return compared
    }

    @Test("counts all names of one person as one, from one address, from many, and on a known device")
    func person() async throws {
        let names: [UTF8Text] = ["alice", "alice@example.com", "a.example"]
        #expect(try await compared(Throttling(), names, attempts: 100, from: { _ in "192.0.2.1" }) == 6)
        #expect(try await compared(Throttling(), names, attempts: 200, from: { "203.0.113.\($0)" }) == 10)
        let device = Octets16(high: 1, low: 2)
        #expect(
            try await compared(Throttling(), names, attempts: 200, from: { "203.0.113.\($0)" }, device: device) == 10)
    }

    @Test("takes back what was counted for a person, and lets an operator forget it by the name that was typed")
    func personForgotten() async throws {
        let it = try Throttling()
        for _ in 0..<50 {
            guard
                case .admitted(let attempt) = try await it.throttle.admit(
                    "alice", from: Throttling.client("192.0.2.1"), device: nil, now: it.clock.now)
            else { throw Unexpected() }
            #expect(try await it.throttle.admit(attempt, as: Self.person) == nil)
            try await it.throttle.succeeded(attempt)
        }
        // No counter; only whom the name means stays known.
        #expect(it.store.dump.keys.allSatisfy { "\($0)".hasSuffix(":o") })
        #expect(try await compared(it, ["alice"], attempts: 100, from: { "203.0.113.\($0)" }) == 10)
        #expect(try await compared(it, ["alice@example.com"], attempts: 1, from: { _ in "192.0.2.1" }) == 0)
        let listed = try await it.throttle.list(["alice@example.com"], now: it.clock.now)
        #expect(listed.contains { $0.subject == .name("alice@example.com") && $0.recent == 10 && $0.wait > .zero })
        try await it.throttle.clear("alice@example.com")
        #expect(try await compared(it, ["alice@example.com"], attempts: 1, from: { _ in "192.0.2.1" }) == 1)
    }

    @Test("gives back what an outage charged, to the name and to the person, also where the answer comes too late")
    func outage() async throws {
        let it = try Throttling()
        func admitted() async throws -> Throttle.Attempt {
            guard
                case .admitted(let attempt) = try await it.throttle.admit(
                    "alice", from: Throttling.client("192.0.2.1"), device: nil, now: it.clock.now)
            else { throw Unexpected() }
            return attempt
        }
        for _ in 0..<9 {
            let attempt = try await admitted()
            #expect(try await it.throttle.admit(attempt, as: Self.person) == nil)
            try await it.throttle.undone(attempt)
        }
        // Beside the counters, whom the name means is kept for whoever clears it.
        func counters() -> Int { it.store.dump.keys.count { !"\($0)".hasSuffix(":o") } }
        #expect(counters() == 0)
        // The backend was given up, and comes to know the person only now.
        let late = try await admitted()
        try await it.throttle.undone(late)
        await #expect(throws: StoreError.self) { try await it.throttle.admit(late, as: Self.person) }
        #expect(counters() == 0)
        // Work that was done for nobody counts for the address alone.
        for _ in 0..<9 {
            let attempt = try await admitted()
            try await it.throttle.spared(attempt)
        }
        #expect(counters() == 1)
        #expect(try await it.tryOnce("alice") == nil)
    }

    @Test(
        "lets an operator forget a person's failures with the name's, also those that were never refused as the person's"
    )
    func personOfName() async throws {
        let it = try Throttling()
        // The name is refused first, each time: of the person no refusal is ever noted.
        #expect(try await compared(it, ["alice"], attempts: 100, from: { _ in "192.0.2.1" }) == 6)
        #expect(try await compared(it, ["alice"], attempts: 1, from: { _ in "192.0.2.1" }) == 0)
        try await it.throttle.clear("alice")
        // What counts for the address is not the name's.
        #expect(it.store.dump.keys.allSatisfy { "\($0)".hasSuffix(":b") })
        #expect(try await compared(it, ["alice"], attempts: 3, from: { _ in "192.0.2.1" }) == 3)
    }

    private struct Unexpected: Error {}
}
