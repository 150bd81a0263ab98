package import GatehouseCore

/// PBKDF2 with HMAC (RFC 8018, section 5.2) as Django stores it: `pbkdf2_sha256$iterations$salt$base64`.
package struct PBKDF2Hasher: PasswordHasher {
    /// The hash function below HMAC.
    package enum Function: Sendable {
        case sha256
        case sha1
    }

    private let function: Function
    private let iterations: Int
    private let limits: VerifyLimits

    /// Hashes of Django 5.2 have 1,000,000 iterations; `limits` are those of stored ones.
    package init(
        _ function: Function = .sha256, iterations: Int = 1_000_000, limits: VerifyLimits = .standard
    ) {
        self.function = function
        self.iterations = iterations
        self.limits = limits
    }

    package var algorithm: String { function == .sha256 ? "pbkdf2_sha256" : "pbkdf2_sha1" }
    package var ownMemoryKiB: Int { 1 }
    package func memoryKiB(_ encoded: EncodedHash) -> Int { 1 }

    private var digest: PBKDF2.Function { function == .sha256 ? .sha256 : .sha1 }

    package func refusal(_ encoded: EncodedHash) -> HashRefusal? {
        do throws(HashRefusal) { _ = try parsed(encoded) } catch { return error }
        return nil
    }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard let stored = stored(encoded) else { return false }
        let key = try PBKDF2.key(
            password, salt: stored.salt, iterations: stored.iterations, digest, length: digest.length)
        return ConstantTime.equal(key, stored.key)
    }

    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        guard let stored = stored(encoded) else { return true }
        return stored.iterations != iterations || stored.salt.count < Salt.length
    }

    package func make(_ password: Password) throws(CryptoError) -> String {
        let salt = try Salt.make()
        let key = try PBKDF2.key(password, salt: salt, iterations: iterations, digest, length: digest.length)
        let saltText = String(decoding: salt, as: UTF8.self)
        return "\(algorithm)$\(iterations)$\(saltText)$\(EncodedHash.base64Text(key, isPadded: true))"
    }

    /// A stored hash, taken apart and within the limits.
    private struct Stored {
        let iterations: Int
        let salt: [UInt8]
        let key: [UInt8]
    }

    private func stored(_ encoded: EncodedHash) -> Stored? { try? parsed(encoded) }

    private func parsed(_ encoded: EncodedHash) throws(HashRefusal) -> Stored {
        let parts = encoded.parts
        guard parts.count == 4, parts[0] == Array(algorithm.utf8) else {
            throw .malformed("\(algorithm) has iterations, a salt and a digest behind it")
        }
        guard !parts[2].isEmpty else { throw .malformed("\(algorithm) has no salt") }
        let iterations = try EncodedHash.number(parts[1], "the number of \(algorithm)'s iterations")
        guard iterations > 0 else { throw .malformed("\(algorithm) has no iterations") }
        try limits.check(.pbkdf2Iterations(iterations))
        guard let key = EncodedHash.base64(parts[3], isPadded: true), key.count == digest.length else {
            throw .malformed("\(algorithm)'s digest is no base64 of \(digest.length) octets")
        }
        return Stored(iterations: iterations, salt: parts[2], key: key)
    }
}
