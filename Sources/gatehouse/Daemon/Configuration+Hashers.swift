internal import GatehouseConfig
internal import GatehouseCrypto

extension Configuration {
    /// The kinds of hashes that are understood, the preferred one first, with the pepper if there is one.
    var passwordHashers: PasswordHashers {
        let kinds = passwords.hashers.map(hasher)
        let pepper = PepperRing(passwords.pepper.map { PepperRing.Key(id: $0.id, secret: $0.secret.octets) })
        return PasswordHashers(
            preferred: kinds.first ?? hasher(.argon2), others: Array(kinds.dropFirst()), pepper: pepper)
    }

    /// One kind with the cost that the configuration gives new hashes.
    func hasher(_ name: PasswordsTable.HasherName) -> any PasswordHasher {
        switch name {
        case .argon2:
            Argon2Hasher(
                Argon2Hasher.Parameters(
                    memoryKiB: passwords.argon2Memory, iterations: passwords.argon2Iterations,
                    parallelism: passwords.argon2Parallelism))
        case .pbkdf2SHA256: PBKDF2Hasher(iterations: passwords.pbkdf2Iterations)
        case .pbkdf2SHA1: PBKDF2Hasher(.sha1, iterations: passwords.pbkdf2Iterations)
        case .bcryptSHA256: BCryptHasher(cost: passwords.bcryptCost)
        case .bcrypt: BCryptHasher(.password, cost: passwords.bcryptCost)
        case .scrypt: ScryptHasher()
        case .crypt: CryptHasher()
        case .md5: MD5Hasher()
        }
    }
}
