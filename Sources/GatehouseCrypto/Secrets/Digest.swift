private import COpenSSL
package import GatehouseCore

/// Plain hashes (FIPS 180-4).
package enum Digest {
    /// SHA-256: 32 octets.
    package static func sha256(_ octets: [UInt8]) throws(CryptoError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let result = unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe octets.withUnsafeBufferPointer { octets in
                unsafe EVP_Digest(octets.baseAddress, octets.count, digest.baseAddress, &length, EVP_sha256(), nil)
            }
        }
        guard result == 1, length == 32 else { throw .openSSL(code: ERR_get_error()) }
        return digest
    }

    /// What a session remembers of a stored hash, to see that it was changed: half of its SHA-256.
    package static func credential(_ encodedPassword: String) throws(CryptoError) -> Octets16? {
        let digest = try sha256(Array(encodedPassword.utf8))
        return Octets16(prefix: digest.span)
    }
}
