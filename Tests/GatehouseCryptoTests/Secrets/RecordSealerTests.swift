@testable import GatehouseCrypto
import Testing

@Suite("Sealed records")
struct RecordSealerTests {
    private let name = Array("gh:s:name".utf8)

    private func sealer(_ keys: (UInt8, [UInt8])...) throws -> RecordSealer {
        try SealKeyRing(keys.map { SealKeyRing.Key(id: $0.0, secret: $0.1) }).makeSealer()
    }

    private let otherKey = [UInt8](repeating: 7, count: 48)

    /// Source: AES-256-GCM of Python's `cryptography` under the derived key, nonce 00 … 0b.
    @Test("open when another implementation sealed them")
    func vector() throws {
        let nonce = Array(UInt8(0)..<12)
        let text = try octets("ea35662656b7adb6249990f6d17c928aec4e7df2eaf9fcd90d382ea7")
        #expect(try sealer((1, vectorKey)).open([1, 1] + nonce + text, name: name) == Array("hello record".utf8))
    }

    @Test("give back what was sealed, of any size", arguments: [0, 1, 15, 16, 17, 200, 4_096, 16_354])
    func roundTrip(size: Int) throws {
        let sealer = try sealer((9, vectorKey))
        let plain = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sealed = try sealer.seal(plain, name: name)
        #expect(sealed.count == size + 30)
        #expect(sealed.prefix(2) == [1, 9])
        #expect(sealer.open(sealed, name: name) == plain)
        #expect(try sealer.seal(plain, name: name) != sealed, "a nonce is never used twice")
    }

    @Test("are nothing when they are longer than any record")
    func tooLong() throws {
        let sealer = try sealer((1, vectorKey))
        let sealed = try sealer.seal([UInt8](repeating: 0, count: RecordSealer.maxSealedLength - 29), name: name)
        #expect(sealed.count > RecordSealer.maxSealedLength)
        #expect(sealer.open(sealed, name: name) == nil)
    }

    @Test("are nothing when one bit is flipped, an octet is missing or added, or the name is another")
    func tampering() throws {
        let sealer = try sealer((1, vectorKey), (2, otherKey))
        let sealed = try sealer.seal(Array("a record".utf8), name: name)
        for index in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[index] ^= 1 << UInt8(bit)
                #expect(sealer.open(altered, name: name) == nil)
            }
            #expect(sealer.open(Array(sealed[..<index]), name: name) == nil)
        }
        #expect(sealer.open(sealed + [0], name: name) == nil)
        for other in ["gh:s:namf", "gh:s:nam", "gh:s:namee", "", "gh:u:name"] {
            #expect(sealer.open(sealed, name: Array(other.utf8)) == nil)
        }
        // A failure leaves nothing behind in the context.
        #expect(sealer.open(sealed, name: name) == Array("a record".utf8))
    }

    @Test("are written by the first key of a ring and read by all of them")
    func ring() throws {
        let old = try sealer((1, vectorKey))
        let both = try sealer((2, otherKey), (1, vectorKey))
        let new = try sealer((2, otherKey))
        let before = try old.seal([5], name: name)
        let after = try both.seal([6], name: name)
        #expect(after[1] == 2)
        #expect(both.open(before, name: name) == [5])
        #expect(both.open(after, name: name) == [6])
        #expect(new.open(after, name: name) == [6])
        #expect(new.open(before, name: name) == nil)
        #expect(old.open(after, name: name) == nil)
        // The same id with another key opens nothing.
        #expect(try sealer((1, otherKey)).open(before, name: name) == nil)
    }

    @Test("need a ring with keys whose ids differ and are not 0")
    func rings() throws {
        let key = SealKeyRing.Key(id: 1, secret: vectorKey)
        #expect(throws: CryptoError.unusableKey) { try SealKeyRing([]) }
        #expect(throws: CryptoError.unusableKey) { try SealKeyRing([key, SealKeyRing.Key(id: 1, secret: otherKey)]) }
        #expect(throws: CryptoError.unusableKey) { try SealKeyRing([SealKeyRing.Key(id: 0, secret: vectorKey)]) }
        #expect(throws: Never.self) { try SealKeyRing([key, SealKeyRing.Key(id: 255, secret: otherKey)]) }
    }
}
