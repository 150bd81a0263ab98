package import GatehouseCore
internal import Testing

/// What every store that counts attempts has to do; each adapter's tests run all of it.
package enum ThrottleStoreCheck {
    /// Holds the store to the rules of `ThrottleState`, attempt by attempt, over many random ones.
    package static func agreesWithTheRules(_ store: any ThrottleStore, seed: UInt64) async throws {
        var random = Generator(state: seed)
        let scope = UInt64.random(in: .min ... .max)
        let counters = [
            ThrottleCounter(
                key: RecordKey(Array("gh:t:{\(scope)}:a".utf8)),
                rule: ThrottleRule(limit: 5, window: .seconds(60), free: 2, total: 12, block: .seconds(20))),
            ThrottleCounter(
                key: RecordKey(Array("gh:t:{\(scope)}:b".utf8)), rule: ThrottleRule(limit: 3, window: .seconds(10))),
        ]
        var model = counters.map { _ in ThrottleState() }
        var now = Timestamp(milliseconds: 1_800_000_000_000)
        var counted: [Timestamp] = []
        for _ in 0..<400 {
            // Clocks of instances differ a little: time may go back.
            now = now.advanced(by: .milliseconds(Int64.random(in: -300...9_000, using: &random)))
            // And now and then somebody sets one back.
            if UInt8.random(in: 0..<40, using: &random) == 0 { now = now.advanced(by: .seconds(-100)) }
            if let latest = counted.last, UInt8.random(in: 0..<8, using: &random) == 0 {
                let startsOver = Bool.random(using: &random)
                try await store.takeBack(counters, countedAt: latest, startsOver: startsOver)
                for index in model.indices { model[index].takeBack(latest, startsOver: startsOver) }
                counted.removeLast()
            } else {
                let wait = zip(model, counters).map { $0.wait($1.rule, now: now) }.max() ?? .zero
                #expect(try await store.count(counters, now: now) == (wait > .zero ? wait : nil))
                if wait <= .zero {
                    for index in model.indices { model[index].add(counters[index].rule, now: now) }
                    counted.append(now)
                }
            }
            for (counter, state) in zip(counters, model) {
                #expect(ThrottleState(octets: try await store.value(for: counter.key) ?? []) == state)
            }
        }
        #expect(counted.count > 20)
    }

    /// A hundred at once: as many pass as the rule allows, and all that is refused is told to wait.
    package static func letsNoMorePass(_ stores: [any ThrottleStore]) async throws {
        let key = RecordKey(Array("gh:t:{\(UInt64.random(in: .min ... .max))}:a".utf8))
        let counter = ThrottleCounter(key: key, rule: ThrottleRule(limit: 10, window: .seconds(300)))
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let answers = try await withThrowingTaskGroup(of: Duration?.self) { group in
            for index in 0..<100 {
                let store = stores[index % stores.count]
                group.addTask { try await store.count([counter], now: now) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.filter { $0 == nil }.count == 10)
        #expect(answers.compactMap(\.self).allSatisfy { $0 == .seconds(300) })
    }

    /// Attempts at once of which some are taken back: exactly the others stay, and with none of those nothing does.
    package static func takesBackWhatIsMeant(_ stores: [any ThrottleStore]) async throws {
        let scope = UInt64.random(in: .min ... .max)
        let rule = ThrottleRule(limit: 200, window: .seconds(300), total: 1_000)
        let counters = ["a", "b"].map {
            ThrottleCounter(key: RecordKey(Array("gh:t:{\(scope)}:\($0)".utf8)), rule: rule)
        }
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        for kept in [40, 0] {
            try await withThrowingTaskGroup { group in
                for index in 0..<100 {
                    let store = stores[index % stores.count]
                    // Several within one millisecond, as attempts are.
                    let moment = now.advanced(by: .milliseconds(index / 7))
                    group.addTask {
                        #expect(try await store.count(counters, now: moment) == nil)
                        guard index >= kept else { return }
                        try await store.takeBack(counters, countedAt: moment, startsOver: false)
                    }
                }
                try await group.waitForAll()
            }
            for counter in counters {
                let state = ThrottleState(octets: try await stores[0].value(for: counter.key) ?? [])
                #expect(state.recent(rule, now: now.advanced(by: .seconds(1))) == kept && state.total == UInt32(kept))
                try await stores[0].remove([counter.key])
            }
        }
    }

    /// Attempts from before the clock was set back hold nobody up until it has caught up.
    package static func forgetsTheFuture(_ store: any ThrottleStore) async throws {
        let key = RecordKey(Array("gh:t:{\(UInt64.random(in: .min ... .max))}:a".utf8))
        let counter = ThrottleCounter(key: key, rule: ThrottleRule(limit: 3, window: .seconds(300), total: 3))
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        for _ in 0..<3 { #expect(try await store.count([counter], now: now.advanced(by: .seconds(3_600))) == nil) }
        #expect(try await store.count([counter], now: now.advanced(by: .seconds(3_590))) != nil)
        for _ in 0..<3 { #expect(try await store.count([counter], now: now) == nil) }
        #expect(try await store.count([counter], now: now) == ThrottleRule(limit: 1, window: .seconds(1)).block)
    }

    /// Few failures are kept for a while each, as many as end an account's attempts for longer.
    ///
    /// `advance` lets so much time go by for the store, unless its clock is the real one.
    package static func forgetsFewFailures(_ store: any ThrottleStore, advance: (Duration) -> Void) async throws {
        let scope = UInt64.random(in: .min ... .max)
        let rule = ThrottleRule(limit: 5, window: .milliseconds(1), total: 3, block: .milliseconds(100))
        let few = ThrottleCounter(key: RecordKey(Array("gh:t:{\(scope)}:a".utf8)), rule: rule)
        let many = ThrottleCounter(key: RecordKey(Array("gh:t:{\(scope)}:b".utf8)), rule: rule)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        #expect(try await store.count([few], now: now) == nil)
        while try await store.value(for: many.key).map({ ThrottleState(octets: $0).total }) != 3 {
            for seconds in 0..<3 {
                _ = try await store.count([many], now: now.advanced(by: .seconds(seconds)))
            }
        }
        advance(.milliseconds(301))
        #expect(await eventually(within: .seconds(20)) { (try? await store.value(for: few.key)) == .some(nil) })
        #expect(try await store.value(for: many.key) != nil)
    }

    /// A value that is none of ours counts as nothing, and a removed one too.
    package static func passesOverGarbage(_ store: any ThrottleStore) async throws {
        let key = RecordKey(Array("gh:t:{\(UInt64.random(in: .min ... .max))}:a".utf8))
        let counter = ThrottleCounter(key: key, rule: ThrottleRule(limit: 1, window: .seconds(300)))
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        for garbage: [UInt8] in [[], [1], [0, 0, 0, 1, 2], Array(repeating: 0xFF, count: 8_012)] {
            _ = try await store.write(garbage, for: key, expiresIn: .seconds(60), when: .always)
            #expect(try await store.count([counter], now: now) == nil)
            #expect(try await store.count([counter], now: now) == .seconds(300))
            try await store.remove([key])
        }
        try await store.takeBack([counter], countedAt: now, startsOver: true)
        #expect(try await store.value(for: key) == nil)
    }
}

/// SplitMix64: the same numbers in every run.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
