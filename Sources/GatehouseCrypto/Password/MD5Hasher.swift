package import GatehouseCore

/// Django's oldest form that still exists, `md5$salt$hex`: one fast hash, for sites that never had anything better.
package struct MD5Hasher: PasswordHasher {
    package init() {}

    package var algorithm: String { "md5" }
    package var ownMemoryKiB: Int { 1 }
    package func memoryKiB(_ encoded: EncodedHash) -> Int { 1 }
    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        encoded.parts.count != 3 || encoded.parts[1].count < Salt.length
    }
    /// - Throws: `CryptoError.unusableKey`: such a hash is never made.
    package func make(_ password: Password) throws(CryptoError) -> String { throw .unusableKey }

    package func refusal(_ encoded: EncodedHash) -> HashRefusal? {
        isWhole(encoded) ? nil : .malformed("md5 has a salt and 32 hexadecimal digits behind it")
    }

    private func isWhole(_ encoded: EncodedHash) -> Bool {
        encoded.parts.count == 3 && !encoded.parts[1].isEmpty && encoded.parts[2].count == 32
    }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard isWhole(encoded) else { return false }
        let digest = Hexadecimal.text(try Digest.md5(encoded.parts[1] + password.bytes))
        return ConstantTime.equal(Array(digest.utf8), encoded.parts[2])
    }
}
