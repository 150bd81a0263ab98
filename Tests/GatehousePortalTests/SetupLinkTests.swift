import GatehouseCore
import GatehouseCrypto
import GatehouseSessions
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("The link for the first administrator")
struct SetupLinkTests {
    private let clock = ManualClock()
    private let store: MemoryRecordStore
    private let lookup: LookupKey
    private let link: SetupLink

    init() throws {
        let clock = clock
        store = MemoryRecordStore { clock.now }
        lookup = try LookupKey([UInt8](repeating: 7, count: 32))
        link = SetupLink(store: store, lookup: lookup, prefix: "gh:")
    }

    @Test("is known to the store by a keyed hash of a kind of its own only")
    func stored() async throws {
        let token = try await link.make(now: clock.now)
        let (key, value) = try #require(store.dump.first)
        #expect(store.dump.count == 1)
        #expect(key.description.hasPrefix("gh:a:") && key.bytes.count == 27)
        #expect(value.count == 9)
        let asSession = try lookup.makeHasher().id(of: token, kind: .session)
        var session: [UInt8] = []
        asSession.appendBase64URL(to: &session)
        #expect(!key.bytes.suffix(22).elementsEqual(session))
        #expect(!key.description.contains(token.text))
    }

    @Test("works for an hour")
    func expiry() async throws {
        let token = try await link.make(now: clock.now)
        clock.advance(by: .seconds(3_599))
        #expect(try await link.isOpen(token, now: clock.now))
        clock.advance(by: .seconds(1))
        #expect(try await !link.isOpen(token, now: clock.now))
        #expect(try await !link.claim(token, now: clock.now))
    }

    @Test("can be taken by one of many at once, and given back by that one")
    func claims() async throws {
        let token = try await link.make(now: clock.now)
        let (link, now) = (link, clock.now)
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await link.claim(token, now: now) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
        #expect(try await !link.isOpen(token, now: now))
        try await link.release(token, now: now)
        #expect(try await link.isOpen(token, now: now))
        #expect(try await link.claim(token, now: now))
        try await link.end(token)
        try await link.release(token, now: now)
        #expect(try await !link.isOpen(token, now: now))
        #expect(store.dump.isEmpty)
    }

    @Test("is none that nobody made, and none under another key")
    func unknown() async throws {
        let token = try await link.make(now: clock.now)
        let other = try #require(SecretToken(octets: [UInt8](repeating: 1, count: 32)))
        #expect(try await !link.isOpen(other, now: clock.now))
        let foreign = SetupLink(
            store: store, lookup: try LookupKey([UInt8](repeating: 8, count: 32)), prefix: "gh:")
        #expect(try await !foreign.isOpen(token, now: clock.now))
    }

    @Test("is not believed to work when the store gives no answer")
    func unavailable() async throws {
        let token = try await link.make(now: clock.now)
        store.isAvailable = false
        await #expect(throws: SessionError.self) { try await link.isOpen(token, now: clock.now) }
        await #expect(throws: SessionError.self) { try await link.claim(token, now: clock.now) }
        await #expect(throws: SessionError.self) { try await link.make(now: clock.now) }
    }
}
