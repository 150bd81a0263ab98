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
        link = SetupLink(store: store, secrets: try SetupLinkTests.secrets(lookup))
    }

    private static func secrets(_ lookup: LookupKey, seal: UInt8 = 9) throws -> SessionSecrets {
        SessionSecrets(
            lookup: lookup,
            seal: try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: seal, count: 32))]),
            prefix: "gh:")
    }

    @Test("is known to the store by a keyed hash of a kind of its own only")
    func stored() async throws {
        let token = try await link.make(now: clock.now)
        let (key, value) = try #require(store.dump.first)
        #expect(store.dump.count == 1)
        #expect(key.description.hasPrefix("gh:a:") && key.bytes.count == 27)
        // Sealed: version, end, and 30 octets around them.
        #expect(value.count == 9 + 30)
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
            store: store, secrets: try SetupLinkTests.secrets(try LookupKey([UInt8](repeating: 8, count: 32))))
        #expect(try await !foreign.isOpen(token, now: clock.now))
        let unsealing = SetupLink(store: store, secrets: try SetupLinkTests.secrets(lookup, seal: 8))
        #expect(try await !unsealing.isOpen(token, now: clock.now))
    }

    @Test("is none if the version before made it, which did not seal what it wrote")
    func unsealed() async throws {
        let token = try await link.make(now: clock.now)
        let key = try #require(store.dump.keys.first)
        let end = UInt64(clock.now.advanced(by: SetupLink.lifetime).milliseconds)
        let before = [1] + (0..<8).map { UInt8(truncatingIfNeeded: end >> (56 - 8 * UInt64($0))) }
        _ = try await store.write(before, for: key, expiresIn: SetupLink.lifetime, when: .always)
        #expect(try await !link.isOpen(token, now: clock.now))
        #expect(try await !link.claim(token, now: clock.now))
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
