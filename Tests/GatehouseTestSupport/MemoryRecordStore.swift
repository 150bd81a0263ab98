package import GatehouseCore
internal import Synchronization

/// The record store in memory: the fake for tests of everything above the port.
package final class MemoryRecordStore: ThrottleStore {
    private struct Entry {
        var value: [UInt8] = []
        var members: Set<[UInt8]> = []
        var expiresAt: Timestamp
    }

    private struct State {
        var entries: [RecordKey: Entry] = [:]
        var isAvailable = true
    }

    private let clock: @Sendable () -> Timestamp
    private let state = Mutex(State())

    package init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }

    /// Whether calls are answered; a test sets it to `false` to see what happens without a store.
    package var isAvailable: Bool {
        get { state.withLock { $0.isAvailable } }
        set { state.withLock { $0.isAvailable = newValue } }
    }

    /// Every live value by its key, as a dump of the store would show it.
    package var dump: [RecordKey: [UInt8]] {
        let now = clock()
        return state.withLock { $0.entries.filter { $0.value.expiresAt > now }.mapValues(\.value) }
    }

    /// Everything is forgotten, as by a restart without persistence.
    package func removeAll() { state.withLock { $0.entries = [:] } }

    package func value(for key: RecordKey) async throws(StoreError) -> [UInt8]? {
        try using { $0.entries[key]?.value }
    }

    package func write(
        _ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition
    ) async throws(StoreError) -> Bool {
        guard value.count <= RecordLimits.valueBytes else { throw .tooLarge }
        let expiresAt = clock().advanced(by: max(expiresIn, .milliseconds(1)))
        return try using { state in
            let stored = state.entries[key]?.value
            let holds =
                switch condition {
                case .always: true
                case .ifMissing: stored == nil
                case .ifPresent: stored != nil
                case .ifEqual(let expected): stored == expected
                }
            if holds { state.entries[key] = Entry(value: value, expiresAt: expiresAt) }
            return holds
        }
    }

    package func remove(_ keys: [RecordKey]) async throws(StoreError) {
        try using { state in
            for key in keys { state.entries[key] = nil }
        }
    }

    package func addMember(_ member: [UInt8], to key: RecordKey, expiresIn: Duration) async throws(StoreError) {
        let expiresAt = clock().advanced(by: max(expiresIn, .milliseconds(1)))
        try using { state in
            var entry = state.entries[key] ?? Entry(expiresAt: expiresAt)
            entry.members.insert(member)
            entry.expiresAt = max(entry.expiresAt, expiresAt)
            state.entries[key] = entry
        }
    }

    package func removeMember(_ member: [UInt8], from key: RecordKey) async throws(StoreError) {
        try using { state in
            state.entries[key]?.members.remove(member)
            if state.entries[key]?.members.isEmpty == true { state.entries[key] = nil }
        }
    }

    package func members(of key: RecordKey) async throws(StoreError) -> [[UInt8]] {
        try using { state in state.entries[key].map { Array($0.members) } ?? [] }
    }

    package func count(_ counters: [ThrottleCounter], now: Timestamp) async throws(StoreError) -> Duration? {
        try using { state in
            let states = counters.map { ThrottleState(octets: state.entries[$0.key]?.value ?? []) }
            let wait = zip(states, counters).map { $0.wait($1.rule, now: now) }.max() ?? .zero
            guard wait <= .zero else { return wait }
            for (counter, before) in zip(counters, states) {
                var after = before
                after.add(counter.rule, now: now)
                state.entries[counter.key] = Entry(
                    value: after.octets,
                    expiresAt: self.clock().advanced(by: counter.rule.lifetime(attempts: after.total)))
            }
            return nil
        }
    }

    package func takeBack(
        _ counters: [ThrottleCounter], countedAt: Timestamp, startsOver: Bool
    ) async throws(StoreError) {
        try using { state in
            for counter in counters {
                guard let entry = state.entries[counter.key] else { continue }
                var changed = ThrottleState(octets: entry.value)
                changed.takeBack(countedAt, startsOver: startsOver)
                let expiresAt = self.clock().advanced(by: counter.rule.lifetime(attempts: changed.total))
                state.entries[counter.key] =
                    changed == ThrottleState() ? nil : Entry(value: changed.octets, expiresAt: expiresAt)
            }
        }
    }

    package func ping() async throws(StoreError) { try using { _ in } }

    /// Works on what has not expired.
    private func using<Result: Sendable>(_ body: (inout State) -> Result) throws(StoreError) -> Result {
        let now = clock()
        let result: Result? = state.withLock { state in
            guard state.isAvailable else { return nil }
            state.entries = state.entries.filter { $0.value.expiresAt > now }
            return body(&state)
        }
        guard let result else { throw .unavailable(reason: "switched off by the test") }
        return result
    }
}
