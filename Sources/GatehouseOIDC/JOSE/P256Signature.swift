private import COpenSSL
internal import GatehouseCore
internal import GatehouseCrypto

/// ECDSA with SHA-256 on P-256 (`ES256`: RFC 7518, section 3.4).
enum P256Signature {
    /// Signs with a private key: 64 octets.
    static func make(over octets: [UInt8], pem: SecretOctets) throws(CryptoError) -> [UInt8] {
        let key = unsafe pem.octets.withUnsafeBufferPointer { pem in
            unsafe gatehouse_p256_private_key(pem.baseAddress, pem.count)
        }
        guard let key = unsafe key else { throw .unusableKey }
        defer { unsafe EVP_PKEY_free(key) }
        var signature = [UInt8](repeating: 0, count: 64)
        let isSigned = unsafe signature.withUnsafeMutableBufferPointer { signature in
            unsafe octets.withUnsafeBufferPointer { octets in
                unsafe gatehouse_sign_p256(key, octets.baseAddress, octets.count, signature.baseAddress)
            }
        }
        guard isSigned else { throw .openSSL(code: ERR_get_error()) }
        return signature
    }
}
