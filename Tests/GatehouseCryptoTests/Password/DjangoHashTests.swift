import Foundation
import GatehouseCore
import GatehouseCrypto
import Testing

/// An entry of `Vectors/django/hashes.json`: made by Django 5.2.
struct HashVector: Decodable, CustomTestStringConvertible {
    let id: String
    let hasher: String?
    let password: String
    let encoded: String
    let verify: Bool
    /// `nil` where Django itself ends in an exception.
    let mustUpdate: Bool?
    /// The same with Django's defaults of the vector's own hasher.
    let mustUpdateSameHasher: Bool?
    let acceptEither: Bool

    enum CodingKeys: String, CodingKey {
        case id, hasher, password, encoded, verify
        case mustUpdate = "must_update"
        case mustUpdateSameHasher = "must_update_same_hasher"
        case acceptEither = "accept_either"
    }

    var testDescription: String { id }

    private struct File: Decodable { let entries: [HashVector] }

    /// The algorithms that are understood so far; the others count as "no".
    static let understood = ["argon2", "pbkdf2_sha256"]

    /// The entries of the repository, and of the folder that `GATEHOUSE_VECTORS` names.
    static func all(_ path: String = #filePath) throws -> [HashVector] {
        var folders = [URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("../Vectors")]
        if let more = ProcessInfo.processInfo.environment["GATEHOUSE_VECTORS"] {
            folders.append(URL(fileURLWithPath: more))
        }
        return try folders.flatMap { folder in
            try JSONDecoder().decode(
                File.self, from: Data(contentsOf: folder.appendingPathComponent("django/hashes.json"))
            ).entries
        }
    }
}

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

@Suite("Password hashes made by Django")
struct DjangoHashTests {
    /// Spends next to nothing on a "no"; what new hashes cost has no say in what matches.
    private let cheap = PasswordHashers(preferred: PBKDF2Hasher(iterations: 1), others: [Argon2Hasher()])
    /// What the vectors were made for.
    private let preferred = PasswordHashers(preferred: PBKDF2Hasher(), others: [Argon2Hasher()])

    @Test(
        "match the right password only and say when they are outdated; other algorithms than argon2 and pbkdf2_sha256 are a no",
        arguments: try HashVector.all())
    func verify(vector: HashVector) throws {
        let matches = try cheap.verify(Password(vector.password), against: vector.encoded).matches
        guard let hasher = vector.hasher, HashVector.understood.contains(hasher) else {
            #expect(!matches)
            return
        }
        if vector.acceptEither, !matches { return }
        #expect(matches == vector.verify)
        guard matches, vector.verify else { return }
        #expect(
            try preferred.verify(Password(vector.password), against: vector.encoded).mustUpdate == vector.mustUpdate)
        guard let ownUpdate = vector.mustUpdateSameHasher else { return }
        let own: any PasswordHasher =
            hasher == "argon2"
            ? Argon2Hasher(.init(memoryKiB: 102_400, iterations: 2, parallelism: 8)) : PBKDF2Hasher()
        let hash = try #require(EncodedHash(vector.encoded))
        #expect(own.isOutdated(hash) == ownUpdate)
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
