package import GatehouseCore

/// scrypt (RFC 7914) as Django stores it: `scrypt$N$salt$r$p$base64`.
package struct ScryptHasher: PasswordHasher {
    /// What new hashes cost, which Django can verify: 16 MiB.
    private static let own = (n: 16_384, r: 8, p: 5)
    private static let keyLength = 64

    private let limits: VerifyLimits

    /// `limits` are those of stored hashes.
    package init(limits: VerifyLimits = .standard) { self.limits = limits }

    package var algorithm: String { "scrypt" }
    package var ownMemoryKiB: Int { Scrypt.Cost(n: Self.own.n, r: Self.own.r, p: Self.own.p).memoryKiB }

    package func memoryKiB(_ encoded: EncodedHash) -> Int { stored(encoded)?.cost.memoryKiB ?? 0 }

    package func refusal(_ encoded: EncodedHash) -> HashRefusal? {
        do throws(HashRefusal) { _ = try Stored(encoded, limits) } catch { return error }
        return nil
    }

    private func stored(_ encoded: EncodedHash) -> Stored? { try? Stored(encoded, limits) }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard let stored = stored(encoded) else { return false }
        let key = try Scrypt.key(password, salt: stored.salt, stored.cost, length: ScryptHasher.keyLength)
        return ConstantTime.equal(key, stored.key)
    }

    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        guard let stored = stored(encoded) else { return true }
        // As in Django, the length of the salt does not count here.
        return stored.cost != Scrypt.Cost(n: Self.own.n, r: Self.own.r, p: Self.own.p)
    }

    package func make(_ password: Password) throws(CryptoError) -> String {
        let salt = try Salt.make()
        let (n, r, p) = Self.own
        let key = try Scrypt.key(
            password, salt: salt, Scrypt.Cost(n: n, r: r, p: p), length: ScryptHasher.keyLength)
        let saltText = String(decoding: salt, as: UTF8.self)
        return "scrypt$\(n)$\(saltText)$\(r)$\(p)$\(EncodedHash.base64Text(key, isPadded: true))"
    }

    /// A stored hash, taken apart and within the limits.
    private struct Stored {
        let cost: Scrypt.Cost
        let salt: [UInt8]
        let key: [UInt8]

        init(_ encoded: EncodedHash, _ limits: VerifyLimits) throws(HashRefusal) {
            let parts = encoded.parts
            guard parts.count == 6, parts[0] == Array("scrypt".utf8) else {
                throw .malformed("scrypt has N, a salt, r, p and a digest behind it")
            }
            guard !parts[2].isEmpty else { throw .malformed("scrypt has no salt") }
            let n = try EncodedHash.number(parts[1], "scrypt's N")
            let r = try EncodedHash.number(parts[3], "scrypt's r")
            let p = try EncodedHash.number(parts[4], "scrypt's p")
            cost = try Scrypt.Cost(n: n, r: r, p: p, "N=\(n), r=\(r), p=\(p)", limits)
            guard let key = EncodedHash.base64(parts[5], isPadded: true), key.count == keyLength else {
                throw .malformed("scrypt's digest is no base64 of \(keyLength) octets")
            }
            salt = parts[2]
            self.key = key
        }
    }
}
