import GatehouseCore
import GatehouseDatabase
import GatehouseTestSupport
import Testing

@Suite("Counting attempts in the embedded store")
struct SQLiteThrottleTests {
    private func store(_ folder: TemporaryFolder, _ clock: ManualClock) throws -> SQLiteRecordStore {
        try SQLiteRecordStore(path: "\(folder.path)/records.db", now: { clock.now })
    }

    @Test("follows the rules exactly, on two connections to one file")
    func conforms() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let stores = try (0..<2).map { _ in try store(folder, clock) }
        try await ThrottleStoreCheck.agreesWithTheRules(stores[0], seed: 11)
        try await ThrottleStoreCheck.passesOverGarbage(stores[0])
        try await ThrottleStoreCheck.letsNoMorePass(stores)
        try await ThrottleStoreCheck.takesBackWhatIsMeant(stores)
        try await ThrottleStoreCheck.forgetsTheFuture(stores[0])
        try await ThrottleStoreCheck.forgetsFewFailures(stores[0]) { clock.advance(by: $0) }
        for store in stores { await store.close() }
    }

    @Test("forgets a counter when it has expired")
    func expires() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let store = try store(folder, clock)
        let counter = ThrottleCounter(
            key: RecordKey(Array("gh:t:{x}:a".utf8)), rule: ThrottleRule(limit: 1, window: .seconds(60)))
        #expect(try await store.count([counter], now: clock.now) == nil)
        #expect(try await store.value(for: counter.key) != nil)
        clock.advance(by: .seconds(901))
        #expect(try await store.value(for: counter.key) == nil)
        await store.close()
    }
}
