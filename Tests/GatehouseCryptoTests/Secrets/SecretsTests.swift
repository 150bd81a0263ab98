import GatehouseCore
@testable import GatehouseCrypto
import Testing

/// The octets that a text of hexadecimal digits spells.
func octets(_ hex: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(hex.utf8)[...]
    while !rest.isEmpty {
        bytes.append(try #require(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)))
        rest = rest.dropFirst(2)
    }
    return bytes
}

/// The key of all vectors below: 00 01 … 1f.
let vectorKey = Array(UInt8(0)..<32)

@Suite("Keys and keyed hashes")
struct SecretsTests {
    /// Source of the vectors: Python's `hmac` and `hashlib` over the construction of the design.
    @Test("give the ids that HMAC-SHA-256 gives elsewhere")
    func lookupIDs() throws {
        let hasher = try LookupKey(vectorKey).makeHasher()
        let token = try #require(SecretToken(octets: Array(100..<132)))
        // Several times, since one context is used again and again.
        for _ in 0..<3 {
            #expect(try hasher.id(of: token, kind: .session).octets == octets("144bbc893ccddc1cc7cb9e884a0c2f86"))
            #expect(try hasher.id(of: token, kind: .csrf).octets == octets("1aaf41313b6e079e969b5087c5999f73"))
            let user = UserReference(backend: "database", id: "42")
            #expect(try hasher.id(of: user).octets == octets("e615502882b8c0b41a209466ef18bd8c"))
        }
    }

    @Test("give another id for every kind, every key and every token")
    func distinct() throws {
        let token = try #require(SecretToken(octets: vectorKey))
        var other = vectorKey
        other[31] ^= 1
        let neighbour = try #require(SecretToken(octets: other))
        var ids: Set<Octets16> = []
        for key in [vectorKey, other] {
            let hasher = try LookupKey(key).makeHasher()
            for kind in SecretKind.allCases {
                ids.insert(try hasher.id(of: token, kind: kind))
                ids.insert(try hasher.id(of: neighbour, kind: kind))
            }
        }
        #expect(ids.count == 4 * SecretKind.allCases.count)
    }

    @Test("keep backend and id of a user apart")
    func users() throws {
        let hasher = try LookupKey(vectorKey).makeHasher()
        let one = try hasher.id(of: UserReference(backend: "a", id: "bc"))
        #expect(try hasher.id(of: UserReference(backend: "ab", id: "c")) != one)
        #expect(try hasher.id(of: UserReference(backend: "a", id: "BC")) != one)
    }

    /// Source: RFC 5869 as Python's `hmac` computes it, which gives the output of its test case 3.
    @Test("are derived as RFC 5869 says, without a salt")
    func derivation() throws {
        let seal = try octets("1ce99cf8780886b61a4a0b2acc9c2ca393b804fdfdc0f3c1c557998d85766326")
        #expect(try KeyDerivation.key(from: vectorKey, purpose: "gatehouse seal v1") == seal)
        let csrf = try octets("8f4a9cd5d48c86e4eacf6916b97714afc47e31cf35b20f2b5ea582f102921691")
        #expect(try KeyDerivation.key(from: vectorKey, purpose: "gatehouse csrf v1") == csrf)
        let mac = try octets("c45bb2ae28e21fe7356d391995a82b12404483ede68d2bb9d026b709b2c91caf")
        #expect(try LookupKey(vectorKey).makeCSRFKey().mac(of: Array("abc".utf8), purpose: "login") == mac)
        #expect(try LookupKey(vectorKey).makeCSRFKey().mac(of: Array("abc".utf8), purpose: "logout") != mac)
    }

    @Test("must have 32 octets")
    func short() throws {
        #expect(throws: CryptoError.unusableKey) { try LookupKey(Array(vectorKey.dropLast())) }
        #expect(throws: CryptoError.unusableKey) { try KeyDerivation.key(from: [], purpose: "x") }
        let short = SealKeyRing.Key(id: 1, secret: Array(vectorKey.dropLast()))
        #expect(throws: CryptoError.unusableKey) { try SealKeyRing([short]) }
    }

    @Test("are never shown, whichever way they are printed")
    func redaction() throws {
        let key = SealKeyRing.Key(id: 1, secret: vectorKey)
        let secrets: [Any] = [
            try LookupKey(vectorKey), try LookupKey(vectorKey).makeCSRFKey(), key, try SealKeyRing([key]),
            try #require(SecretToken(octets: vectorKey)),
        ]
        let token = try #require(SecretToken(octets: vectorKey)).text
        for secret in secrets {
            var dumped = ""
            dump(secret, to: &dumped)
            for shown in [
                "\(secret)", String(reflecting: secret), String(describing: [secret]),
                String(describing: Optional(secret)), dumped,
            ] {
                #expect(shown.contains("<redacted>"))
                #expect(!shown.contains("31") && !shown.contains("0x1f") && !shown.contains(token))
            }
            #expect(Mirror(reflecting: secret).children.isEmpty)
        }
    }

    @Test("are compared whole; nothing equals nothing never")
    func comparison() {
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
        #expect(!ConstantTime.equal([1], []))
        #expect(!ConstantTime.equal([], []))
    }

    @Test("come from the system in any number, and never twice alike")
    func random() throws {
        #expect(try SystemRandom.octets(0).isEmpty)
        #expect(try SystemRandom.octets(-1).isEmpty)
        var seen: Set<[UInt8]> = []
        for _ in 0..<1_000 { seen.insert(try SystemRandom.octets(32)) }
        #expect(seen.count == 1_000)
        #expect(seen.allSatisfy { $0.count == 32 })
    }
}
