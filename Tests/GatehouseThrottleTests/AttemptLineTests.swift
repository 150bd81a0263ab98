import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseThrottle

@Suite("Attempts while others are under way")
struct AttemptLineTests {
    private func admit(
        _ it: Throttling, _ name: UTF8Text = "alice", from client: String = "192.0.2.1", device: Octets16? = nil
    ) async throws -> Throttle.Admission {
        try await it.throttle.admit(name, from: Throttling.client(client), device: device, now: it.clock.now)
    }

    /// So many attempts that go on.
    private func begin(
        _ it: Throttling, _ count: Int, device: Octets16? = nil, names: (Int) -> UTF8Text = { _ in "alice" }
    ) async throws -> [Throttle.Attempt] {
        var attempts: [Throttle.Attempt] = []
        for index in 0..<count {
            guard case .admitted(let attempt) = try await admit(it, names(index), device: device) else { continue }
            attempts.append(attempt)
        }
        return attempts
    }

    private func isAdmitted(_ admission: Throttle.Admission) -> Bool {
        if case .admitted = admission { true } else { false }
    }

    @Test("get the place that a success gives back", arguments: [nil, Octets16(high: 1, low: 2)])
    func success(device: Octets16?) async throws {
        let it = try Throttling()
        let attempts = try await begin(it, device == nil ? 3 : 5, device: device)
        async let next = admit(it, device: device)
        async let afterNext = admit(it, device: device)
        for attempt in attempts { try await it.throttle.succeeded(attempt) }
        let both = try await [next, afterNext]
        #expect(both.allSatisfy(isAdmitted))
    }

    @Test("are refused when those before were wrong")
    func failure() async throws {
        let it = try Throttling()
        let attempts = try await begin(it, 3)
        async let next = admit(it)
        async let afterNext = admit(it)
        for attempt in attempts { it.throttle.failed(attempt) }
        let both = try await [next, afterNext]
        #expect(!both.contains(where: isAdmitted))
        #expect(try await it.throttle.list(["alice"], now: it.clock.now).count == 1)
    }

    @Test("are refused when those before were never said to have ended")
    func dropped() async throws {
        let it = try Throttling()
        var attempts = try await begin(it, 3)
        async let next = admit(it)
        attempts.removeAll()
        #expect(!isAdmitted(try await next))
    }

    @Test("wait for somebody else's where the address has no room")
    func address() async throws {
        var limits = ThrottleLimits()
        limits.address = ThrottleRule(limit: 4, window: .seconds(300))
        let it = try Throttling(limits)
        let attempts = try await begin(it, 4) { UTF8Text("person\($0)") }
        #expect(attempts.count == 4)
        async let next = admit(it, "alice")
        for attempt in attempts { try await it.throttle.succeeded(attempt) }
        #expect(isAdmitted(try await next))
    }

    @Test("wait no longer than they are told to")
    func patience() async throws {
        let it = try Throttling(patience: .milliseconds(50))
        let attempts = try await begin(it, 3)
        let start = ContinuousClock.now
        async let next = admit(it)
        async let afterNext = admit(it)
        let both = try await [next, afterNext]
        #expect(!both.contains(where: isAdmitted))
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        for attempt in attempts { try await it.throttle.succeeded(attempt) }
    }

    @Test("wait in a line that has an end")
    func line() async throws {
        let line = AttemptLine(mostInLine: 1, mostWaiting: 8)
        let subject = AttemptLine.Subject.name(Octets16(high: 1, low: 1))
        let late = ContinuousClock.now + .seconds(20)
        #expect(await line.enter(subject, until: late))
        async let second = line.enter(subject, until: late)
        #expect(await eventually { line.lineLength(subject) == 1 })
        #expect(await line.enter(subject, until: late) == false)
        line.leave(subject)
        #expect(await second)
        line.leave(subject)
        #expect(await line.enter(subject, until: late))
    }
}
