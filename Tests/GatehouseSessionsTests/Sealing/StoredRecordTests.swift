import GatehouseCore
import GatehouseCrypto
@testable import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Stored records")
struct StoredRecordTests {
    private func overwrite(_ keeping: Keeping, _ key: RecordKey, _ record: [UInt8]) async throws {
        _ = try await keeping.store.write(record, for: key, expiresIn: .seconds(60), when: .always)
    }

    @Test("give no session when one bit is flipped or the record is cut or longer")
    func altered() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        for key in [try keeping.sessionKey(token), try keeping.identityKey(Keeping.alice.user)] {
            let record = try #require(try await keeping.store.value(for: key))
            for bit in 0..<(record.count * 8) {
                var altered = record
                altered[bit / 8] ^= 1 << UInt8(bit % 8)
                try await overwrite(keeping, key, altered)
                #expect(try await keeping.isSignedIn(token) == false)
            }
            for length in 0..<record.count {
                try await overwrite(keeping, key, Array(record[..<length]))
                #expect(try await keeping.isSignedIn(token) == false)
            }
            try await overwrite(keeping, key, record + [0])
            #expect(try await keeping.isSignedIn(token) == false)
            try await overwrite(keeping, key, record)
            #expect(try await keeping.isSignedIn(token))
        }
    }

    @Test("give no session under another key, nor as a record of another kind")
    func moved() async throws {
        let keeping = try Keeping()
        let alice = try await keeping.start().token
        let bob = try await keeping.start(Keeping.bob).token
        let keys = [
            try keeping.sessionKey(alice), try keeping.sessionKey(bob), try keeping.identityKey(Keeping.alice.user),
            try keeping.identityKey(Keeping.bob.user),
        ]
        for from in keys {
            for to in keys where to != from {
                let kept = try #require(try await keeping.store.value(for: to))
                let record = try #require(try await keeping.store.value(for: from))
                try await overwrite(keeping, to, record)
                let isAlice = try await keeping.isSignedIn(alice)
                let isBob = try await keeping.isSignedIn(bob)
                #expect(isAlice == (to != keys[0] && to != keys[2]))
                #expect(isBob == (to != keys[1] && to != keys[3]))
                try await overwrite(keeping, to, kept)
            }
        }
        #expect(try await keeping.isSignedIn(alice))
        #expect(try await keeping.isSignedIn(bob))
    }

    @Test("give no session without the identity beside them")
    func orphan() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        try await keeping.store.remove([try keeping.identityKey(Keeping.alice.user)])
        #expect(try await keeping.isSignedIn(token) == false)
        // An identity that comes back has another epoch.
        keeping.clock.advance(by: .milliseconds(1))
        _ = try await keeping.start()
        #expect(try await keeping.isSignedIn(token) == false)
    }

    private let session = Session(
        user: UserReference(backend: "database", id: "1"), signedInAt: Timestamp(milliseconds: 1),
        lastSeen: Timestamp(milliseconds: -2), limits: SessionLimits(idle: .milliseconds(3), absolute: .seconds(4)),
        isRemembered: true, epoch: .max)

    @Test("come back as they were written")
    func roundTrip() throws {
        #expect(Session(decoding: try session.encoded()) == session)
        let stored = StoredIdentity(identity: Keeping.alice, epoch: 7, readAt: Timestamp(milliseconds: .max))
        #expect(StoredIdentity(decoding: try stored.encoded()) == stored)
        let empty = StoredIdentity(
            identity: Identity(user: UserReference(backend: "", id: ""), name: ""), epoch: 0,
            readAt: Timestamp(milliseconds: .min))
        #expect(StoredIdentity(decoding: try empty.encoded()) == empty)
    }

    @Test("hold what was typed where somebody needs it; all others are read and written as before")
    func typed() throws {
        let now = Timestamp(milliseconds: 8)
        let plain = try StoredIdentity(identity: Keeping.alice, epoch: 7, readAt: now).encoded()
        #expect(plain.first == 2)
        #expect(StoredIdentity(decoding: plain)?.identity.typed == nil)
        for typed: UTF8Text in ["alice@example.com", ""] {
            let identity = Identity(user: Keeping.alice.user, name: "alice", typed: typed)
            let bytes = try StoredIdentity(identity: identity, epoch: 7, readAt: now).encoded()
            #expect(bytes.first == 3)
            #expect(StoredIdentity(decoding: bytes)?.identity.typed == typed)
            for length in bytes.indices { #expect(StoredIdentity(decoding: Array(bytes[..<length])) == nil) }
            #expect(StoredIdentity(decoding: bytes + [0]) == nil)
            for version in UInt8.min...UInt8.max where version != 3 {
                #expect(StoredIdentity(decoding: [version] + bytes.dropFirst()) == nil)
            }
            #expect(StoredIdentity(decoding: [3] + plain.dropFirst()) == nil)
        }
    }

    @Test("of another version, cut, longer or with an impossible flag are none, and none of them traps")
    func strictLayout() throws {
        let bytes = try session.encoded()
        #expect(Session(decoding: []) == nil)
        for version in UInt8.min...UInt8.max where version != 1 {
            #expect(Session(decoding: [version] + bytes.dropFirst()) == nil)
        }
        for length in bytes.indices { #expect(Session(decoding: Array(bytes[..<length])) == nil) }
        #expect(Session(decoding: bytes + [0]) == nil)
        var flag = bytes
        flag[1 + 4 * 8] = 2
        #expect(Session(decoding: flag) == nil)
        let stored = try StoredIdentity(identity: Keeping.alice, epoch: 7, readAt: Timestamp(milliseconds: 8)).encoded()
        for length in stored.indices { #expect(StoredIdentity(decoding: Array(stored[..<length])) == nil) }
        #expect(StoredIdentity(decoding: stored + [0]) == nil)
        #expect(StoredIdentity(decoding: bytes) == nil)
        #expect(Session(decoding: stored) == nil)
    }

    @Test("with wild times give answers, not traps")
    func wildTimes() {
        for milliseconds in [Int64.min, -1, 0, 1, .max] {
            for limit in [Int64.min, -1, 0, .max] {
                let session = Session(
                    user: Keeping.alice.user, signedInAt: Timestamp(milliseconds: milliseconds),
                    lastSeen: Timestamp(milliseconds: ~milliseconds),
                    limits: SessionLimits(idle: .milliseconds(limit), absolute: .milliseconds(limit)),
                    isRemembered: false, epoch: 0)
                for now in [Int64.min, 0, .max] {
                    _ = session.isExpired(at: Timestamp(milliseconds: now))
                    _ = session.mayRenew(at: Timestamp(milliseconds: now))
                    _ = session.expiresAt.since(Timestamp(milliseconds: now))
                }
            }
        }
    }
}
