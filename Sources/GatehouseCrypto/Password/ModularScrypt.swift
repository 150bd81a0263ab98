internal import GatehouseCore

/// `$scrypt$ln=16,r=8,p=1$salt$digest` of passlib and Authelia.
struct ModularScrypt {
    let cost: Scrypt.Cost
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Takes the parts behind the name.
    init(_ parts: ArraySlice<[UInt8]>, _ limits: VerifyLimits) throws(HashRefusal) {
        let parts = Array(parts)
        guard parts.count == 3 else {
            throw .malformed("scrypt with \(parts.count < 3 ? "a piece missing" : "a piece too many")")
        }
        let items = parts[0].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard items.count == 3, items[0].starts(with: "ln=".utf8), items[1].starts(with: "r=".utf8),
            items[2].starts(with: "p=".utf8)
        else { throw .malformed("scrypt's cost is written ln=…,r=…,p=…") }
        let logN = try EncodedHash.number(items[0].dropFirst(3), "scrypt's ln")
        let r = try EncodedHash.number(items[1].dropFirst(2), "scrypt's r")
        let p = try EncodedHash.number(items[2].dropFirst(2), "scrypt's p")
        guard (1...30).contains(logN) else { throw .malformed("scrypt's ln is a number from 1 to 30") }
        cost = try Scrypt.Cost(n: 1 << logN, r: r, p: p, "ln=\(logN), r=\(r), p=\(p)", limits)
        guard let salt = EncodedHash.adaptedBase64(parts[1]), !salt.isEmpty else {
            throw .malformed("scrypt's salt is no base64")
        }
        guard let key = EncodedHash.adaptedBase64(parts[2]), (32...128).contains(key.count) else {
            throw .malformed("scrypt's digest is no base64 of 32 to 128 octets")
        }
        self.salt = salt
        self.key = key
    }

    func matches(_ password: Password) throws(CryptoError) -> Bool {
        ConstantTime.equal(try Scrypt.key(password, salt: salt, cost, length: key.count), key)
    }
}
