private import COpenSSL

/// Random octets from the system's generator through OpenSSL's, which the kernel seeds.
package enum SystemRandom {
    /// - Throws: `CryptoError.openSSL` if the generator is not seeded: nothing may be signed in then.
    package static func octets(_ count: Int) throws(CryptoError) -> [UInt8] {
        guard count > 0 else { return [] }
        var octets = [UInt8](repeating: 0, count: count)
        let result = unsafe octets.withUnsafeMutableBufferPointer { buffer in
            unsafe RAND_bytes(buffer.baseAddress, Int32(clamping: buffer.count))
        }
        guard result == 1, count <= Int32.max else { throw .openSSL(code: ERR_get_error()) }
        return octets
    }
}
