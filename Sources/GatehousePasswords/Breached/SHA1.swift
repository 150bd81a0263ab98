private import COpenSSL

/// SHA-1, only because lists of breached passwords are made of it.
enum SHA1 {
    static let length = 20

    /// 20 octets; `nil` if OpenSSL refuses.
    static func digest(_ octets: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: length)
        var count: UInt32 = 0
        let result = unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe octets.withUnsafeBufferPointer { octets in
                unsafe EVP_Digest(octets.baseAddress, octets.count, digest.baseAddress, &count, EVP_sha1(), nil)
            }
        }
        return result == 1 && Int(count) == length ? digest : nil
    }
}
