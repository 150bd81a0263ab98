private import CCrypt
private import Glibc

/// libcrypt's `crypt_rn`, which knows bcrypt, SHA-crypt and yescrypt.
enum LibCrypt {
    /// Hashes a password with a setting, which is everything of a stored hash but the digest.
    ///
    /// - Returns: the whole stored form; `nil` for a setting that libcrypt refuses, and for a password that holds a NUL.
    /// - Throws: `CryptoError.unusableKey` if there is no memory to work in.
    static func hash(_ password: [UInt8], setting: [UInt8]) throws(CryptoError) -> [UInt8]? {
        guard !password.contains(0), !setting.contains(0) else { return nil }
        // 32 KiB, zeroed as the library wants it; too large for the stack of a worker.
        let size = MemoryLayout<crypt_data>.size
        guard let data = unsafe calloc(1, size) else { throw .unusableKey }
        defer {
            unsafe explicit_bzero(data, size)
            unsafe free(data)
        }
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        let text = setting.map { CChar(bitPattern: $0) } + [0]
        guard let result = unsafe crypt_rn(phrase, text, data, Int32(clamping: size)) else { return nil }
        let hash = unsafe Array(String(cString: result).utf8)
        // A failure is spelled `*0` or `*1`.
        return hash.first == UInt8(ascii: "*") ? nil : hash
    }
}
