package import GatehouseCore

/// Hashes as other programs store them, without Django's prefix: bcrypt of htpasswd (`$2y$`), SHA-crypt (`$5$`, `$6$`) and
/// yescrypt (`$y$`) of shadow files.
///
/// They are only verified: after a sign-in the preferred kind takes their place.
package struct CryptHasher: PasswordHasher {
    /// The most rounds of SHA-crypt, and the most memory of yescrypt: more is refused without being computed.
    private static let mostRounds = 500_000
    private static let mostMemoryKiB = 131_072

    package init() {}

    package var algorithm: String { "crypt" }
    package var ownMemoryKiB: Int { 40 }
    package func isOutdated(_ encoded: EncodedHash) -> Bool { true }
    /// - Throws: `CryptoError.unusableKey`: new hashes have Django's form.
    package func make(_ password: Password) throws(CryptoError) -> String { throw .unusableKey }

    package func recognizes(_ encoded: EncodedHash) -> Bool {
        guard encoded.parts.count > 2, encoded.parts[0].isEmpty else { return false }
        return ["2a", "2b", "2y", "5", "6", "y"].contains { encoded.parts[1] == Array($0.utf8) }
    }

    package func memoryKiB(_ encoded: EncodedHash) -> Int {
        guard case .libcrypt(_, let memory)? = Kind(encoded) else { return 40 }
        return memory
    }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        switch Kind(encoded) {
        case .bcrypt(let hash): return try hash.matches(password.bytes.count <= 72 ? password.bytes : [0])
        case .libcrypt(let stored, _):
            guard let hash = try LibCrypt.hash(password.bytes, setting: stored) else { return false }
            return ConstantTime.equal(hash, stored)
        case nil: return false
        }
    }

    /// A stored hash within the limits.
    private enum Kind {
        case bcrypt(BCryptHash)
        /// The whole stored form, which libcrypt takes as its own setting, and the memory that it needs.
        case libcrypt([UInt8], memoryKiB: Int)

        init?(_ encoded: EncodedHash) {
            let parts = encoded.parts
            guard parts.count > 2, parts[0].isEmpty else { return nil }
            let whole = Array(parts.joined(separator: [UInt8(ascii: "$")]))
            switch String(decoding: parts[1], as: UTF8.self) {
            case "2a", "2b", "2y":
                guard let hash = BCryptHash(parts[1...]) else { return nil }
                self = .bcrypt(hash)
            case "5", "6":
                var rest = parts[2...]
                if rest.count == 3, let rounds = rest.first, rounds.starts(with: "rounds=".utf8) {
                    guard let number = EncodedHash.number(rounds.dropFirst(7), limit: mostRounds), number >= 1_000
                    else { return nil }
                    rest = rest.dropFirst()
                }
                guard rest.count == 2, rest.allSatisfy(Kind.isText) else { return nil }
                self = .libcrypt(whole, memoryKiB: 40)
            case "y":
                guard parts.count == 5, parts[2...].allSatisfy(Kind.isText), let memory = Kind.yescryptKiB(parts[2])
                else { return nil }
                self = .libcrypt(whole, memoryKiB: memory)
            default: return nil
            }
        }

        private static func isText(_ part: [UInt8]) -> Bool {
            !part.isEmpty && part.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x2F }
        }

        /// The memory of parameters like `j9T`: a flavour, log2 N and r, each one character of the crypt alphabet.
        private static func yescryptKiB(_ text: [UInt8]) -> Int? {
            guard text.count == 3, text[0] == UInt8(ascii: "j"), let logN = number(text[1]), let r = number(text[2]),
                (10...20).contains(logN + 1), (1...32).contains(r + 1)
            else { return nil }
            let memory = (128 << (logN + 1)) * (r + 1) / 1_024
            return memory <= mostMemoryKiB ? memory + 40 : nil
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
}

/// Django's oldest form that still exists, `md5$salt$hex`: one fast hash, for sites that never had anything better.
package struct MD5Hasher: PasswordHasher {
    package init() {}

    package var algorithm: String { "md5" }
    package var ownMemoryKiB: Int { 1 }
    package func memoryKiB(_ encoded: EncodedHash) -> Int { 1 }
    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        encoded.parts.count != 3 || encoded.parts[1].count < Salt.length
    }
    /// - Throws: `CryptoError.unusableKey`: such a hash is never made.
    package func make(_ password: Password) throws(CryptoError) -> String { throw .unusableKey }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard encoded.parts.count == 3, !encoded.parts[1].isEmpty, encoded.parts[2].count == 32 else { return false }
        let digest = Hexadecimal.text(try Digest.md5(encoded.parts[1] + password.bytes))
        return ConstantTime.equal(Array(digest.utf8), encoded.parts[2])
    }
}
