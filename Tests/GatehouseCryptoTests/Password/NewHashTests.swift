import GatehouseCore
import GatehouseCrypto
import Testing

@Suite("What new hashes are like")
struct NewHashTests {
    @Test("they match, fit Django's column of 128 characters and are not outdated")
    func make() throws {
        for hasher in [
            Argon2Hasher(), PBKDF2Hasher(iterations: 1_000), PBKDF2Hasher(.sha1, iterations: 1_000),
            BCryptHasher(cost: 4),
            BCryptHasher(.password, cost: 4), ScryptHasher(),
        ] as [any PasswordHasher] {
            let encoded = try hasher.make(Password("secret"))
            let hash = try #require(EncodedHash(encoded))
            #expect(encoded.utf8.count <= 128, "\(hasher.algorithm)")
            #expect(hasher.recognizes(hash) && !hasher.isOutdated(hash))
            #expect(try hasher.matches(Password("secret"), encoded: hash))
            #expect(try !hasher.matches(Password("Secret"), encoded: hash))
        }
    }

    @Test("with a pepper they need its key, and an older key or none is outdated")
    func pepper() throws {
        let first = PepperRing.Key(id: 1, secret: [UInt8](repeating: 1, count: 32))
        let second = PepperRing.Key(id: 2, secret: [UInt8](repeating: 2, count: 32))
        func hashers(_ keys: [PepperRing.Key]) -> PasswordHashers {
            PasswordHashers(preferred: PBKDF2Hasher(iterations: 1_000), pepper: PepperRing(keys))
        }
        let password = Password("secret")
        let plain = try hashers([]).make(password)
        let old = try hashers([first]).make(password)
        let new = try hashers([second, first]).make(password)
        #expect(old.hasPrefix("pepper$1$pbkdf2_sha256$") && new.hasPrefix("pepper$2$pbkdf2_sha256$"))
        let both = hashers([second, first])
        #expect(try both.verify(password, against: new) == .init(matches: true, mustUpdate: false))
        #expect(try both.verify(password, against: old) == .init(matches: true, mustUpdate: true))
        #expect(try both.verify(password, against: plain) == .init(matches: true, mustUpdate: true))
        #expect(try !both.verify(Password("other"), against: new).matches)
        #expect(try !hashers([second]).verify(password, against: old).matches)
        #expect(try !hashers([]).verify(password, against: old).matches)
        for broken in [
            "pepper$", "pepper$1", "pepper$1$", "pepper$x$\(plain)", "pepper$01$\(plain)", "pepper$1$pepper$1$\(plain)",
        ] {
            #expect(try !both.verify(password, against: broken).matches)
        }
        // As long as it can get beside argon2, the preferred kind.
        let argon2 = PasswordHashers(
            preferred: Argon2Hasher(), pepper: PepperRing([.init(id: 255, secret: [UInt8](repeating: 3, count: 32))]))
        #expect(try argon2.make(password).utf8.count <= 128)
    }
}
