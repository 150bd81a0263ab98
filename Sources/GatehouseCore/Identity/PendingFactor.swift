/// A second factor that another program kept for a person: nothing asks for it yet.
package struct PendingFactor: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// What authenticators are told, `otpauth://totp/?secret=…`, which is a secret.
    package let uri: String

    /// Takes a secret in base32, as authenticators show it; six digits every thirty seconds.
    ///
    /// `nil` for a text that is none: shorter than 80 bits, or with anything but capital letters, 2 to 7 and padding.
    package init?(base32 text: String) {
        var secret = Array(text.utf8)
        while secret.last == UInt8(ascii: "=") { secret.removeLast() }
        guard (16...256).contains(secret.count),
            secret.allSatisfy({ (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) })
        else { return nil }
        self.init(secret: secret, digits: 6, period: 30, start: 0)
    }

    /// Takes a secret in hexadecimal digits, as django-otp stores it, and what it is used with.
    ///
    /// - Parameters:
    ///   - text: at least 80 bits.
    ///   - digits: 6 to 8.
    ///   - period: how many seconds a code holds.
    ///   - start: the moment from which periods are counted.
    package init?(hexadecimal text: String, digits: Int64, period: Int64, start: Int64) {
        let nibbles = text.utf8.compactMap { ASCII.hexValue($0) }
        guard nibbles.count == text.utf8.count, nibbles.count % 2 == 0, (20...320).contains(nibbles.count),
            (6...8).contains(digits), (1...3_600).contains(period), start >= 0
        else { return nil }
        self.init(secret: PendingFactor.base32(nibbles), digits: digits, period: period, start: start)
    }

    private init(secret: [UInt8], digits: Int64, period: Int64, start: Int64) {
        let text = String(decoding: secret, as: UTF8.self)
        uri =
            "otpauth://totp/?secret=\(text)&algorithm=SHA1&digits=\(digits)&period=\(period)"
            + (start == 0 ? "" : "&t0=\(start)")
    }

    /// RFC 4648, section 6, without padding, of half octets.
    private static func base32(_ nibbles: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var (text, bits, count): ([UInt8], UInt16, UInt16) = ([], 0, 0)
        for nibble in nibbles {
            bits = (bits << 4 | UInt16(nibble)) & 0xFFF
            count += 4
            guard count >= 5 else { continue }
            count -= 5
            text.append(alphabet[Int(bits >> count & 31)])
        }
        if count > 0 { text.append(alphabet[Int(bits << (5 - count) & 31)]) }
        return text
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
