private import COpenSSL
package import GatehouseCore

/// Plain hashes (FIPS 180-4).
package enum Digest {
    /// SHA-256: 32 octets.
    package static func sha256(_ octets: [UInt8]) throws(CryptoError) -> [UInt8] {
        try unsafe digest(octets, length: 32, EVP_sha256())
    }

    /// SHA-384: 48 octets.
    package static func sha384(_ octets: [UInt8]) throws(CryptoError) -> [UInt8] {
        try unsafe digest(octets, length: 48, EVP_sha384())
    }

    /// SHA-512: 64 octets.
    package static func sha512(_ octets: [UInt8]) throws(CryptoError) -> [UInt8] {
        try unsafe digest(octets, length: 64, EVP_sha512())
    }

    /// MD5: 16 octets.
    ///
    /// Only for hashes that a site made with it long ago.
    static func md5(_ octets: [UInt8]) throws(CryptoError) -> [UInt8] {
        try unsafe digest(octets, length: 16, EVP_md5())
    }

    private static func digest(
        _ octets: [UInt8], length: Int, _ function: OpaquePointer?
    ) throws(CryptoError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        let result = unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe octets.withUnsafeBufferPointer { octets in
                unsafe EVP_Digest(octets.baseAddress, octets.count, digest.baseAddress, &written, function, nil)
            }
        }
        guard result == 1, Int(written) == length else { throw .openSSL(code: ERR_get_error()) }
        return digest
    }

    /// HMAC-SHA-256 (RFC 2104): 32 octets.
    static func hmacSHA256(_ octets: [UInt8], key: [UInt8]) throws(CryptoError) -> [UInt8] {
        var mac = [UInt8](repeating: 0, count: 32)
        var written = 0
        let result = unsafe mac.withUnsafeMutableBufferPointer { mac in
            unsafe octets.withUnsafeBufferPointer { octets in
                unsafe key.withUnsafeBufferPointer { key in
                    unsafe gatehouse_hmac_sha256(
                        key.baseAddress, key.count, octets.baseAddress, octets.count, mac.baseAddress, &written)
                }
            }
        }
        guard result == 1, written == 32 else { throw .openSSL(code: ERR_get_error()) }
        return mac
    }

    /// What a session remembers of a stored hash, to see that it was changed: half of its SHA-256.
    package static func credential(_ encodedPassword: String) throws(CryptoError) -> Octets16? {
        let digest = try sha256(Array(encodedPassword.utf8))
        return Octets16(prefix: digest.span)
    }
}
