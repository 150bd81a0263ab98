import GatehouseCore
import GatehouseCrypto
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Secrets that are used once")
struct SecretRecordsTests {
    private let clock = ManualClock()
    private let store: MemoryRecordStore

    init() {
        let clock = clock
        store = MemoryRecordStore { clock.now }
    }

    private func records(_ kind: SecretKind) throws -> SecretRecords {
        SecretRecords(
            store: store, lookup: try LookupKey(Array(repeating: 7, count: 32)),
            seal: try SealKeyRing([SealKeyRing.Key(id: 1, secret: Array(repeating: 9, count: 32))]), prefix: "gh:",
            kind: kind)
    }

    private var content: SecretContent {
        SecretContent(
            user: UserReference(backend: "database", id: "1"), name: "alice", state: Octets16(high: 1, low: 2),
            isRemembered: true, destination: "https://app.example.com/", endsAt: clock.now.advanced(by: .seconds(600)))
    }

    @Test("stand for what was written, once, and of many who use them at once one does")
    func once() async throws {
        let records = try records(.reset)
        let token = try await records.make(content, now: clock.now)
        #expect(try await records.content(of: token, now: clock.now) == content)
        let now = clock.now
        let takers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await records.take(token, now: now) != nil } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(takers == 1)
        #expect(try await records.content(of: token, now: clock.now) == nil)
    }

    @Test("are over in time, and stand for nothing under another kind")
    func kinds() async throws {
        let token = try await records(.reset).make(content, now: clock.now)
        for kind in SecretKind.allCases where kind != .reset {
            #expect(try await records(kind).content(of: token, now: clock.now) == nil)
            #expect(try await records(kind).take(token, now: clock.now) == nil)
        }
        clock.advance(by: .seconds(600))
        #expect(try await records(.reset).content(of: token, now: clock.now) == nil)
    }

    @Test("leave nothing readable, and nothing that was altered or moved counts")
    func sealed() async throws {
        let records = try records(.reset)
        let token = try await records.make(content, now: clock.now)
        let (key, value) = try #require(store.dump.first)
        #expect(!key.description.contains(token.text))
        #expect(!String(decoding: value, as: UTF8.self).contains("alice"))
        let other = try await records.make(content, now: clock.now)
        let otherKey = try #require(store.dump.keys.first { $0 != key })
        _ = try await store.write(value, for: otherKey, expiresIn: .seconds(60), when: .always)
        #expect(try await records.content(of: other, now: clock.now) == nil)
        var altered = value
        altered[20] ^= 1
        _ = try await store.write(altered, for: key, expiresIn: .seconds(60), when: .always)
        #expect(try await records.content(of: token, now: clock.now) == nil)
    }

    @Test("cannot be made or used without the store")
    func down() async throws {
        let records = try records(.pending)
        let token = try await records.make(content, now: clock.now)
        store.isAvailable = false
        await #expect(throws: SessionError.self) { try await records.make(content, now: clock.now) }
        await #expect(throws: SessionError.self) { try await records.content(of: token, now: clock.now) }
    }
}
