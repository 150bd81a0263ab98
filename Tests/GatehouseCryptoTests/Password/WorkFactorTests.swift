import GatehouseCore
import GatehouseCrypto
import Testing

@Suite("Rows that ask for far too much work")
struct WorkFactorTests {
    private let hashers = PasswordHashers(preferred: PBKDF2Hasher(iterations: 1), others: DjangoHashTests.kinds)

    @Test(
        "are refused at once, for no more memory than the caps allow",
        arguments: [
            "argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "argon2$argon2i$v=19$m=64,t=99999,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=262144,t=17,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "pbkdf2_sha256$99999999999$salt$" + String(repeating: "A", count: 43) + "=",
            "pbkdf2_sha1$2147483647$salt$" + String(repeating: "A", count: 27) + "=",
            "scrypt$1073741824$salt$8$1$" + String(repeating: "A", count: 86) + "==",
            "scrypt$1048576$salt$8$1$" + String(repeating: "A", count: 86) + "==",
            "scrypt$16384$salt$64$64$" + String(repeating: "A", count: 86) + "==",
            "scrypt$16384$salt$99999999$1$" + String(repeating: "A", count: 86) + "==",
            "bcrypt_sha256$$2b$31$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "bcrypt$$2b$15$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "$6$rounds=999999999$saltsalt$x", "$y$jZz$salt$x",
        ])
    func bombs(encoded: String) throws {
        #expect(hashers.memoryKiB(for: encoded) <= 1_024)
        let begin = ContinuousClock.now
        #expect(try !hashers.verify(Password("secret"), against: encoded).matches)
        #expect(ContinuousClock.now - begin < .seconds(1))
    }
}
