package import GatehouseCore

/// One algorithm for password hashes, in Django's encoding `algorithm$…`.
///
/// Everything here is pure work on the caller's thread: run it on the worker pool, never on an event loop.
package protocol PasswordHasher: Sendable {
    /// The text before the first `$`.
    var algorithm: String { get }

    /// Whether a stored hash is of this kind, by its beginning.
    func recognizes(_ encoded: EncodedHash) -> Bool

    /// Whether `encoded` was made from the password; a malformed or too costly encoding is a "no".
    ///
    /// - Throws: `CryptoError` if the library could not compute, e.g. for lack of memory: nobody knows whether it matches.
    func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool

    /// Why a stored hash of this kind can match nothing, whatever the password; `nil` if it can.
    func refusal(_ encoded: EncodedHash) -> HashRefusal?

    /// Whether a hash that matched should be replaced when this hasher is the preferred one.
    func isOutdated(_ encoded: EncodedHash) -> Bool

    /// Makes a hash with a fresh salt.
    func make(_ password: Password) throws(CryptoError) -> String

    /// The memory that a verification takes, in KiB.
    func memoryKiB(_ encoded: EncodedHash) -> Int

    /// The memory that `make` takes, in KiB.
    var ownMemoryKiB: Int { get }
}

extension PasswordHasher {
    package func recognizes(_ encoded: EncodedHash) -> Bool { encoded.parts.first == Array(algorithm.utf8) }
}

/// A stored hash cut at its `$` signs.
package struct EncodedHash: Sendable {
    package let parts: [[UInt8]]

    /// The longest stored value that is looked at; Django's column has 128 characters.
    package static let maxLength = 512

    /// `nil` for Django's mark of no password (`!…`), and for what is longer than `maxLength`.
    package init?(_ encoded: String) {
        let bytes = EncodedHash.withoutScheme(Array(encoded.utf8))
        guard bytes.count <= EncodedHash.maxLength, bytes.first != UInt8(ascii: "!") else { return nil }
        parts = bytes.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// A hash without the scheme that LDAP, Dovecot and Authelia put before what says its kind itself: `{CRYPT}$6$…`.
    private static func withoutScheme(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard bytes.first == UInt8(ascii: "{"), let end = bytes.prefix(32).firstIndex(of: UInt8(ascii: "}")),
            bytes[(end + 1)...].first == UInt8(ascii: "$"),
            bytes[1..<end].allSatisfy({ ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return bytes[...] }
        return bytes[(end + 1)...]
    }

    /// The decimal number of a part, without sign, blanks or leading zeros.
    static func number(_ text: some Collection<UInt8>, limit: Int) -> Int? {
        let digits = Array(text)
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return ASCII.decimal(digits.span, limit: limit)
    }

    /// Standard base64, with or without its padding; `nil` for anything else.
    static func base64(_ text: [UInt8], isPadded: Bool) -> [UInt8]? {
        var body = text
        if isPadded {
            guard text.count % 4 == 0 else { return nil }
            for _ in 0..<2 where body.last == UInt8(ascii: "=") { body.removeLast() }
        }
        for index in body.indices {
            switch body[index] {
            case UInt8(ascii: "+"): body[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): body[index] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: break
            }
        }
        return Base64URL.decode(body.span)
    }

    /// Base64 without padding as passlib and Authelia write it: with a dot in place of the plus sign, or the plus sign.
    static func adaptedBase64(_ text: [UInt8]) -> [UInt8]? {
        base64(text.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "+") : $0 }, isPadded: false)
    }

    /// A number that is written well, however large it is: `limit` is for what no limit of ours comes near.
    static func number(
        _ text: some Collection<UInt8>, _ what: String
    ) throws(HashRefusal) -> Int {
        guard let number = number(text, limit: 1 << 40) else { throw .malformed("\(what) is no number") }
        return number
    }

    /// The text of octets in standard base64.
    static func base64Text(_ octets: [UInt8], isPadded: Bool) -> String {
        var text = Base64URL.encode(octets).map { octet in
            octet == UInt8(ascii: "-") ? UInt8(ascii: "+") : octet == UInt8(ascii: "_") ? UInt8(ascii: "/") : octet
        }
        while isPadded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The salts of new hashes: 22 characters of `A-Z a-z 0-9`, as Django makes them.
enum Salt {
    static let length = 22
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    static func make() throws(CryptoError) -> [UInt8] {
        var salt: [UInt8] = []
        while salt.count < length {
            // 248 is the largest multiple of 62 below 256: every character is equally likely.
            for octet in try SystemRandom.octets(32) where octet < 248 && salt.count < length {
                salt.append(alphabet[Int(octet) % alphabet.count])
            }
        }
        return salt
    }
}
