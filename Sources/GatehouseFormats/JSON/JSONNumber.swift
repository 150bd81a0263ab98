package import GatehouseCore

/// A number of a JSON document, exactly as it is spelled (RFC 8259, section 6).
///
/// It is never made a floating-point number: two spellings of one value differ here, and what is asked of it is exact.
package struct JSONNumber: Equatable, Sendable {
    /// As it stands in the document.
    package let spelling: [UInt8]

    /// Takes what the grammar of numbers allows.
    init(spelled octets: [UInt8]) { spelling = octets }

    /// The value, if it is a whole number that fits; `1.0` and `1e3` are whole numbers, too.
    package var whole: Int64? {
        guard let (value, isExact) = scaled(by: 0), isExact else { return nil }
        return value
    }

    /// The moment so many seconds after 1970-01-01 UTC, as RFC 7519 writes moments (`NumericDate`).
    ///
    /// What is less than a millisecond is cut off; `nil` for what is further away than a `Timestamp` can say.
    package var moment: Timestamp? { scaled(by: 3).map { Timestamp(milliseconds: $0.value) } }

    /// The value times a power of ten, rounded towards zero, and whether nothing was cut off.
    private func scaled(by power: Int) -> (value: Int64, isExact: Bool)? {
        let isNegative = spelling.first == UInt8(ascii: "-")
        let mantissa = spelling.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        let digits = mantissa.filter(ASCII.isDigit).map { Int64($0 &- 0x30) }
        let fraction = mantissa.firstIndex(of: UInt8(ascii: ".")).map { mantissa.endIndex - $0 - 1 } ?? 0
        guard let first = digits.firstIndex(where: { $0 != 0 }) else { return (0, true) }
        // From here on the number is not zero, so that many digits before the point are too many.
        let count = digits.count - fraction + exponent + power
        guard count > first else { return (0, false) }
        guard count - first <= 19 else { return nil }
        var value: Int64 = 0
        for index in first..<count {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let digit = index < digits.count ? digits[index] : 0
            let (sum, carries) = product.subtractingReportingOverflow(digit)
            guard !isTooLarge, !carries else { return nil }
            value = sum
        }
        let isExact = digits.dropFirst(count).allSatisfy { $0 == 0 }
        if isNegative { return (value, isExact) }
        return value == .min ? nil : (-value, isExact)
    }

    /// The power of ten that is spelled out, held within ± 1,000,000,000: nothing beyond can be said anyway.
    private var exponent: Int {
        guard let mark = spelling.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return 0 }
        var value = 0
        for octet in spelling[(mark + 1)...] where ASCII.isDigit(octet) {
            value = min(value * 10 + Int(octet &- 0x30), 1_000_000_000)
        }
        return spelling[mark + 1] == UInt8(ascii: "-") ? -value : value
    }
}
