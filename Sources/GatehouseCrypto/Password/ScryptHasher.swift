private import COpenSSL
package import GatehouseCore

/// scrypt (RFC 7914) as Django stores it: `scrypt$N$salt$r$p$base64`.
package struct ScryptHasher: PasswordHasher {
    /// What new hashes cost, which Django can verify: 16 MiB.
    private static let own = (n: 16_384, r: 8, p: 5)
    /// The most memory and work that a stored hash may ask for: more is refused without being computed.
    private static let mostMemoryKiB = 262_144
    private static let mostWork = 4_194_304
    private static let keyLength = 64

    package init() {}

    package var algorithm: String { "scrypt" }
    package var ownMemoryKiB: Int { ScryptHasher.memoryKiB(n: Self.own.n, r: Self.own.r, p: Self.own.p) }

    package func memoryKiB(_ encoded: EncodedHash) -> Int {
        Stored(encoded).map { ScryptHasher.memoryKiB(n: $0.n, r: $0.r, p: $0.p) } ?? 0
    }

    /// What OpenSSL asks for: the table, the blocks and its working space.
    private static func memoryKiB(n: Int, r: Int, p: Int) -> Int { (128 * r * (n + p + 2)) / 1_024 + 1 }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard let stored = Stored(encoded) else { return false }
        let key = try ScryptHasher.key(password, salt: stored.salt, n: stored.n, r: stored.r, p: stored.p)
        return ConstantTime.equal(key, stored.key)
    }

    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        guard let stored = Stored(encoded) else { return true }
        // As in Django, the length of the salt does not count here.
        return stored.n != Self.own.n || stored.r != Self.own.r || stored.p != Self.own.p
    }

    package func make(_ password: Password) throws(CryptoError) -> String {
        let salt = try Salt.make()
        let (n, r, p) = Self.own
        let key = try ScryptHasher.key(password, salt: salt, n: n, r: r, p: p)
        let saltText = String(decoding: salt, as: UTF8.self)
        return "scrypt$\(n)$\(saltText)$\(r)$\(p)$\(EncodedHash.base64Text(key, isPadded: true))"
    }

    private static func key(
        _ password: Password, salt: [UInt8], n: Int, r: Int, p: Int
    ) throws(CryptoError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: keyLength)
        let memory = UInt64(memoryKiB(n: n, r: r, p: p) + 64) * 1_024
        let result = unsafe key.withUnsafeMutableBufferPointer { key in
            unsafe password.bytes.withUnsafeBytes { password in
                unsafe salt.withUnsafeBufferPointer { salt in
                    unsafe EVP_PBE_scrypt(
                        password.bindMemory(to: CChar.self).baseAddress, password.count, salt.baseAddress, salt.count,
                        UInt64(n), UInt64(r), UInt64(p), memory, key.baseAddress, key.count)
                }
            }
        }
        guard result == 1 else { throw .openSSL(code: ERR_get_error()) }
        return key
    }

    /// A stored hash, taken apart and within the limits.
    private struct Stored {
        let n: Int
        let r: Int
        let p: Int
        let salt: [UInt8]
        let key: [UInt8]

        init?(_ encoded: EncodedHash) {
            let parts = encoded.parts
            guard parts.count == 6, parts[0] == Array("scrypt".utf8), !parts[2].isEmpty,
                let n = EncodedHash.number(parts[1], limit: 1 << 20), n > 1, n & (n - 1) == 0,
                let r = EncodedHash.number(parts[3], limit: 64), r > 0,
                let p = EncodedHash.number(parts[4], limit: 64), p > 0,
                memoryKiB(n: n, r: r, p: p) <= mostMemoryKiB, n * r * p <= mostWork,
                let key = EncodedHash.base64(parts[5], isPadded: true), key.count == keyLength
            else { return nil }
            self.n = n
            self.r = r
            self.p = p
            salt = parts[2]
            self.key = key
        }
    }
}
