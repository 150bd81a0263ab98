import Foundation
import GatehouseCore
import GatehouseCrypto
import Testing

/// An entry of `Vectors/passlib/hashes.json`: made with Python's passlib and hashlib.
private struct ModularVector: Decodable, CustomTestStringConvertible {
    let id: String
    let encoded: String
    let password: String
    let verify: Bool

    var testDescription: String { id }

    private struct File: Decodable { let entries: [ModularVector] }

    static func all(_ path: String = #filePath) throws -> [ModularVector] {
        let file = URL(fileURLWithPath: path).deletingLastPathComponent()
            .appendingPathComponent("../Vectors/passlib/hashes.json")
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).entries
    }
}

@Suite("Hashes made by Authelia and passlib")
struct ModularHashTests {
    private let hashers = PasswordHashers(
        preferred: PBKDF2Hasher(iterations: 1), others: [Argon2Hasher(), CryptHasher()])

    @Test("match the right password only, and are made anew", arguments: try ModularVector.all())
    private func verify(vector: ModularVector) throws {
        let verification = try hashers.verify(Password(vector.password), against: vector.encoded)
        #expect(verification == .init(matches: vector.verify, mustUpdate: vector.verify))
        #expect(hashers.memoryKiB(for: vector.encoded) <= 66_000)
        guard vector.verify else { return }
        #expect(hashers.refusal(of: vector.encoded) == nil)
        guard !vector.id.hasPrefix("authelia") else { return }
        for length in stride(from: 0, to: vector.encoded.utf8.count, by: 7) {
            let cut = String(decoding: Array(vector.encoded.utf8.prefix(length)), as: UTF8.self)
            #expect(try !hashers.verify(Password(vector.password), against: cut).matches, "\(cut)")
            #expect(hashers.refusal(of: cut) != nil, "\(cut)")
        }
    }

    @Test("of PBKDF2 match with the first 33 octets of their digest, and with no fewer than 32")
    func shortened() throws {
        let vector = try #require(try ModularVector.all().first { $0.id == "pbkdf2-sha512-0" })
        let short = String(vector.encoded.dropLast(86 - 44))
        #expect(try hashers.verify(Password(vector.password), against: short).matches)
        #expect(try !hashers.verify(Password(vector.password + "x"), against: short).matches)
        let shorter = String(vector.encoded.dropLast(86 - 40))
        #expect(try !hashers.verify(Password(vector.password), against: shorter).matches)
    }

    @Test(
        "are plain hashes behind a scheme in braces, whoever's it is",
        arguments: ["{CRYPT}", "{crypt}", "{SHA512-CRYPT}", "{BLF-CRYPT}", "{ARGON2ID}"])
    func schemes(scheme: String) throws {
        let hash = "$2y$04$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6"
        #expect(try hashers.verify(Password("correct horse ✓"), against: scheme + hash).matches)
        for none in ["{CRYPT}", "{CRYPT}x\(hash)", "{}{CRYPT}\(hash)", "{\(hash)", "{C R}\(hash)", "{CRYPT}!\(hash)"] {
            #expect(try !hashers.verify(Password("correct horse ✓"), against: none).matches)
        }
    }
}

@Suite("What a stored hash may ask for")
struct VerifyLimitsTests {
    private static func hashers(_ limits: VerifyLimits = .standard) -> PasswordHashers {
        PasswordHashers(
            preferred: PBKDF2Hasher(iterations: 1, limits: limits),
            others: [
                Argon2Hasher(limits: limits), BCryptHasher(limits: limits), BCryptHasher(.password, limits: limits),
                ScryptHasher(limits: limits), CryptHasher(limits: limits), MD5Hasher(),
            ])
    }

    private static let tail = "$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
    private static let bcrypt = "$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6"

    /// A hash, what is said about it, and whether the highest limits let it in.
    private static let costly: [(encoded: String, words: String, isLetIn: Bool)] = [
        (
            "$argon2id$v=19$m=1048576,t=1,p=1" + tail, "1GiB of memory (m=1048576); passwords.verify_memory is 256MiB",
            true
        ),
        ("argon2$argon2id$v=19$m=262145,t=1,p=1" + tail, "passwords.verify_memory is 256MiB", true),
        ("$argon2id$v=19$m=8388608,t=1,p=1" + tail, "nothing beyond 4GiB is ever computed", false),
        (
            "$argon2id$v=19$m=64,t=17,p=1" + tail,
            "17 iterations (t=17), more than 16; passwords.verify_work is 1, 2 would do", true
        ),
        ("$argon2id$v=19$m=256,t=1,p=17" + tail, "17 lanes (p=17), more than 16; no setting lets it in", false),
        ("$2y$15" + bcrypt, "cost 15, more than 14; passwords.verify_work is 1, 2 would do", true),
        ("$2b$17" + bcrypt, "cost 17, more than 14; passwords.verify_work is 1, 8 would do", true),
        ("bcrypt_sha256$$2b$17" + bcrypt, "passwords.verify_work is 1, 8 would do", true),
        (
            "$bcrypt-sha256$v=2,t=2b,r=19$6u.Vf.jY8B3BsHJ4Rk6rX.$h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "cost 19, more than 14; no passwords.verify_work lets it in", false
        ),
        (
            "$6$rounds=1000000$salt$" + String(repeating: "A", count: 86),
            "1000000 rounds (rounds=1000000), more than 500000; passwords.verify_work is 1, 2 would do", true
        ),
        ("$5$rounds=999999999$salt$" + String(repeating: "A", count: 43), "no passwords.verify_work lets it in", false),
        (
            "$pbkdf2-sha1$20000000$c2FsdA$" + String(repeating: "A", count: 27),
            "20000000 iterations, more than 10000000", true
        ),
        ("pbkdf2_sha256$20000000$salt$" + String(repeating: "A", count: 43) + "=", "2 would do", true),
        (
            "$scrypt$ln=20,r=8,p=1$c2FsdA$" + String(repeating: "A", count: 43),
            "of memory (ln=20, r=8, p=1); passwords.verify_memory is 256MiB", true
        ),
        ("scrypt$1048576$salt$8$1$" + String(repeating: "A", count: 86) + "==", "passwords.verify_memory", true),
        ("$y$jFT$salt$" + String(repeating: "A", count: 43), "passwords.verify_memory is 256MiB", true),
    ]

    @Test("is said with the limit that it is beyond, and refused at once", arguments: costly.indices)
    func refused(index: Int) throws {
        let (encoded, words, isLetIn) = Self.costly[index]
        let hashers = Self.hashers()
        let refusal = try #require(hashers.refusal(of: encoded))
        guard case .tooCostly(let reason) = refusal else {
            Issue.record("\(encoded): \(refusal)")
            return
        }
        #expect(reason.contains(words), "\(reason)")
        #expect(!"\(refusal)".contains("salt") && !"\(refusal)".contains("AAAA"), "no part of the hash: \(refusal)")
        #expect(hashers.memoryKiB(for: encoded) <= 1_024)
        let begin = ContinuousClock.now
        #expect(try !hashers.verify(Password("secret"), against: encoded).matches)
        #expect(ContinuousClock.now - begin < .seconds(1))
        let most = Self.hashers(VerifyLimits(memoryKiB: VerifyLimits.mostMemoryKiB, work: VerifyLimits.mostWork))
        #expect((most.refusal(of: encoded) == nil) == isLetIn, "\(String(describing: most.refusal(of: encoded)))")
    }

    @Test("can be raised: the same hash then matches, and its memory is asked for")
    func raised() throws {
        // 512 MiB would take a test long: a hash that is just beyond the limit of time, and cheap.
        let password = Password("secret")
        let encoded = try Argon2Hasher(.init(memoryKiB: 64, iterations: 17, parallelism: 1)).make(password)
        #expect(try !Self.hashers().verify(password, against: encoded).matches)
        let raised = Self.hashers(VerifyLimits(memoryKiB: 262_144, work: 2))
        #expect(try raised.verify(password, against: encoded).matches)
        let large = "$argon2id$v=19$m=1048576,t=1,p=1" + Self.tail
        let more = Self.hashers(VerifyLimits(memoryKiB: 1 << 20, work: 1))
        #expect(more.refusal(of: large) == nil && more.memoryKiB(for: large) == 1 << 20)
    }

    @Test("has a ceiling whatever is asked for, and no setting lowers it below what it needs")
    func ceiling() {
        let most = VerifyLimits(memoryKiB: .max, work: .max)
        #expect(most.memoryKiB == 4 << 20 && most.work == 16)
        #expect(VerifyLimits(memoryKiB: 0, work: 0) == VerifyLimits(memoryKiB: 1_024, work: 1))
    }

    @Test(
        "is said of what is malformed, with the piece that is",
        arguments: [
            ("$argon2id$v=19$m=65536,p=4" + tail, "argon2 without t="),
            ("$argon2id$v=19$m=65536,t=1,p=1$c2FsdHNhbHQ", "argon2 with a piece missing"),
            ("$argon2id$v=18$m=65536,t=1,p=1" + tail, "argon2 has the versions"),
            ("$argon2x$v=19$m=65536,t=1,p=1" + tail, "argon2 knows the types"),
            ("$argon2id$v=19$t=1,m=65536,p=1" + tail, "argon2's cost is written m=…,t=…,p=…"),
            ("$2y$10$", "bcrypt has a cost of 2 digits"), ("$2y$10", "bcrypt with a piece missing"),
            ("bcrypt_sha256$$2b$12", "bcrypt_sha256 has a whole bcrypt hash"),
            ("$2y$10$" + String(bcrypt.dropLast(3)), "bcrypt"), ("$2y$x0" + bcrypt, "bcrypt's cost"),
            ("$6$rounds=999$salt$x", "SHA-crypt has 1000 rounds"),
            ("$6$salt", "SHA-crypt has a salt of at most 16"),
            ("$6$salt$AAAA", "a digest of 86,"), ("$5$salt$AAAA", "a digest of 43,"),
            ("$y$j9T$salt$AAAA", "a digest of 43 characters"),
            ("$pbkdf2-sha512$1000$c2FsdA", "PBKDF2 with a piece missing"),
            ("$pbkdf2-sha512$1000$c2FsdA$AAAA", "PBKDF2's digest"),
            ("$scrypt$ln=4,r=8$c2FsdA$AAAA", "scrypt's cost is written"),
            ("$scrypt$ln=16,r=1,p=1$c2FsdA$" + String(repeating: "A", count: 43), "scrypt needs N below 2^(16·r)"),
            ("scrypt$65536$salt$1$1$" + String(repeating: "A", count: 86) + "==", "scrypt needs N below 2^(16·r)"),
            ("pbkdf2_sha256$1000$salt", "pbkdf2_sha256 has iterations"), ("scrypt$1$2", "scrypt has N"),
            ("md5$salt$x", "md5 has a salt"), ("$y$j9T$salt", "yescrypt has parameters"),
        ])
    func malformed(encoded: String, words: String) throws {
        let refusal = try #require(Self.hashers().refusal(of: encoded), "\(encoded)")
        guard case .malformed(let reason) = refusal else {
            Issue.record("\(encoded): \(refusal)")
            return
        }
        #expect(reason.contains(words), "\(reason)")
        #expect(try !Self.hashers().verify(Password("secret"), against: encoded).matches, "a no, and no outage")
    }

    @Test("of scrypt is as much as the kind allows: N is below 2^(16·r)", arguments: [(15, 1), (16, 2)])
    func scrypt(logN: Int, r: Int) throws {
        let encoded = "$scrypt$ln=\(logN),r=\(r),p=1$c2FsdA$" + String(repeating: "A", count: 43)
        #expect(Self.hashers().refusal(of: encoded) == nil)
        #expect(try !Self.hashers().verify(Password("secret"), against: encoded).matches)
    }

    @Test("is nothing for a kind that is not understood", arguments: ["plain", "$apr1$a$b", "sha1$a$b", "!x", "", "$"])
    func unknown(encoded: String) { #expect(Self.hashers().refusal(of: encoded) == .unknown) }
}
