import GatehouseCore
import GatehouseCrypto
@testable import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Layouts of records")
struct RecordLayoutTests {
    @Test("of every version mean what they meant, and are written as they were")
    func golden() throws {
        try check(GoldenLayouts.session)
        try check(GoldenLayouts.identity)
        try check(GoldenLayouts.origin)
        try check(GoldenLayouts.secret)
        try check(GoldenLayouts.wayBack)
        try check(GoldenLayouts.setup)
        try check(GoldenLayouts.providerStart)
        try check(GoldenLayouts.providerMessage)
        try check(GoldenLayouts.provider)
        #expect(StoredIdentity(decoding: GoldenLayouts.identity1) == nil)
    }

    private func check<Record: RecordLayout>(_ golden: [GoldenLayout<Record>]) throws {
        for layout in golden {
            let octets = layout.octets
            #expect(Record(decoding: octets) == layout.record)
            let written = try layout.record.encoded()
            #expect(Record.versions.contains(try #require(written.first)))
            // A version that is only read any more is written as a later one.
            if written.first == octets.first { #expect(written == octets) }
            for length in octets.indices { #expect(Record(decoding: Array(octets[..<length])) == nil) }
            #expect(Record(decoding: octets + [0]) == nil)
            for version in UInt8.min...UInt8.max where !Record.versions.contains(version) {
                #expect(Record(decoding: [version] + octets.dropFirst()) == nil)
            }
        }
        #expect(
            Set(golden.compactMap(\.octets.first)) == Set(Record.versions),
            "\(Record.self) has a version without octets in GoldenLayouts")
    }

    // MARK: - Sealed

    private static let token = SecretToken(octets: Array(0..<32))
    private static let moment = GoldenLayouts.moment

    private func secrets() throws -> SessionSecrets { try Keeping.makeSecrets(lookup: 7, seal: [(1, 9)]) }

    /// Source: HMAC-SHA-256, HKDF-SHA-256 and AES-256-GCM of Python's `cryptography`, nonce 00 … 0b.
    @Test("open from a store in which another implementation sealed them")
    func sealed() throws {
        let vault = try secrets().makeVault()
        let token = try #require(RecordLayoutTests.token)
        let session = vault.sessionKey(try vault.id(of: token))
        #expect(session.description == "gh:s:93WJQr4UpzG9NK2fs5eP_w")
        let value = octets(
            hex: """
                0101000102030405060708090a0b7e06769597fcf653e6524d2d8b5df2962224e392e1d3fba5ef6681787e38f649436e
                ea306100df62388045d5ee9c93b6134ae21a31115cfc424557ec989276a022b128fedff7e5fd
                """)
        #expect(vault.session(in: value, of: session) == GoldenLayouts.session[0].record)
        let identity = vault.identityKey(try vault.id(of: GoldenLayouts.alice))
        #expect(identity.description == "gh:u:{nDqESd6_H4HMI9McDWvv5g}")
        let stored = octets(
            hex: """
                0101000102030405060708090a0b7d06769597fcf653e6524d2d8b5df1b8fa24ebf680a7ac290e15e4787c09e215460e
                865903ee108a11972cbeefddabbe154ff4135d1379af03c0ead61224af454fa47baa0221e43e67b4b9d6edf0aa632b8b
                09147d89b0a400a4b110abb4c3c2f2f79c0db3a01c1ce75c1087900d7a88ad591d1defc487f8f954901b7ab03cc56af7
                5f2084d2529d2ad7337bd3bc396f66560cf5f59c3b2724529daea90e5016f75359b80a3ec3c7e094ac108f
                """)
        #expect(vault.identity(in: stored, of: identity) == GoldenLayouts.identity[0].record)
    }

    @Test("behind secrets that are used once open from such a store, too, open and claimed")
    func sealedOnce() async throws {
        let start = "0101000102030405060708090a0b7e06769597"
        try await open(
            .reset, GoldenLayouts.secret[0].record, "gh:r:IWEZ28yZVlWo1_tRYGPzKw", start,
            """
            fcfdaba652454861e675a698578692e3e7ff4b6a07ed111d58d114416cee35668c188e5af049d084f2f7d67133f90b45
            631bf44086e8c3226fb25c43b967a3496ce83c0b9b
            """, "71160b03f18d3fc4206cb128bbe17e49", "5b18e2edda265517e9394facba2df182")
        try await open(
            .pending, GoldenLayouts.secret[0].record, "gh:p:SKoKKB4j-Vew856sh3rl3w", start,
            """
            fcfdaba652454861e675a698578692e3e7ff4b6a07ed111d58d114416cee35668c188e5af049d084f2f7d67133f90b45
            631bf44086e8c3226fb25c43b967a3496ce83c0b9b
            """, "86179476ff93497157b704bac6db1b19", "65fe2b403869c5e1d940b7544e23dfa1")
        try await open(
            .setup, GoldenLayouts.setup[0].record, "gh:a:ZIJsktSmDSCyt0NXVmizoA", start,
            "e30f6d66", "b91fb3d542f6fc32754d2ea3e454e702", "136c9e60d7b95463c5bf3ea4f32f1336")
        try await open(
            .wayBack, GoldenLayouts.wayBack[0].record, "gh:w:honvggS3_z5US5wkducNgA", start,
            "e313e42652514474e664b7c30bccf391a3e32e1707ec081258fe762c02c50f11b621",
            "bf4f7cb894d766821066fed843a8a271", "52a2ba735502ad5f028d7d8e7c78c39d")
    }

    /// The same octets in both states: only what they are sealed for, and so the tag at the end, is another.
    private func open<Content: SingleUseContent>(
        _ kind: SecretKind, _ content: Content, _ key: String, _ start: String, _ text: String, _ openTag: String,
        _ claimedTag: String
    ) async throws {
        let store = MemoryRecordStore { RecordLayoutTests.moment }
        let records = SingleUseStore<Content>(kind, in: store, secrets: try secrets())
        let token = try #require(RecordLayoutTests.token)
        let (place, now) = (RecordKey(Array(key.utf8)), RecordLayoutTests.moment)
        #expect(try secrets().makeVault().key(kind, token) == place)
        let open = octets(hex: start + text + openTag)
        _ = try await store.write(open, for: place, expiresIn: .seconds(60), when: .always)
        #expect(try await records.open(token, now: now) == content)
        let claimed = octets(hex: start + text + claimedTag)
        _ = try await store.write(claimed, for: place, expiresIn: .seconds(60), when: .always)
        #expect(try await records.open(token, now: now) == nil)
        try await records.release(token, now: now)
        #expect(try await records.claim(token, now: now) == content)
    }

    // MARK: - From the future

    @Test("from the future sign nobody in, and stay as they are")
    func future() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        let keys = [try keeping.sessionKey(token), try keeping.identityKey(Keeping.alice.user)]
        let sealer = try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 2, count: 32))]).makeSealer()
        for key in keys {
            let value = try #require(try await keeping.store.value(for: key))
            var plain = try #require(sealer.open(value, name: key.bytes))
            plain[0] = 200
            let future = try sealer.seal(plain + Array("a field of tomorrow".utf8), name: key.bytes)
            _ = try await keeping.store.write(future, for: key, expiresIn: .seconds(60), when: .always)
            #expect(try await keeping.isSignedIn(token) == false)
            #expect(try await keeping.store.value(for: key) == future)
            _ = try await keeping.store.write(value, for: key, expiresIn: .seconds(60), when: .always)
            #expect(try await keeping.isSignedIn(token))
        }
    }

    @Test("from the future stand for nothing behind a secret that is used once, and stay as they are")
    func futureSecret() async throws {
        let keeping = try Keeping()
        let records = SingleUseStore<SetupContent>(.setup, in: keeping.store, secrets: keeping.secrets)
        let now = keeping.clock.now
        let token = try await records.make(SetupContent(endsAt: now.advanced(by: .seconds(60))), now: now)
        let (key, value) = try #require(keeping.store.dump.first)
        let sealer = try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 2, count: 32))]).makeSealer()
        let plain = try #require(sealer.open(value, name: key.bytes))
        let future = try sealer.seal([200] + plain.dropFirst() + [7], name: key.bytes)
        _ = try await keeping.store.write(future, for: key, expiresIn: .seconds(60), when: .always)
        #expect(try await records.open(token, now: now) == nil)
        #expect(try await records.claim(token, now: now) == nil)
        try await records.release(token, now: now)
        #expect(keeping.store.dump == [key: future])
    }
}
