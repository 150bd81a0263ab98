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
    /// Every algorithm, with Django's own parameters.
    static let kinds: [any PasswordHasher] = [
        Argon2Hasher(.init(memoryKiB: 102_400, iterations: 2, parallelism: 8)), PBKDF2Hasher(), PBKDF2Hasher(.sha1),
        BCryptHasher(), BCryptHasher(.password), ScryptHasher(), MD5Hasher(), CryptHasher(),
    ]

    /// Spends next to nothing on a "no"; what new hashes cost has no say in what matches.
    private let cheap = PasswordHashers(preferred: PBKDF2Hasher(iterations: 1), others: kinds)
    /// What the vectors were made for.
    private let preferred = PasswordHashers(preferred: PBKDF2Hasher(), others: kinds)

    @Test("match the right password only and say when they are outdated", arguments: try HashVector.all())
    func verify(vector: HashVector) throws {
        let matches = try cheap.verify(Password(vector.password), against: vector.encoded).matches
        if vector.acceptEither, !matches { return }
        #expect(matches == vector.verify)
        guard matches, vector.verify else { return }
        #expect(
            try preferred.verify(Password(vector.password), against: vector.encoded).mustUpdate == vector.mustUpdate)
        guard let ownUpdate = vector.mustUpdateSameHasher else { return }
        let own = try #require(Self.kinds.first { $0.algorithm == vector.hasher })
        let hash = try #require(EncodedHash(vector.encoded))
        #expect(own.isOutdated(hash) == ownUpdate)
    }

    @Test("are a plain no, and quick, however a row was mangled", arguments: try HashVector.all())
    func mangled(vector: HashVector) throws {
        // Deterministic: the vector's own octets choose the places.
        var state = vector.encoded.utf8.reduce(UInt64(1_469_598_103)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(bound, 1)
        }
        let bytes = Array(vector.encoded.utf8)
        let begin = ContinuousClock.now
        for _ in 0..<60 {
            var changed = bytes
            switch next(4) {
            case 0: changed = Array(changed.prefix(next(changed.count)))
            case 1 where !changed.isEmpty: changed.remove(at: next(changed.count))
            case 2: changed.insert(contentsOf: Array("$9,=".utf8).prefix(1 + next(4)), at: next(changed.count))
            default: if !changed.isEmpty { changed[next(changed.count)] = UInt8(33 + next(94)) }
            }
            let text = String(decoding: changed, as: UTF8.self)
            // Whatever it costs at most, the pool is told.
            #expect(cheap.memoryKiB(for: text) <= 262_144 + 1_024)
            // Twenty verdicts are enough where each takes time.
            if ContinuousClock.now - begin < .seconds(3) { _ = try cheap.verify(Password("x"), against: text) }
        }
    }
}

@Suite("Hashes of other programs")
struct ForeignHashTests {
    private let hashers = PasswordHashers(
        preferred: PBKDF2Hasher(iterations: 1),
        others: [Argon2Hasher(.init(memoryKiB: 256, iterations: 1, parallelism: 2)), CryptHasher()])
    private let password = Password("correct horse ✓")

    @Test(
        "match, and are made anew",
        arguments: [
            "$6$rounds=1000$saltsalt$7zKkfPt1usRcJTV2mjuDiI7POWDBYcUTVqECJE/O6QhOq6F0nKkjzu/gxMc9jxza/LGnTg303evPJh8oVKZFM0",
            "$6$saltsaltsalt$U/FfSjC4P76fXhRb.fyXO47m2pU7UB6vMPZUbkLbbBE1D1TSd3ptjbouAS23Dil.E1KNA6IMF/WgOj4d7XOGr1",
            "$5$saltsaltsalt$o2Yyg3mpHcY4pkCGO7OdXfkirK0E2kqmpl9ZiswwXS1",
            "$y$j8T$F5Jx5fExrKuPp53xLKQ..1$wSEbxx2SxK3hlP511BE0/CVMVi8v7z7sdi2D.y0cQ54",
            "$2y$04$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "$2b$04$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "$argon2id$v=19$m=256,t=1,p=2$CAIIpjedzXgqshdLT666ww$b6ei24UUIzd5GUfdyIeVr/Pn7BTiLi41FFhYylXIi8U",
        ])
    func match(encoded: String) throws {
        #expect(hashers.refusal(of: encoded) == nil)
        #expect(try hashers.verify(password, against: encoded) == .init(matches: true, mustUpdate: true))
        #expect(try !hashers.verify(Password("correct horse"), against: encoded).matches)
        #expect(try !hashers.verify(Password("correct horse ✓\0"), against: encoded).matches)
        for length in 0..<encoded.utf8.count {
            let cut = String(decoding: Array(encoded.utf8.prefix(length)), as: UTF8.self)
            #expect(try !hashers.verify(password, against: cut).matches, "\(cut)")
        }
    }

    @Test(
        "that ask for too much work, or are none, are a no at once",
        arguments: [
            "$6$rounds=999999999$saltsalt$x", "$6$rounds=0$saltsalt$x", "$6$rounds=x$saltsalt$x", "$6$$x", "$6$",
            "$y$jZZ$salt$x", "$y$j9z$salt$x", "$y$j9T$salt", "$y$$$",
            "$2b$31$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "$2b$15$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6", "$2b$00$x", "$1$salt$x", "$apr1$salt$x",
            "*0", "*1", "x", "$2y$04$*0", "$gy$j9T$salt$x",
        ])
    func refused(encoded: String) throws {
        let begin = ContinuousClock.now
        #expect(try !hashers.verify(password, against: encoded).matches)
        #expect(ContinuousClock.now - begin < .seconds(1))
        #expect(hashers.memoryKiB(for: encoded) <= 131_200)
    }

    @Test("of bcrypt do not look at more than they can see")
    func longPasswords() throws {
        let long = String(repeating: "x", count: 73)
        let plain = try BCryptHasher(.password, cost: 4).make(Password(String(repeating: "x", count: 72)))
        let bcrypt = PasswordHashers(preferred: BCryptHasher(cost: 4), others: [BCryptHasher(.password, cost: 4)])
        #expect(try bcrypt.verify(Password(String(repeating: "x", count: 72)), against: plain).matches)
        #expect(try !bcrypt.verify(Password(long), against: plain).matches)
        let hashed = try bcrypt.make(Password(long))
        #expect(try bcrypt.verify(Password(long), against: hashed).matches)
        #expect(try !bcrypt.verify(Password(long + "x"), against: hashed).matches)
    }
}

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
