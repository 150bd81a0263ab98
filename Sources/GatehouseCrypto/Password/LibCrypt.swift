private import CCrypt
package import GatehouseCore
private import Glibc

/// libcrypt's `crypt_rn`, which knows bcrypt, SHA-crypt and yescrypt.
enum LibCrypt {
    /// Hashes a password with a setting, which is everything of a stored hash but the digest.
    ///
    /// - Returns: the whole stored form; `nil` for a setting that libcrypt refuses, and for a password that holds a NUL.
    /// - Throws: `CryptoError.unusableKey` if there is no memory to work in.
    static func hash(_ password: [UInt8], setting: [UInt8]) throws(CryptoError) -> [UInt8]? {
        guard !password.contains(0), !setting.contains(0) else { return nil }
        // 32 KiB, zeroed as the library wants it; too large for the stack of a worker.
        let size = MemoryLayout<crypt_data>.size
        guard let data = unsafe calloc(1, size) else { throw .unusableKey }
        defer {
            unsafe explicit_bzero(data, size)
            unsafe free(data)
        }
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        let text = setting.map { CChar(bitPattern: $0) } + [0]
        guard let result = unsafe crypt_rn(phrase, text, data, Int32(clamping: size)) else { return nil }
        let hash = unsafe Array(String(cString: result).utf8)
        // A failure is spelled `*0` or `*1`.
        return hash.first == UInt8(ascii: "*") ? nil : hash
    }
}

/// bcrypt, as Django stores it: `bcrypt_sha256$$2b$12$…` over the hexadecimal SHA-256, and `bcrypt$$2b$12$…` over the
/// password itself.
package struct BCryptHasher: PasswordHasher {
    /// What bcrypt gets to see.
    package enum Input: Sendable {
        /// 64 hexadecimal digits: passwords of any length count whole.
        case sha256
        /// The password, of at most 72 octets: bcrypt sees no more.
        case password
    }

    /// The most that a stored hash may cost, about a second: more is refused without being computed.
    static let mostCost = 14
    private static let mostOctets = 72

    private let input: Input
    private let cost: Int

    /// Hashes of Django 5.2 have cost 12.
    package init(_ input: Input = .sha256, cost: Int = 12) {
        self.input = input
        self.cost = min(max(cost, 4), BCryptHasher.mostCost)
    }

    package var algorithm: String { input == .sha256 ? "bcrypt_sha256" : "bcrypt" }
    package var ownMemoryKiB: Int { 40 }
    package func memoryKiB(_ encoded: EncodedHash) -> Int { 40 }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard let stored = stored(encoded) else { return false }
        return try stored.matches(try input(password))
    }

    package func isOutdated(_ encoded: EncodedHash) -> Bool { stored(encoded)?.cost != cost }

    package func make(_ password: Password) throws(CryptoError) -> String {
        let salt = try BCryptHash.makeSalt()
        let setting = Array("$2b$\(cost < 10 ? "0" : "")\(cost)$".utf8) + salt
        guard let hash = try LibCrypt.hash(try input(password), setting: setting) else { throw .unusableKey }
        return "\(algorithm)$\(String(decoding: hash, as: UTF8.self))"
    }

    /// - Returns: for `.password` nothing that matches if bcrypt would not see all of it.
    private func input(_ password: Password) throws(CryptoError) -> [UInt8] {
        switch input {
        case .sha256: return Array(Hexadecimal.text(try Digest.sha256(password.bytes)).utf8)
        case .password: return password.bytes.count <= BCryptHasher.mostOctets ? password.bytes : [0]
        }
    }

    private func stored(_ encoded: EncodedHash) -> BCryptHash? {
        guard encoded.parts.count == 5, encoded.parts[0] == Array(algorithm.utf8), encoded.parts[1].isEmpty else {
            return nil
        }
        return BCryptHash(encoded.parts[2...])
    }
}

/// A bcrypt hash `$2b$12$` with 22 characters of salt and 31 of digest.
struct BCryptHash {
    let cost: Int
    private let salt: [UInt8]
    private let digest: [UInt8]

    /// Takes the parts after the first dollar sign; 2a, 2x and 2y are computed as 2b, as Django's library does.
    init?(_ parts: ArraySlice<[UInt8]>) {
        let parts = Array(parts)
        guard parts.count == 3 else { return nil }
        let costText = parts[1]
        guard ["2a", "2b", "2x", "2y"].contains(where: { parts[0] == Array($0.utf8) }),
            costText.count == 2, let cost = ASCII.decimal(costText.span, limit: BCryptHasher.mostCost), cost >= 4,
            parts[2].count == 53, parts[2].allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x2F })
        else { return nil }
        self.cost = cost
        salt = Array(parts[2].prefix(22))
        digest = Array(parts[2].dropFirst(22))
    }

    func matches(_ password: [UInt8]) throws(CryptoError) -> Bool {
        let setting = Array("$2b$\(cost < 10 ? "0" : "")\(cost)$".utf8) + salt
        guard let hash = try LibCrypt.hash(password, setting: setting), hash.count == 60 else { return false }
        return ConstantTime.equal(Array(hash.suffix(31)), digest)
    }

    private static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// 16 random octets in bcrypt's own base64.
    static func makeSalt() throws(CryptoError) -> [UInt8] {
        var bits: UInt32 = 0
        var count: UInt32 = 0
        var text: [UInt8] = []
        for octet in try SystemRandom.octets(16) {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 63)])
            }
        }
        text.append(alphabet[Int(bits << (6 - count) & 63)])
        return text
    }
}

/// Lower-case hexadecimal digits.
package enum Hexadecimal {
    package static func text(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
