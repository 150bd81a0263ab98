internal import GatehouseCore

/// `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest` of passlib and Authelia, and passlib's older `$bcrypt-sha256$2b,12$…`: bcrypt over
/// the base64 of a digest, so that passwords of any length count whole.
struct BCryptSHA256 {
    private let bcrypt: BCryptHash
    /// Whether the digest is an HMAC under the salt, as from version 2 on.
    private let isKeyed: Bool

    /// Takes the parts behind the name.
    init(_ parts: ArraySlice<[UInt8]>, _ limits: VerifyLimits) throws(HashRefusal) {
        let parts = Array(parts)
        guard parts.count == 3 else {
            throw .malformed("bcrypt-sha256 with \(parts.count < 3 ? "a piece missing" : "a piece too many")")
        }
        let items = parts[0].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { Array($0) }
        let kinds = ["2a", "2b", "2y"].map { Array($0.utf8) }
        let cost: [UInt8]
        if items.count == 3, items[0] == Array("v=2".utf8), items[1].starts(with: "t=".utf8),
            kinds.contains(Array(items[1].dropFirst(2))), items[2].starts(with: "r=".utf8)
        {
            (isKeyed, cost) = (true, Array(items[2].dropFirst(2)))
        } else if items.count == 2, kinds.contains(items[0]) {
            (isKeyed, cost) = (false, items[1])
        } else {
            throw .malformed("bcrypt-sha256's cost is written v=2,t=2b,r=12")
        }
        bcrypt = try BCryptHash(cost: cost, salt: parts[1][...], digest: parts[2][...], limits)
    }

    func matches(_ password: Password) throws(CryptoError) -> Bool {
        let digest =
            isKeyed
            ? try Digest.hmacSHA256(password.bytes, key: bcrypt.salt) : try Digest.sha256(password.bytes)
        return try bcrypt.matches(Array(EncodedHash.base64Text(digest, isPadded: true).utf8))
    }
}
