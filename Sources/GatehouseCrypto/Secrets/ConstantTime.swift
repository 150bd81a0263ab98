private import COpenSSL

/// Comparison of secrets in a time that does not depend on where they differ.
package enum ConstantTime {
    /// Whether two secrets are equal; different lengths are told apart at once, they are no secret.
    ///
    /// Nothing is no secret: two empty ones are not equal.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count, !left.isEmpty else { return false }
        return unsafe left.withUnsafeBufferPointer { first in
            unsafe right.withUnsafeBufferPointer { second in
                guard let one = first.baseAddress, let other = second.baseAddress else { return false }
                return unsafe CRYPTO_memcmp(one, other, first.count) == 0
            }
        }
    }
}
