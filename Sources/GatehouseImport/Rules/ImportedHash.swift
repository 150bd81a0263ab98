/// What the stored hashes of other programs look like.
enum ImportedHash {
    /// The most characters of Django's column.
    static let maxLength = 128

    /// The hash as it is stored: without the scheme that LDAP, Dovecot and Authelia put before it, without the dollar signs that
    /// a compose file doubles, and short enough for Django's column where that loses nothing.
    static func stored(_ encoded: String) -> String {
        var bytes = Array(encoded.utf8)
        let dollar = UInt8(ascii: "$")
        if bytes.first == UInt8(ascii: "{"), let end = bytes.firstIndex(of: UInt8(ascii: "}")), end < 32,
            bytes[(end + 1)...].first == dollar
        {
            bytes.removeFirst(end + 1)
        }
        if bytes.starts(with: [dollar, dollar]) {
            var single: [UInt8] = []
            var isFirst = false
            for byte in bytes {
                isFirst = byte == dollar && !isFirst
                if byte != dollar || isFirst { single.append(byte) }
            }
            bytes = single
        }
        return String(decoding: shortened(bytes), as: UTF8.self)
    }

    /// A long PBKDF2 hash with no more than 33 octets of its digest: a beginning of it is what PBKDF2 makes for that length, and
    /// 264 bits are as hard to meet as 512.
    private static func shortened(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > maxLength,
            ["$pbkdf2-sha512$", "$pbkdf2-sha384$"].contains(where: { bytes.starts(with: $0.utf8) })
        else { return bytes }
        var parts = bytes.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 5, parts[4].count > 44 else { return bytes }
        // 44 characters are 33 octets without a bit left over.
        parts[4] = parts[4].prefix(44)
        return Array(parts.joined(separator: [UInt8(ascii: "$")]))
    }

    /// Whether it is Django's mark of an account without a password.
    static func isUnusable(_ encoded: String) -> Bool { encoded.utf8.first == UInt8(ascii: "!") }

    /// Why a hash cannot be taken over; `nil` if it can.
    ///
    /// `judge` says why no password can match such a hash.
    static func refusal(_ encoded: String, by judge: (String) -> String?) -> String? {
        if isUnusable(encoded) { return nil }
        guard encoded.unicodeScalars.count <= maxLength else {
            return "the hash has more than the \(maxLength) characters of Django's column"
        }
        for (prefix, name) in weak where encoded.utf8.starts(with: prefix.utf8) {
            return "\(name) is too weak to be taken over; make the hash anew (htpasswd -B writes bcrypt)"
        }
        guard let reason = judge(encoded) else { return nil }
        for (prefix, name) in foreign where encoded.utf8.starts(with: prefix.utf8) {
            return "\(name) cannot be checked here; the person needs a new password"
        }
        return "the hash can match nothing here: \(reason); as it is, the person needs a new password"
    }

    /// Formats that a guess breaks in no time.
    private static let weak = [
        ("$apr1$", "Apache's MD5 ($apr1$)"), ("$1$", "MD5 crypt ($1$)"), ("{SHA}", "unsalted SHA-1 ({SHA})"),
        ("{SSHA}", "salted SHA-1 ({SSHA})"), ("{PLAIN}", "a password in plain text ({PLAIN})"),
    ]

    /// Formats that Gatehouse may know some day.
    private static let foreign = [
        ("$7$", "scrypt of crypt(3) ($7$)"), ("md5$", "MD5 without passwords.allow_legacy (md5$)"),
        ("sha1$", "SHA-1 (sha1$)"),
    ]
}
