import GatehouseCore
import GatehouseTestSupport
import Testing

@Suite("The store in memory")
struct MemoryRecordStoreTests {
    @Test("keeps every promise of the port", arguments: RecordStoreCheck.allCases)
    func conforms(check: RecordStoreCheck) async throws {
        let clock = ManualClock()
        let store = MemoryRecordStore(clock: { clock.now })
        try await check.run(on: store, elapse: { clock.advance(by: $0) })
    }

    @Test("can be switched off")
    func switchedOff() async throws {
        let store = MemoryRecordStore(clock: { Timestamp(milliseconds: 0) })
        store.isAvailable = false
        await #expect(throws: StoreError.self) { try await store.ping() }
    }
}
