import Foundation
import GatehouseCore
import GatehouseCrypto
import Testing

/// `Vectors/django/argon2-kinds.json`.
private struct Argon2Kinds: Decodable {
    let password: String
    let encoded: [String]

    static func read(_ path: String = #filePath) throws -> Argon2Kinds {
        let file = URL(fileURLWithPath: path).deletingLastPathComponent()
            .appendingPathComponent("../Vectors/django/argon2-kinds.json")
        return try JSONDecoder().decode(Argon2Kinds.self, from: Data(contentsOf: file))
    }
}

@Suite("Password hashers")
struct PasswordHashersTests {
    private static let small = Argon2Hasher(.init(memoryKiB: 64, iterations: 1, parallelism: 1))
    private let hashers = PasswordHashers(preferred: small, others: [PBKDF2Hasher(iterations: 1_000)])

    @Test("match what they made, whatever octets a password has")
    func roundTrip() throws {
        for password in ["a", "pässwörd", "with\0nul", String(repeating: "x", count: 4_096)] {
            let encoded = try hashers.make(Password(password))
            #expect(try hashers.verify(Password(password), against: encoded).matches)
            #expect(try !hashers.verify(Password(password), against: encoded).mustUpdate)
            #expect(try !hashers.verify(Password(password + "x"), against: encoded).matches)
        }
    }

    @Test("write what Django reads: its prefix, a salt of 22 characters, at most 128 octets")
    func encoding() throws {
        let standard = try Argon2Hasher().make(Password("secret"))
        #expect(standard.hasPrefix("argon2$argon2id$v=19$m=47104,t=1,p=1$"))
        #expect(standard.utf8.count <= 128)
        let pbkdf2 = try PBKDF2Hasher(iterations: 1_000).make(Password("secret"))
        #expect(pbkdf2.split(separator: "$")[2].utf8.count == 22)
        #expect(try hashers.make(Password("secret")) != hashers.make(Password("secret")))
    }

    @Test("call another algorithm or cost outdated")
    func outdated() throws {
        let old = try PBKDF2Hasher(iterations: 1_000).make(Password("secret"))
        #expect(try hashers.verify(Password("secret"), against: old) == .init(matches: true, mustUpdate: true))
        let cheap = try Argon2Hasher(.init(memoryKiB: 32, iterations: 1, parallelism: 1)).make(Password("secret"))
        #expect(try hashers.verify(Password("secret"), against: cheap) == .init(matches: true, mustUpdate: true))
    }

    @Test(
        "take malformed and unusable rows for a no",
        arguments: [
            "", "!", "!unusable", "$", "argon2", "argon2$", "argon2$argon2id$v=19$m=64,t=1,p=1$$", "pbkdf2_sha256$$$",
            "pbkdf2_sha256$-1$salt$AAAA", "pbkdf2_sha256$+10$salt$AAAA", "pbkdf2_sha256$0$salt$AAAA", "plain",
            "argon2$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "argon2$argon2x$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "md5$a$b", "\u{0}\u{0}",
        ])
    func malformed(encoded: String) throws {
        #expect(try !hashers.verify(Password("secret"), against: encoded).matches)
    }

    @Test("ask for the memory of the dearer of the stored hash and a new one, and never for more than the cap")
    func memory() throws {
        #expect(hashers.memoryKiB(for: nil) == 64)
        #expect(hashers.memoryKiB(for: "!unusable") == 64)
        let dear = "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
        #expect(hashers.memoryKiB(for: dear) == 102_400)
        let bomb = "argon2$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
        #expect(hashers.memoryKiB(for: bomb) == 64)
    }

    @Test("read every kind of argon2 that Django reads: i, d and id, version 16 with and without its name")
    func kinds() throws {
        let file = try Argon2Kinds.read()
        #expect(file.encoded.count == 9)
        for encoded in file.encoded {
            let right = try hashers.verify(Password(file.password), against: encoded)
            #expect(right == .init(matches: true, mustUpdate: true))
            #expect(try !hashers.verify(Password(file.password + " "), against: encoded).matches)
        }
    }

    @Test(
        "refuse work-factor bombs without doing their work",
        arguments: [
            "argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "argon2$argon2id$v=19$m=64,t=4294967295,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "argon2$argon2id$v=19$m=64,t=1,p=99999$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "pbkdf2_sha256$99999999999$salt$" + String(repeating: "A", count: 43) + "=",
        ])
    func bombs(encoded: String) throws {
        let hash = try #require(EncodedHash(encoded))
        let memory = Argon2Hasher().memoryKiB(hash)
        #expect(memory <= 262_144)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try !hashers.verify(Password("secret"), against: encoded).matches)
        #expect(clock.now - start < .seconds(1))
    }
}
