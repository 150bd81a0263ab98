package import GatehouseCore

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

    /// The most that new hashes cost, about a second.
    private static let mostOwnCost = 14
    private static let mostOctets = 72

    private let input: Input
    private let cost: Int
    private let limits: VerifyLimits

    /// Hashes of Django 5.2 have cost 12; `limits` are those of stored ones.
    package init(_ input: Input = .sha256, cost: Int = 12, limits: VerifyLimits = .standard) {
        self.input = input
        self.cost = min(max(cost, 4), BCryptHasher.mostOwnCost)
        self.limits = limits
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
        guard let hash = try LibCrypt.hash(try input(password), setting: BCryptHash.setting(cost, salt)) else {
            throw .unusableKey
        }
        return "\(algorithm)$\(String(decoding: hash, as: UTF8.self))"
    }

    /// - Returns: for `.password` nothing that matches if bcrypt would not see all of it.
    private func input(_ password: Password) throws(CryptoError) -> [UInt8] {
        switch input {
        case .sha256: return Array(Hexadecimal.text(try Digest.sha256(password.bytes)).utf8)
        case .password: return password.bytes.count <= BCryptHasher.mostOctets ? password.bytes : [0]
        }
    }

    package func refusal(_ encoded: EncodedHash) -> HashRefusal? {
        do throws(HashRefusal) { _ = try parsed(encoded) } catch { return error }
        return nil
    }

    private func stored(_ encoded: EncodedHash) -> BCryptHash? { try? parsed(encoded) }

    private func parsed(_ encoded: EncodedHash) throws(HashRefusal) -> BCryptHash {
        guard encoded.parts.count == 5, encoded.parts[0] == Array(algorithm.utf8), encoded.parts[1].isEmpty else {
            throw .malformed("\(algorithm) has a whole bcrypt hash behind it, like \(algorithm)$$2b$12$…")
        }
        return try BCryptHash(encoded.parts[2...], limits)
    }
}
