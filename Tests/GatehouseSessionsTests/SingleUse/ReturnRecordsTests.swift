import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Addresses to come back to that wait in the store")
struct ReturnRecordsTests {
    private let keeping: Keeping
    private let token: SecretToken
    private let key: RecordKey
    private let sealed: [UInt8]

    init() throws {
        keeping = try Keeping()
        token = try #require(SecretToken(octets: [UInt8](repeating: 7, count: 32)))
        let vault = try keeping.secrets.makeVault()
        key = try vault.returnKey(token)
        let endsAt = keeping.clock.now.advanced(by: ReturnRecord.lifetime)
        sealed = try vault.seal(ReturnRecord(address: Array("/long".utf8), endsAt: endsAt), for: key)
    }

    @Test("are waited for where a browser was quicker than the store")
    func late() async throws {
        let (store, key, sealed) = (keeping.store, key, sealed)
        let pauses = Mutexed(0)
        let records = ReturnRecords(store: store, secrets: keeping.secrets) { _ in
            pauses.change { $0 += 1 }
            guard pauses.value == 2 else { return }
            _ = try? await store.write(sealed, for: key, expiresIn: ReturnRecord.lifetime, when: .always)
        }
        #expect(try await records.address(of: token, now: keeping.clock.now) == Array("/long".utf8))
        #expect(pauses.value == 2)
        // There by now: nobody waits.
        #expect(try await records.address(of: token, now: keeping.clock.now) == Array("/long".utf8))
        #expect(pauses.value == 2)
    }

    @Test("that never were are given up after a moment, and those that are over at once")
    func missing() async throws {
        let pauses = Mutexed<[Duration]>([])
        let records = ReturnRecords(store: keeping.store, secrets: keeping.secrets) { pause in
            pauses.change { $0.append(pause) }
        }
        #expect(try await records.address(of: token, now: keeping.clock.now) == nil)
        #expect(pauses.value.reduce(.zero, +) < .milliseconds(500) && pauses.value.count == 3)
        _ = try await keeping.store.write(sealed, for: key, expiresIn: .seconds(86_400), when: .always)
        let later = keeping.clock.now.advanced(by: ReturnRecord.lifetime)
        #expect(try await records.address(of: token, now: later) == nil)
        #expect(pauses.value.count == 3)
    }
}
