/// A key that makes short tags for texts which a browser keeps and must not be able to make up.
package struct TagKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let secret: [UInt8]

    init(secret: [UInt8]) { self.secret = secret }

    /// The first 16 octets of HMAC-SHA-256 over the parts, each after its length.
    package func tag(of parts: [UInt8]...) throws(CryptoError) -> [UInt8] {
        var message: [UInt8] = []
        for part in parts {
            let count = UInt64(part.count)
            message += (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * UInt64($0))) }
            message += part
        }
        return Array(try Digest.hmacSHA256(message, key: secret).prefix(16))
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
