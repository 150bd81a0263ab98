/// Base64 with the URL alphabet and without padding (RFC 4648, section 5).
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Appends the encoded form of `octets`: ⌈4n/3⌉ characters.
    package static func append(_ octets: Span<UInt8>, to text: inout [UInt8]) {
        var bits: UInt32 = 0
        var count = 0
        for index in octets.indices {
            bits = bits << 8 | UInt32(octets[index])
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    }

    /// The encoded form of `octets`.
    package static func encode(_ octets: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count * 4 + 2) / 3)
        append(octets.span, to: &text)
        return text
    }

    /// The same with the plain alphabet, and filled up (RFC 4648, section 4): what headers of HTTP and mail want.
    package static func plain(_ octets: [UInt8]) -> String {
        let text = encode(octets).map { octet -> UInt8 in
            switch octet {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: octet
            }
        }
        return String(decoding: text, as: UTF8.self) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    /// The octets of `text`, or `nil` for a foreign character, an impossible length or spare bits that are not zero.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for index in text.indices {
            guard let value = value(of: text[index]) else { return nil }
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard bits & ((1 << UInt32(count)) - 1) == 0 else { return nil }
        return octets
    }

    /// The six bits that one character stands for.
    package static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// The 32 octets that exactly 43 characters spell, without an array in between; the session cookie's path.
    ///
    /// - Returns: `nil` for a foreign character, another length or spare bits that are not zero.
    static func decode32(_ text: Span<UInt8>) -> (Octets16, Octets16)? {
        guard text.count == 43 else { return nil }
        var words: InlineArray<4, UInt64> = InlineArray(repeating: 0)
        var bits: UInt64 = 0
        var count: UInt64 = 0
        var octets = 0
        for index in 0..<43 {
            guard let value = value(of: text[index]) else { return nil }
            bits = bits << 6 | UInt64(value)
            count += 6
            if count >= 8 {
                count -= 8
                words[octets >> 3] = words[octets >> 3] << 8 | (bits >> count & 0xFF)
                octets += 1
            }
        }
        guard bits & 3 == 0 else { return nil }
        return (Octets16(high: words[0], low: words[1]), Octets16(high: words[2], low: words[3]))
    }
}
