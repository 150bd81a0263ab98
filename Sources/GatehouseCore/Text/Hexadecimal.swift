/// Octets and numbers in hexadecimal digits (RFC 4648, section 8).
package enum Hexadecimal {
    /// Which letters stand for ten to fifteen.
    package enum Letters: UInt8, Sendable {
        /// How much a letter lies above a digit of the same value less ten.
        case lower = 0x57
        case upper = 0x37
    }

    /// The digit of a value below 16.
    package static func digit(_ value: UInt8, _ letters: Letters = .lower) -> UInt8 {
        value < 10 ? 0x30 &+ value : letters.rawValue &+ value
    }

    /// Appends the two digits of an octet.
    package static func append(_ octet: UInt8, to text: inout [UInt8], _ letters: Letters = .lower) {
        text.append(digit(octet >> 4, letters))
        text.append(digit(octet & 15, letters))
    }

    /// Two lower-case digits for each octet.
    package static func digits(_ octets: some Collection<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count * 2)
        for octet in octets { append(octet, to: &text) }
        return text
    }

    /// The same as a text.
    package static func text(_ octets: some Collection<UInt8>) -> String {
        String(decoding: digits(octets), as: UTF8.self)
    }

    /// A number in lower-case digits, with zeros in front up to `width` of them.
    package static func text(_ number: some UnsignedInteger, width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// The octet that two digits of either case spell.
    package static func octet(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = ASCII.hexValue(high), let low = ASCII.hexValue(low) else { return nil }
        return high << 4 | low
    }

    /// The octet behind a mark like `%` or `\` at `index`: what the two digits after it spell; `nil` if they are not there.
    package static func octet<Text: RandomAccessCollection>(behind index: Int, of text: Text) -> UInt8?
    where Text.Element == UInt8, Text.Index == Int {
        guard text.endIndex - index > 2 else { return nil }
        return octet(text[index + 1], text[index + 2])
    }

    /// The octets that pairs of digits spell; `nil` for an odd number of them and for anything else.
    package static func octets<Digits: RandomAccessCollection>(_ digits: Digits) -> [UInt8]?
    where Digits.Element == UInt8, Digits.Index == Int {
        guard digits.count % 2 == 0 else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(digits.count / 2)
        for index in stride(from: digits.startIndex, to: digits.endIndex, by: 2) {
            guard let octet = octet(digits[index], digits[index + 1]) else { return nil }
            octets.append(octet)
        }
        return octets
    }
}
