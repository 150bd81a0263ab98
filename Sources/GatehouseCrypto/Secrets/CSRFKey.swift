private import COpenSSL

/// The key of form tokens.
package struct CSRFKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let secret: [UInt8]

    init(secret: [UInt8]) { self.secret = secret }

    /// HMAC-SHA-256 over `c` ‖ 0x00 ‖ purpose ‖ 0x00 ‖ octets: a token of one purpose is none of another.
    ///
    /// - Returns: 32 octets; empty, which matches no token, if OpenSSL refuses.
    package func mac(of octets: [UInt8], purpose: StaticString) -> [UInt8] {
        let message = Array("c\0".utf8) + Array(purpose.description.utf8) + [0] + octets
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let result = unsafe digest.withUnsafeMutableBufferPointer { out in
            unsafe secret.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe HMAC(
                        EVP_sha256(), key.baseAddress, Int32(clamping: key.count), message.baseAddress, message.count,
                        out.baseAddress, &length)
                }
            }
        }
        return unsafe result != nil && length == 32 ? digest : []
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
