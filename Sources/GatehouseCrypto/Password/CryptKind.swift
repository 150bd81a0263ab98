internal import GatehouseCore

/// A stored hash of another program, taken apart and within the limits.
enum CryptKind {
    case bcrypt(BCryptHash)
    /// passlib's and Authelia's bcrypt over a digest.
    case bcryptSHA256(BCryptSHA256)
    case pbkdf2(ModularPBKDF2)
    case scrypt(ModularScrypt)
    /// The whole stored form, which libcrypt takes as its own setting, and the memory that it needs.
    case libcrypt([UInt8], memoryKiB: Int)

    /// What libcrypt works in.
    static let leastKiB = 40

    /// What stands between the first two dollar signs.
    enum Name: String {
        case bcryptA = "2a"
        case bcryptB = "2b"
        case bcryptY = "2y"
        case sha256Crypt = "5"
        case sha512Crypt = "6"
        case yescrypt = "y"
        case bcryptSHA256 = "bcrypt-sha256"
        case scrypt
        case pbkdf2, pbkdf2SHA1 = "pbkdf2-sha1", pbkdf2SHA224 = "pbkdf2-sha224"
        case pbkdf2SHA256 = "pbkdf2-sha256", pbkdf2SHA384 = "pbkdf2-sha384", pbkdf2SHA512 = "pbkdf2-sha512"

        init?(_ part: [UInt8]) { self.init(rawValue: String(decoding: part, as: UTF8.self)) }
    }

    init(_ encoded: EncodedHash, _ limits: VerifyLimits) throws(HashRefusal) {
        let parts = encoded.parts
        guard parts.count > 2, parts[0].isEmpty, let name = Name(parts[1]) else { throw .unknown }
        switch name {
        case .bcryptA, .bcryptB, .bcryptY: self = .bcrypt(try BCryptHash(parts[1...], limits))
        case .bcryptSHA256: self = .bcryptSHA256(try BCryptSHA256(parts[2...], limits))
        case .scrypt: self = .scrypt(try ModularScrypt(parts[2...], limits))
        case .pbkdf2, .pbkdf2SHA1: self = .pbkdf2(try ModularPBKDF2(.sha1, parts[2...], limits))
        case .pbkdf2SHA224: self = .pbkdf2(try ModularPBKDF2(.sha224, parts[2...], limits))
        case .pbkdf2SHA256: self = .pbkdf2(try ModularPBKDF2(.sha256, parts[2...], limits))
        case .pbkdf2SHA384: self = .pbkdf2(try ModularPBKDF2(.sha384, parts[2...], limits))
        case .pbkdf2SHA512: self = .pbkdf2(try ModularPBKDF2(.sha512, parts[2...], limits))
        case .sha256Crypt, .sha512Crypt:
            try CryptKind.checkSHACrypt(parts[2...], digest: name == .sha256Crypt ? 43 : 86, limits)
            self = .libcrypt(CryptKind.whole(parts), memoryKiB: CryptKind.leastKiB)
        case .yescrypt:
            let memory = try CryptKind.yescryptKiB(parts[2...], limits)
            self = .libcrypt(CryptKind.whole(parts), memoryKiB: memory + CryptKind.leastKiB)
        }
    }

    /// The memory that a comparison takes.
    var memoryKiB: Int {
        switch self {
        case .bcrypt, .bcryptSHA256, .pbkdf2: CryptKind.leastKiB
        case .scrypt(let hash): hash.cost.memoryKiB
        case .libcrypt(_, let memory): memory
        }
    }

    func matches(_ password: Password) throws(CryptoError) -> Bool {
        switch self {
        // bcrypt sees 72 octets: what is longer matches nothing, as with Django's library.
        case .bcrypt(let hash): return try hash.matches(password.bytes.count <= 72 ? password.bytes : [0])
        case .bcryptSHA256(let hash): return try hash.matches(password)
        case .pbkdf2(let hash): return try hash.matches(password)
        case .scrypt(let hash): return try hash.matches(password)
        case .libcrypt(let stored, _):
            guard let hash = try LibCrypt.hash(password.bytes, setting: stored) else { return false }
            return ConstantTime.equal(hash, stored)
        }
    }

    private static func whole(_ parts: [[UInt8]]) -> [UInt8] {
        Array(parts.joined(separator: [UInt8(ascii: "$")]))
    }

    /// `rounds=…$salt$digest`, where the rounds may be left out; `length` is that of the digest.
    private static func checkSHACrypt(
        _ parts: ArraySlice<[UInt8]>, digest length: Int, _ limits: VerifyLimits
    ) throws(HashRefusal) {
        var rest = parts
        if let rounds = rest.first, rounds.starts(with: "rounds=".utf8) {
            let number = try EncodedHash.number(rounds.dropFirst(7), "the number of SHA-crypt's rounds")
            guard number >= 1_000 else { throw .malformed("SHA-crypt has 1000 rounds and more") }
            try limits.check(.shaCryptRounds(number))
            rest = rest.dropFirst()
        }
        guard rest.count == 2, rest.allSatisfy(isText), rest.first?.count ?? 0 <= 16, rest.last?.count == length else {
            throw .malformed(
                "SHA-crypt has a salt of at most 16 characters and a digest of \(length), of its own alphabet")
        }
    }

    private static func isText(_ part: [UInt8]) -> Bool {
        !part.isEmpty && part.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x2F }
    }

    /// The memory of parameters like `j9T`: a flavour, log2 N and r, each one character of the crypt alphabet.
    private static func yescryptKiB(
        _ parts: ArraySlice<[UInt8]>, _ limits: VerifyLimits
    ) throws(HashRefusal) -> Int {
        guard parts.count == 3, parts.allSatisfy(isText), parts.last?.count == 43, let text = parts.first else {
            throw .malformed("yescrypt has parameters, a salt and a digest of 43 characters, of its own alphabet")
        }
        guard text.count == 3, text[0] == UInt8(ascii: "j"), let logN = number(text[1]), let r = number(text[2]),
            (10...24).contains(logN + 1), (1...32).contains(r + 1)
        else { throw .malformed("yescrypt has parameters of three characters, like j9T") }
        let memory = (128 << (logN + 1)) * (r + 1) / 1_024
        try limits.check(memoryKiB: memory, "N=2^\(logN + 1), r=\(r + 1)")
        return memory
    }

    private static func number(_ character: UInt8) -> Int? {
        switch character {
        case 0x2E...0x39: Int(character) - 0x2E
        case 0x41...0x5A: Int(character) - 0x41 + 12
        case 0x61...0x7A: Int(character) - 0x61 + 38
        default: nil
        }
    }
}
