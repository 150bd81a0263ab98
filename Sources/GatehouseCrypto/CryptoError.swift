/// A cryptographic library refused to work: the request fails with 503, never as "wrong password" or "no session".
package enum CryptoError: Error, Equatable, CustomStringConvertible {
    /// OpenSSL's code (`ERR_get_error`), 0 if it named none.
    case openSSL(code: UInt)
    /// libargon2's code.
    case argon2(code: Int32)
    /// A key has the wrong size or a key ring is empty: an error of the configuration.
    case unusableKey

    package var description: String {
        switch self {
        case .openSSL(let code): "OpenSSL refused to work (its code \(code))"
        case .argon2(let code): "libargon2 refused to work (its code \(code))"
        case .unusableKey: "a key has the wrong size"
        }
    }
}
