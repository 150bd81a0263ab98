/// What the stored hashes of other programs look like.
enum ImportedHash {
    /// The most characters of Django's column.
    static let maxLength = 128

    /// The hash without the `{CRYPT}` that LDAP and Authelia put before it.
    static func unwrapped(_ encoded: String) -> String {
        let mark = "{CRYPT}"
        guard encoded.prefix(mark.count).uppercased() == mark else { return encoded }
        return String(encoded.dropFirst(mark.count))
    }

    /// Whether it is Django's mark of an account without a password.
    static func isUnusable(_ encoded: String) -> Bool { encoded.utf8.first == UInt8(ascii: "!") }

    /// Why a hash cannot be taken over; `nil` if it can.
    ///
    /// `isUnderstood` says whether a password could be compared with such a hash.
    static func refusal(_ encoded: String, isUnderstood: (String) -> Bool) -> String? {
        if isUnusable(encoded) { return nil }
        guard encoded.unicodeScalars.count <= maxLength else {
            return "the hash has more than the \(maxLength) characters of Django's column"
        }
        for (prefix, name) in weak where encoded.utf8.starts(with: prefix.utf8) {
            return "\(name) is too weak to be taken over; make the hash anew (htpasswd -B writes bcrypt)"
        }
        if isUnderstood(encoded) { return nil }
        for (prefix, name) in foreign where encoded.utf8.starts(with: prefix.utf8) {
            return "\(name) cannot be checked here; the person needs a new password"
        }
        return "the hash is of no format that can be checked here, or malformed; the person needs a new password"
    }

    /// Formats that a guess breaks in no time.
    private static let weak = [
        ("$apr1$", "Apache's MD5 ($apr1$)"), ("$1$", "MD5 crypt ($1$)"), ("{SHA}", "unsalted SHA-1 ({SHA})"),
        ("{SSHA}", "salted SHA-1 ({SSHA})"), ("{PLAIN}", "a password in plain text ({PLAIN})"),
    ]

    /// Formats that Gatehouse may know some day.
    private static let foreign = [
        ("$pbkdf2", "PBKDF2 in the modular format ($pbkdf2…$)"),
        ("$scrypt$", "scrypt in the modular format ($scrypt$)"),
        ("$7$", "scrypt of crypt(3) ($7$)"), ("md5$", "MD5 without passwords.allow_legacy (md5$)"),
        ("sha1$", "SHA-1 (sha1$)"),
    ]
}
