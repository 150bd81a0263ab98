private import COpenSSL
internal import GatehouseCore

/// PBKDF2 with HMAC (RFC 8018, section 5.2).
enum PBKDF2 {
    /// The hash function below HMAC.
    enum Function: String {
        case sha1, sha224, sha256, sha384, sha512

        /// Octets of its digest.
        var length: Int {
            switch self {
            case .sha1: 20
            case .sha224: 28
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    /// - Throws: `CryptoError.openSSL` if the library refuses: nobody knows whether a password matches.
    /// - Complexity: about 0.1 s of CPU for 600,000 iterations. Never call it on an event loop.
    static func key(
        _ password: Password, salt: [UInt8], iterations: Int, _ function: Function, length: Int
    ) throws(CryptoError) -> [UInt8] {
        let digest =
            switch function {
            case .sha1: unsafe EVP_sha1()
            case .sha224: unsafe EVP_sha224()
            case .sha256: unsafe EVP_sha256()
            case .sha384: unsafe EVP_sha384()
            case .sha512: unsafe EVP_sha512()
            }
        var key = [UInt8](repeating: 0, count: length)
        let result = unsafe key.withUnsafeMutableBufferPointer { key in
            unsafe password.bytes.withUnsafeBytes { password in
                unsafe salt.withUnsafeBufferPointer { salt in
                    unsafe PKCS5_PBKDF2_HMAC(
                        password.bindMemory(to: CChar.self).baseAddress, Int32(clamping: password.count),
                        salt.baseAddress, Int32(clamping: salt.count), Int32(clamping: iterations), digest,
                        Int32(clamping: key.count), key.baseAddress)
                }
            }
        }
        guard result == 1 else { throw .openSSL(code: ERR_get_error()) }
        return key
    }
}
