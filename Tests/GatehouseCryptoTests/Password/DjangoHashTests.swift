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
