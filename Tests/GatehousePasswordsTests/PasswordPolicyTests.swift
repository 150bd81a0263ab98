import GatehouseCore
import GatehouseCrypto
import GatehousePasswords
import GatehouseSystem
import Testing

@Suite("The policy for new passwords")
struct PasswordPolicyTests {
    private let pool = WorkerPool(workers: 2, memoryBudgetKiB: 1 << 18)
    private let hashers = PasswordHashers(preferred: PBKDF2Hasher(iterations: 1))
    private let everything = PasswordPolicy([
        .validator(SimilarityValidator()), .validator(LengthValidator(minimum: 12)), .validator(CommonValidator()),
        .validator(NumericValidator()), .validator(StrengthValidator()), .history(remembered: 2),
    ])

    @Test("collects everything in its order, once per rule")
    func order() {
        #expect(
            everything.codes("12345678", of: PersonAttributes(username: "87654321"))
                == [
                    "password_too_similar", "password_too_short", "password_too_common", "password_entirely_numeric",
                    "password_too_weak",
                ])
        #expect(everything.codes("tulip-gravel-93-onboard", of: PersonAttributes(username: "ada")) == [])
        #expect(everything.helpTexts.count == 6)
        #expect(everything.remembered == 2)
    }

    @Test("counts code points: 256 are allowed, more are refused before anything is computed")
    func cap() async throws {
        let policy = PasswordPolicy(LengthValidator(), NumericValidator())
        #expect(policy.codes(String(repeating: "é", count: 256)) == [])
        #expect(policy.codes(String(repeating: "e\u{301}", count: 129)) == ["password_too_long"])
        #expect(policy.codes(String(repeating: "1", count: 257)) == ["password_too_long"])
        let message = policy.problems(Password(String(repeating: "x", count: 4_096)), of: nil).first?.message
        #expect(message == "This password is too long. It must contain at most 256 characters.")
        let past = PastPasswords(
            userID: "7", current: nil, history: FixedHistory(error: .unavailable(reason: "")), hashers: hashers)
        let problems = try await everything.problems(
            Password(String(repeating: "x", count: 257)), of: nil, past: past, on: pool)
        #expect(problems.map(\.code) == ["password_too_long"])
    }

    @Test("says one character, not one characters")
    func singular() {
        let problem = PasswordPolicy(LengthValidator(minimum: 1)).problems(Password(""), of: nil).first
        #expect(problem?.message == "This password is too short. It must contain at least 1 character.")
    }

    @Test("refuses the current password and the last ones, and no older ones")
    func history() async throws {
        let hashes = try ["one", "two", "three"].map { try hashers.make(Password("tulip-gravel-93-\($0)")) }
        let past = PastPasswords(
            userID: "7", current: try hashers.make(Password("tulip-gravel-93-now")),
            history: FixedHistory(hashes: ["!unusable", hashes[1]] + hashes), hashers: hashers)
        let policy = PasswordPolicy([.history(remembered: 3), .validator(NumericValidator())])
        for (password, codes) in [
            ("tulip-gravel-93-now", ["password_unchanged"]), ("tulip-gravel-93-one", ["password_reused"]),
            ("tulip-gravel-93-two", ["password_reused"]), ("tulip-gravel-93-three", []),
            ("Tulip-gravel-93-now", []), ("12345", ["password_entirely_numeric"]),
        ] {
            let problems = try await policy.problems(Password(password), of: nil, past: past, on: pool)
            #expect(problems.map(\.code) == codes, "\(password)")
        }
        let fresh = try await policy.problems(Password("tulip-gravel-93-now"), of: nil, past: nil, on: pool)
        #expect(fresh.isEmpty)
    }

    @Test(
        "refuses the current password whatever the rules are, by its hash",
        arguments: [[], [.history(remembered: 0)], [.validator(NumericValidator())]] as [[PasswordPolicy.Rule]])
    func current(rules: [PasswordPolicy.Rule]) async throws {
        let policy = PasswordPolicy(rules)
        let outdated = PasswordHashers(preferred: PBKDF2Hasher(.sha1, iterations: 3))
        let all = PasswordHashers(preferred: PBKDF2Hasher(iterations: 1), others: [PBKDF2Hasher(.sha1)])
        for made in [hashers, outdated] {
            let past = PastPasswords(
                userID: "7", current: try made.make(Password("tulip-gravel-93-now")), history: FixedHistory(),
                hashers: all)
            let same = try await policy.problems(Password("tulip-gravel-93-now"), of: nil, past: past, on: pool)
            #expect(same.map(\.code) == ["password_unchanged"])
            let other = try await policy.problems(Password("tulip-gravel-93-new"), of: nil, past: past, on: pool)
            #expect(other.isEmpty)
        }
        for none in [nil, "", "!unusable"] {
            let past = PastPasswords(userID: "7", current: none, history: FixedHistory(), hashers: all)
            #expect(try await policy.problems(Password("unusable"), of: nil, past: past, on: pool).isEmpty)
        }
    }

    @Test("lets nothing through while the history cannot be asked")
    func unavailable() async throws {
        let past = PastPasswords(
            userID: "7", current: nil, history: FixedHistory(error: .unavailable(reason: "down")), hashers: hashers)
        await #expect(throws: BackendError.unavailable(reason: "down")) {
            try await everything.problems(Password("tulip-gravel-93-onboard"), of: nil, past: past, on: pool)
        }
    }

    private static let hostile: [[UInt8]] = {
        let largest = Password.maxLength
        return [
            [UInt8](repeating: 0xFF, count: 255), [UInt8](repeating: 0, count: 256), [0xF0, 0x9F], [0xED, 0xA0, 0x80],
            Array(String(repeating: "e\u{301}\u{327}", count: 80).utf8),
            Array(("a" + String(repeating: "\u{301}", count: 255)).utf8),
            Array(String(repeating: "Σ\u{301}", count: 128).utf8), [UInt8](repeating: 0x20, count: 256),
            Array(String(repeating: "1l!|", count: 64).utf8), Array(String(repeating: "(c<{[4@", count: 36).utf8),
            Array(String(repeating: "\u{10FFFF}", count: 256).utf8), Array("%s%n%x\u{202E}".utf8), [],
            Array((0..<256).map { UInt8(truncatingIfNeeded: $0) }),
            [UInt8](repeating: 0x31, count: largest), [UInt8](repeating: 0xC3, count: largest),
            Array(String(repeating: "\u{301}", count: largest / 2).utf8), [UInt8](repeating: 0x61, count: 1 << 20),
        ]
    }()

    @Test("answers hostile octets quickly", arguments: hostile.indices)
    func hostileOctets(index: Int) {
        let octets = Self.hostile[index]
        let attribute = UTF8Text(wellFormed: octets)
        let person = PersonAttributes(username: attribute, firstName: attribute, lastName: "\u{0}", email: attribute)
        let start = ContinuousClock.now
        let problems = everything.problems(Password(octets), of: person)
        let time = ContinuousClock.now - start
        #expect(!problems.isEmpty)
        // Some milliseconds; hours if the work grew as fast as the octets let it.
        #expect(time < .seconds(20), "\(time)")
    }

    @Test("never shows a password")
    func redacted() {
        let candidate = PasswordCandidate(Password("tulip"))
        #expect("\(candidate) \(String(reflecting: candidate))" == "<redacted> <redacted>")
        var dumped = ""
        dump(candidate, to: &dumped)
        #expect(!dumped.contains("tulip"))
    }
}
