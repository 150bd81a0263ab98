import GatehouseCore
import GatehouseCrypto
@testable import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Secrets that are used once")
struct SingleUseStoreTests {
    private let clock = ManualClock()
    private let store: MemoryRecordStore

    init() {
        let clock = clock
        store = MemoryRecordStore { clock.now }
    }

    private func records(_ kind: SecretKind, in store: (any RecordStore)? = nil) throws -> SecretRecords {
        SecretRecords(kind, in: store ?? self.store, secrets: try Keeping.makeSecrets(lookup: 7, seal: [(1, 9)]))
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
        #expect(try await records.open(token, now: clock.now) == content)
        let now = clock.now
        let takers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await records.claim(token, now: now) != nil } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(takers == 1)
        #expect(try await records.open(token, now: clock.now) == nil)
        #expect(try await records.claim(token, now: clock.now) == nil)
        try await records.end(token)
        #expect(try await records.open(token, now: clock.now) == nil)
        #expect(store.dump.isEmpty)
    }

    @Test("say where their way led while they are claimed, and to whoever claimed them nothing else")
    func claimed() async throws {
        let records = try records(.provider)
        let token = try await records.make(content, now: clock.now)
        #expect(try await records.claimed(token, now: clock.now) == nil)
        _ = try await records.claim(token, now: clock.now)
        #expect(try await records.claimed(token, now: clock.now) == content)
        #expect(try await records.open(token, now: clock.now) == nil)
        clock.advance(by: .seconds(600))
        #expect(try await records.claimed(token, now: clock.now) == nil)
    }

    @Test("may be made elsewhere, and take no other one's place")
    func remembered() async throws {
        let records = try records(.providerMessage)
        let token = try #require(SecretToken(octets: Array(0..<32)))
        #expect(try await records.remember(token, content, now: clock.now))
        #expect(try await records.remember(token, content, now: clock.now) == false)
        #expect(try await records.open(token, now: clock.now) == content)
        try await records.end(token)
        #expect(try await records.remember(token, content, now: clock.now))
        clock.advance(by: .seconds(600))
        #expect(try await records.open(token, now: clock.now) == nil)
    }

    @Test("can change while they are open, and not after")
    func changed() async throws {
        let records = try records(.provider)
        let token = try await records.make(content, now: clock.now)
        func change() async throws -> Bool {
            try await records.change(token, now: clock.now) {
                SecretContent(user: $0.user, name: "bob", state: $0.state, endsAt: $0.endsAt)
            }
        }
        #expect(try await change())
        #expect(try await records.open(token, now: clock.now)?.name == "bob")
        #expect(try await records.claim(token, now: clock.now)?.name == "bob")
        #expect(try await change() == false)
        try await records.end(token)
        #expect(try await change() == false)
        #expect(store.dump.isEmpty)
    }

    @Test("can be given back by whoever has them, and are used once all the same")
    func released() async throws {
        let records = try records(.pending)
        let token = try await records.make(content, now: clock.now)
        for _ in 0..<3 {
            #expect(try await records.claim(token, now: clock.now) == content)
            #expect(try await records.open(token, now: clock.now) == nil)
            try await records.release(token, now: clock.now)
            #expect(try await records.open(token, now: clock.now) == content)
        }
        // Open already: nothing is written.
        let before = store.dump
        try await records.release(token, now: clock.now)
        #expect(store.dump == before)
        #expect(try await records.claim(token, now: clock.now) == content)
        try await records.end(token)
        try await records.release(token, now: clock.now)
        #expect(store.dump.isEmpty)
    }

    @Test("that are claimed and left stay so until they are over")
    func abandoned() async throws {
        let records = try records(.reset)
        let token = try await records.make(content, now: clock.now)
        _ = try await records.claim(token, now: clock.now)
        clock.advance(by: .seconds(599))
        #expect(try await records.claim(token, now: clock.now) == nil)
        #expect(store.dump.count == 1)
        clock.advance(by: .seconds(1))
        try await records.release(token, now: clock.now)
        #expect(try await records.open(token, now: clock.now) == nil)
        #expect(store.dump.isEmpty)
    }

    @Test("are over in time, and stand for nothing under another kind")
    func kinds() async throws {
        let token = try await records(.reset).make(content, now: clock.now)
        for kind in SecretKind.allCases where kind != .reset {
            #expect(try await records(kind).open(token, now: clock.now) == nil)
            #expect(try await records(kind).claim(token, now: clock.now) == nil)
        }
        clock.advance(by: .seconds(600))
        #expect(try await records(.reset).open(token, now: clock.now) == nil)
    }

    @Test("of one kind are refused under the key of any other, open or claimed", arguments: SecretKind.allCases)
    func pairs(kind: SecretKind) async throws {
        let secret = try await records(kind).make(content, now: clock.now)
        let key = try #require(store.dump.keys.first)
        let (now, lifetime) = (clock.now, Duration.seconds(600))
        for isClaimed in [false, true] {
            if isClaimed { #expect(try await records(kind).claim(secret, now: now) != nil) }
            let value = try #require(store.dump[key])
            for other in SecretKind.allCases where other != kind {
                let records = try records(other)
                let vault = try Keeping.makeSecrets(lookup: 7, seal: [(1, 9)]).makeVault()
                let place = try vault.key(other, secret)
                #expect(place != key)
                _ = try await store.write(value, for: place, expiresIn: lifetime, when: .always)
                #expect(try await records.open(secret, now: now) == nil)
                #expect(try await records.claim(secret, now: now) == nil)
                try await records.release(secret, now: now)
                #expect(store.dump[place] == value)
                try await store.remove([place])
            }
        }
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
        #expect(try await records.open(other, now: clock.now) == nil)
        var altered = value
        altered[20] ^= 1
        _ = try await store.write(altered, for: key, expiresIn: .seconds(60), when: .always)
        #expect(try await records.open(token, now: clock.now) == nil)
    }

    @Test("cannot be made or used without the store")
    func down() async throws {
        let records = try records(.pending)
        let token = try await records.make(content, now: clock.now)
        store.isAvailable = false
        await #expect(throws: SessionError.self) { try await records.make(content, now: clock.now) }
        await #expect(throws: SessionError.self) { try await records.open(token, now: clock.now) }
        await #expect(throws: SessionError.self) { try await records.claim(token, now: clock.now) }
        await #expect(throws: SessionError.self) { try await records.release(token, now: clock.now) }
        await #expect(throws: SessionError.self) { try await records.end(token) }
    }

    // MARK: - Steps that come between a read and its write

    @Test("claimed by somebody else between the reading and the writing are that one's")
    func claimedMeanwhile() async throws {
        let (quick, now) = (try records(.pending), clock.now)
        let token = try await quick.make(content, now: now)
        let winner = Mutexed<SecretContent?>(nil)
        let between = InterruptedStore(store) {
            let found = try? await quick.claim(token, now: now)
            winner.change { $0 = found }
        }
        #expect(try await records(.pending, in: between).claim(token, now: now) == nil)
        #expect(winner.value == content)
        #expect(try await quick.open(token, now: now) == nil)
    }

    @Test("ended between the reading and the writing are claimed by nobody, and do not come back")
    func endedMeanwhile() async throws {
        let (quick, now) = (try records(.pending), clock.now)
        let token = try await quick.make(content, now: now)
        let end = InterruptedStore(store) { try? await quick.end(token) }
        #expect(try await records(.pending, in: end).claim(token, now: now) == nil)
        #expect(store.dump.isEmpty)
        let other = try await quick.make(content, now: now)
        #expect(try await quick.claim(other, now: now) != nil)
        let again = InterruptedStore(store) { try? await quick.end(other) }
        try await records(.pending, in: again).release(other, now: now)
        #expect(store.dump.isEmpty)
    }

    @Test("given back twice are claimed once")
    func releasedMeanwhile() async throws {
        let (quick, now) = (try records(.pending), clock.now)
        let token = try await quick.make(content, now: now)
        #expect(try await quick.claim(token, now: now) != nil)
        let winner = Mutexed<SecretContent?>(nil)
        let between = InterruptedStore(store) {
            try? await quick.release(token, now: now)
            let found = try? await quick.claim(token, now: now)
            winner.change { $0 = found }
        }
        // Whoever gives it back late does not take it from the one who has it since.
        try await records(.pending, in: between).release(token, now: now)
        #expect(winner.value == content)
        #expect(try await quick.open(token, now: now) == nil)
    }
}

/// A store in which something happens once between the first read and what follows it.
private struct InterruptedStore: RecordStore {
    private let base: MemoryRecordStore
    private let interruption: @Sendable () async -> Void
    private let isDone = Mutexed(false)

    init(_ base: MemoryRecordStore, _ interruption: @escaping @Sendable () async -> Void) {
        self.base = base
        self.interruption = interruption
    }

    func value(for key: RecordKey) async throws(StoreError) -> [UInt8]? {
        let value = try await base.value(for: key)
        if !isDone.value {
            isDone.change { $0 = true }
            await interruption()
        }
        return value
    }

    func write(
        _ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition
    ) async throws(StoreError) -> Bool {
        try await base.write(value, for: key, expiresIn: expiresIn, when: condition)
    }

    func remove(_ keys: [RecordKey]) async throws(StoreError) { try await base.remove(keys) }

    func addMember(_ member: [UInt8], to key: RecordKey, expiresIn: Duration) async throws(StoreError) {
        try await base.addMember(member, to: key, expiresIn: expiresIn)
    }

    func removeMember(_ member: [UInt8], from key: RecordKey) async throws(StoreError) {
        try await base.removeMember(member, from: key)
    }

    func members(of key: RecordKey) async throws(StoreError) -> [[UInt8]] { try await base.members(of: key) }
    func ping() async throws(StoreError) { try await base.ping() }
}
