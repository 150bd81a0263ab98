private import COpenSSL
package import GatehouseCore

/// PBKDF2 with HMAC (RFC 8018, section 5.2) as Django stores it: `pbkdf2_sha256$iterations$salt$base64`.
package struct PBKDF2Hasher: PasswordHasher {
    /// The hash function below HMAC.
    package enum Function: Sendable {
        case sha256
        case sha1
    }

    /// The most that a stored hash may cost: more is refused without being computed.
    private static let mostIterations = 10_000_000

    private let function: Function
    private let iterations: Int

    /// Hashes of Django 5.2 have 1,000,000 iterations.
    package init(_ function: Function = .sha256, iterations: Int = 1_000_000) {
        self.function = function
        self.iterations = iterations
    }

    package var algorithm: String { function == .sha256 ? "pbkdf2_sha256" : "pbkdf2_sha1" }
    package var ownMemoryKiB: Int { 1 }
    package func memoryKiB(_ encoded: EncodedHash) -> Int { 1 }

    private var keyLength: Int { function == .sha256 ? 32 : 20 }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard let stored = stored(encoded) else { return false }
        let key = try key(password, salt: stored.salt, iterations: stored.iterations)
        return ConstantTime.equal(key, stored.key)
    }

    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        guard let stored = stored(encoded) else { return true }
        return stored.iterations != iterations || stored.salt.count < Salt.length
    }

    package func make(_ password: Password) throws(CryptoError) -> String {
        let salt = try Salt.make()
        let key = try key(password, salt: salt, iterations: iterations)
        let saltText = String(decoding: salt, as: UTF8.self)
        return "\(algorithm)$\(iterations)$\(saltText)$\(EncodedHash.base64Text(key, isPadded: true))"
    }

    private func key(_ password: Password, salt: [UInt8], iterations: Int) throws(CryptoError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: keyLength)
        let result = unsafe key.withUnsafeMutableBufferPointer { key in
            unsafe password.bytes.withUnsafeBytes { password in
                unsafe salt.withUnsafeBufferPointer { salt in
                    unsafe PKCS5_PBKDF2_HMAC(
                        password.bindMemory(to: CChar.self).baseAddress, Int32(clamping: password.count),
                        salt.baseAddress, Int32(clamping: salt.count), Int32(clamping: iterations),
                        function == .sha256 ? EVP_sha256() : EVP_sha1(), Int32(clamping: key.count), key.baseAddress)
                }
            }
        }
        guard result == 1 else { throw .openSSL(code: ERR_get_error()) }
        return key
    }

    /// A stored hash, taken apart and within the limits.
    private struct Stored {
        let iterations: Int
        let salt: [UInt8]
        let key: [UInt8]
    }

    private func stored(_ encoded: EncodedHash) -> Stored? {
        let parts = encoded.parts
        guard parts.count == 4, parts[0] == Array(algorithm.utf8), !parts[2].isEmpty,
            let iterations = EncodedHash.number(parts[1], limit: PBKDF2Hasher.mostIterations), iterations > 0,
            let key = EncodedHash.base64(parts[3], isPadded: true), key.count == keyLength
        else { return nil }
        return Stored(iterations: iterations, salt: parts[2], key: key)
    }
}
