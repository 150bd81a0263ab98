private import COpenSSL
internal import GatehouseCore

/// scrypt (RFC 7914).
enum Scrypt {
    /// What a hash costs.
    struct Cost: Equatable {
        let n: Int
        let r: Int
        let p: Int

        init(n: Int, r: Int, p: Int) {
            self.n = n
            self.r = r
            self.p = p
        }

        /// That of a stored hash; `words` is how it says it.
        init(n: Int, r: Int, p: Int, _ words: String, _ limits: VerifyLimits) throws(HashRefusal) {
            guard n > 1, n & (n - 1) == 0, r > 0, p > 0 else {
                throw .malformed("scrypt needs a power of two for N, and r and p from 1 on")
            }
            guard n <= 1 << 24, r <= 64, p <= 64 else {
                throw .tooCostly("\(words), where N is at most 2^24, r and p 64; no setting lets it in")
            }
            // RFC 7914, section 2: no library computes others, so that they match nothing; that is no outage.
            guard 16 * r >= 63 || n < 1 << (16 * r) else { throw .malformed("scrypt needs N below 2^(16·r)") }
            self.init(n: n, r: r, p: p)
            try limits.check(memoryKiB: memoryKiB, words)
            try limits.check(.scryptWork(n * r * p))
        }

        /// What OpenSSL asks for: the table, the blocks and its working space.
        var memoryKiB: Int { (128 * r * (n + p + 2)) / 1_024 + 1 }
    }

    /// - Throws: `CryptoError.openSSL` if the library refuses: nobody knows whether a password matches.
    static func key(
        _ password: Password, salt: [UInt8], _ cost: Cost, length: Int
    ) throws(CryptoError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: length)
        let memory = UInt64(cost.memoryKiB + 64) * 1_024
        let result = unsafe key.withUnsafeMutableBufferPointer { key in
            unsafe password.bytes.withUnsafeBytes { password in
                unsafe salt.withUnsafeBufferPointer { salt in
                    unsafe EVP_PBE_scrypt(
                        password.bindMemory(to: CChar.self).baseAddress, password.count, salt.baseAddress, salt.count,
                        UInt64(cost.n), UInt64(cost.r), UInt64(cost.p), memory, key.baseAddress, key.count)
                }
            }
        }
        guard result == 1 else { throw .openSSL(code: ERR_get_error()) }
        return key
    }
}
