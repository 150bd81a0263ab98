package import GatehouseConfig
internal import GatehouseCore
package import GatehouseCrypto

extension Configuration {
    /// The kinds of hashes that are understood, the preferred one first, with the pepper if there is one.
    package var passwordHashers: PasswordHashers {
        let kinds = passwords.hashers.map(hasher)
        let pepper = PepperRing(passwords.pepper.map { PepperRing.Key(id: $0.id, secret: $0.secret.octets) })
        return PasswordHashers(
            preferred: kinds.first ?? hasher(.argon2), others: Array(kinds.dropFirst()), pepper: pepper)
    }

    /// One kind with the cost that the configuration gives new hashes, and the limits that it sets for stored ones.
    package func hasher(_ name: PasswordsTable.HasherName) -> any PasswordHasher {
        let limits = VerifyLimits(memoryKiB: passwords.verifyMemory, work: passwords.verifyWork)
        switch name {
        case .argon2:
            return Argon2Hasher(
                Argon2Hasher.Parameters(
                    memoryKiB: passwords.argon2Memory, iterations: passwords.argon2Iterations,
                    parallelism: passwords.argon2Parallelism), limits: limits)
        case .pbkdf2SHA256: return PBKDF2Hasher(iterations: passwords.pbkdf2Iterations, limits: limits)
        case .pbkdf2SHA1: return PBKDF2Hasher(.sha1, iterations: passwords.pbkdf2Iterations, limits: limits)
        case .bcryptSHA256: return BCryptHasher(cost: passwords.bcryptCost, limits: limits)
        case .bcrypt: return BCryptHasher(.password, cost: passwords.bcryptCost, limits: limits)
        case .scrypt: return ScryptHasher(limits: limits)
        case .crypt: return CryptHasher(limits: limits)
        case .md5: return MD5Hasher()
        }
    }
}
