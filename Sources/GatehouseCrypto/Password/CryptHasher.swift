package import GatehouseCore

/// Hashes as other programs store them, without Django's prefix: those of htpasswd and shadow files (`$2y$`, `$5$`, `$6$`,
/// `$y$`), and those of Authelia and of Python's passlib (`$pbkdf2-sha512$`, `$scrypt$`, `$bcrypt-sha256$`, …).
///
/// They are only verified: after a sign-in the preferred kind takes their place. Plain argon2 is `Argon2Hasher`'s.
package struct CryptHasher: PasswordHasher {
    private let limits: VerifyLimits

    /// `limits` are those of stored hashes.
    package init(limits: VerifyLimits = .standard) { self.limits = limits }

    package var algorithm: String { "crypt" }
    package var ownMemoryKiB: Int { CryptKind.leastKiB }
    package func isOutdated(_ encoded: EncodedHash) -> Bool { true }
    /// - Throws: `CryptoError.unusableKey`: new hashes have Django's form.
    package func make(_ password: Password) throws(CryptoError) -> String { throw .unusableKey }

    package func recognizes(_ encoded: EncodedHash) -> Bool {
        guard encoded.parts.count > 2, encoded.parts[0].isEmpty else { return false }
        return CryptKind.Name(encoded.parts[1]) != nil
    }

    package func memoryKiB(_ encoded: EncodedHash) -> Int { kind(encoded)?.memoryKiB ?? CryptKind.leastKiB }

    package func refusal(_ encoded: EncodedHash) -> HashRefusal? {
        do throws(HashRefusal) { _ = try CryptKind(encoded, limits) } catch { return error }
        return nil
    }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        try kind(encoded)?.matches(password) ?? false
    }

    private func kind(_ encoded: EncodedHash) -> CryptKind? { try? CryptKind(encoded, limits) }
}
