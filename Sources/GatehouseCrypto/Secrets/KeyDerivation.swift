private import COpenSSL

/// Keys for one purpose each, derived from one secret (HKDF-SHA-256, RFC 5869).
enum KeyDerivation {
    /// - Parameters:
    ///   - secret: at least 32 octets.
    ///   - purpose: a fixed text; two purposes give unrelated keys.
    /// - Returns: 32 octets.
    /// - Throws: `CryptoError.unusableKey` for a shorter secret.
    static func key(from secret: [UInt8], purpose: StaticString) throws(CryptoError) -> [UInt8] {
        guard secret.count >= 32 else { throw .unusableKey }
        let info = Array(purpose.description.utf8)
        var key = [UInt8](repeating: 0, count: 32)
        let result = unsafe key.withUnsafeMutableBufferPointer { out in
            unsafe secret.withUnsafeBufferPointer { secret in
                unsafe info.withUnsafeBufferPointer { info in
                    unsafe gatehouse_hkdf_sha256(
                        secret.baseAddress, secret.count, info.baseAddress, info.count, out.baseAddress, out.count)
                }
            }
        }
        guard result == 1 else { throw .openSSL(code: ERR_get_error()) }
        return key
    }
}
