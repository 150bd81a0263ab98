/// The encoding of labels that DNS and browsers use for other letters than ASCII's (RFC 3492).
package enum Punycode {
    /// The A-label of a label: `xn--bcher-kva` for `bücher`; a label of ASCII as it is.
    ///
    /// - Returns: `nil` for a label that is too long in this form.
    package static func label(_ text: String) -> String? {
        let scalars = text.unicodeScalars.map(\.value)
        guard scalars.contains(where: { $0 >= 0x80 }) else { return text }
        // Longer ones fit into no label, and the numbers below stay small.
        guard scalars.count < maxLabel, let encoded = encode(scalars), encoded.count <= maxLabel - 4 else { return nil }
        return "xn--" + String(decoding: encoded, as: UTF8.self)
    }

    /// RFC 1035, section 2.3.4.
    private static let maxLabel = 63
    private static let (base, least, most, skew, damp): (UInt32, UInt32, UInt32, UInt32, UInt32) = (36, 1, 26, 38, 700)

    /// RFC 3492, section 6.3; `nil` if a number grows out of its bounds.
    static func encode(_ scalars: [UInt32]) -> [UInt8]? {
        var output = scalars.filter { $0 < 0x80 }.map { UInt8(truncatingIfNeeded: $0) }
        let basic = UInt32(output.count)
        var handled = basic
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (next, delta, bias): (UInt32, UInt32, UInt32) = (0x80, 0, 72)
        while handled < scalars.count, let smallest = scalars.filter({ $0 >= next }).min() {
            let (step, isTooLarge) = (smallest - next).multipliedReportingOverflow(by: handled + 1)
            let (sum, isTooMuch) = delta.addingReportingOverflow(step)
            guard !isTooLarge, !isTooMuch, sum < .max - UInt32(scalars.count) else { return nil }
            (delta, next) = (sum, smallest)
            for scalar in scalars {
                if scalar < next { delta += 1 }
                guard scalar == next else { continue }
                append(delta, bias: bias, to: &output)
                bias = adapted(delta, points: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return output
    }

    private static func append(_ delta: UInt32, bias: UInt32, to output: inout [UInt8]) {
        var rest = delta
        var position = base
        while true {
            let threshold = position <= bias ? least : min(most, position - bias)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            position += base
        }
        output.append(digit(rest))
    }

    /// RFC 3492, section 6.1.
    private static func adapted(_ delta: UInt32, points: UInt32, isFirst: Bool) -> UInt32 {
        var rest = isFirst ? delta / damp : delta / 2
        rest += rest / points
        var position: UInt32 = 0
        while rest > (base - least) * most / 2 {
            rest /= base - least
            position += base
        }
        return position + (base - least + 1) * rest / (rest + skew)
    }

    /// `a` to `z`, then `0` to `9`.
    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? value + 0x61 : value + 22)
    }
}
