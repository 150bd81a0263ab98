internal import GatehouseCore

/// A bcrypt hash `$2b$12$` with 22 characters of salt and 31 of digest.
struct BCryptHash {
    let cost: Int
    /// 22 characters.
    let salt: [UInt8]
    private let digest: [UInt8]

    /// Takes the parts after the first dollar sign; 2a, 2x and 2y are computed as 2b, as Django's library does.
    init(_ parts: ArraySlice<[UInt8]>, _ limits: VerifyLimits) throws(HashRefusal) {
        let parts = Array(parts)
        guard parts.count == 3 else {
            throw .malformed("bcrypt with \(parts.count < 3 ? "a piece missing" : "a piece too many")")
        }
        guard ["2a", "2b", "2x", "2y"].contains(where: { parts[0] == Array($0.utf8) }) else {
            throw .malformed("bcrypt has the kinds 2a, 2b, 2x and 2y")
        }
        guard parts[1].count == 2, parts[2].count == 53 else {
            throw .malformed("bcrypt has a cost of 2 digits, and 53 characters of salt and digest behind it")
        }
        try self.init(cost: parts[1], salt: parts[2].prefix(22), digest: parts[2].dropFirst(22), limits)
    }

    /// Takes the pieces wherever they stood.
    init(
        cost text: [UInt8], salt: ArraySlice<UInt8>, digest: ArraySlice<UInt8>, _ limits: VerifyLimits
    ) throws(HashRefusal) {
        guard (1...2).contains(text.count), let cost = ASCII.decimal(text.span, limit: 31), cost >= 4 else {
            throw .malformed("bcrypt's cost is a number from 4 to 31")
        }
        guard salt.count == 22, digest.count == 31,
            (salt + digest).allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x2F })
        else {
            throw .malformed("bcrypt has 22 characters of salt and 31 of digest, of its own alphabet")
        }
        try limits.check(.bcryptCost(cost))
        self.cost = cost
        self.salt = Array(salt)
        self.digest = Array(digest)
    }

    /// What libcrypt takes: everything but the digest.
    static func setting(_ cost: Int, _ salt: [UInt8]) -> [UInt8] {
        Array("$2b$\(cost < 10 ? "0" : "")\(cost)$".utf8) + salt
    }

    func matches(_ password: [UInt8]) throws(CryptoError) -> Bool {
        guard let hash = try LibCrypt.hash(password, setting: BCryptHash.setting(cost, salt)), hash.count == 60 else {
            return false
        }
        return ConstantTime.equal(Array(hash.suffix(31)), digest)
    }

    private static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// 16 random octets in bcrypt's own base64.
    static func makeSalt() throws(CryptoError) -> [UInt8] {
        var bits: UInt32 = 0
        var count: UInt32 = 0
        var text: [UInt8] = []
        for octet in try SystemRandom.octets(16) {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 63)])
            }
        }
        text.append(alphabet[Int(bits << (6 - count) & 63)])
        return text
    }
}
