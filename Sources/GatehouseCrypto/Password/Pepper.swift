internal import GatehouseCore

/// A secret outside of the database that goes into every new hash: who only has the database cannot try passwords.
///
/// A hash with a pepper is stored as `pepper$ID$` and the usual form, which Django refuses as an unknown algorithm.
package struct PepperRing: Sendable {
    package struct Key: Sendable {
        /// 1 to 255.
        package let id: UInt8
        let secret: [UInt8]

        /// `secret` has at least 32 octets.
        package init(id: UInt8, secret: [UInt8]) {
            self.id = id
            self.secret = secret
        }
    }

    private let keys: [Key]

    /// The first key goes into new hashes; all of them are understood; without any there is no pepper.
    package init(_ keys: [Key]) { self.keys = keys }

    package static let none = PepperRing([])

    /// A stored form taken apart.
    struct Stored {
        /// The usual form.
        let encoded: String
        /// `nil` for a hash without pepper.
        let key: Key?
        /// Whether new hashes are peppered in another way.
        let isOutdated: Bool
    }

    /// - Returns: `nil` for a key that the ring does not have, or a malformed form.
    func open(_ encoded: String) -> Stored? {
        let bytes = Array(encoded.utf8)
        guard bytes.starts(with: "pepper$".utf8) else {
            return Stored(encoded: encoded, key: nil, isOutdated: !keys.isEmpty)
        }
        let rest = bytes.dropFirst(7)
        guard let dollar = rest.firstIndex(of: UInt8(ascii: "$")),
            let id = EncodedHash.number(rest[..<dollar], limit: 255),
            let key = keys.first(where: { Int($0.id) == id })
        else { return nil }
        return Stored(
            encoded: String(decoding: rest[(dollar + 1)...], as: UTF8.self), key: key,
            isOutdated: key.id != keys.first?.id)
    }

    /// Hashes a password with the first key.
    func seal(_ password: Password, _ make: (Password) throws(CryptoError) -> String) throws(CryptoError) -> String {
        guard let key = keys.first else { return try make(password) }
        return "pepper$\(key.id)$\(try make(try PepperRing.peppered(password, key)))"
    }

    /// What takes the place of the password: the hexadecimal HMAC-SHA-256 under the key.
    static func peppered(_ password: Password, _ key: Key?) throws(CryptoError) -> Password {
        guard let key else { return password }
        return Password(Hexadecimal.text(try Digest.hmacSHA256(password.bytes, key: key.secret)))
    }
}
