/// Sixteen octets: the size of every lookup id.
package struct Octets16: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Takes the first 16 octets; `nil` if there are fewer.
    package init?(prefix octets: Span<UInt8>) {
        guard octets.count >= 16 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            halves.0 = halves.0 << 8 | UInt64(octets[index])
            halves.1 = halves.1 << 8 | UInt64(octets[index + 8])
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// Half of the octets tell ids apart as well as all of them, since every lookup id is the output of a keyed hash.
    package func hash(into hasher: inout Hasher) { hasher.combine(low) }

    package var octets: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 % 8))) }
    }

    /// Appends 22 characters of base64url without building an array in between.
    package func appendBase64URL(to text: inout [UInt8]) {
        let octets: InlineArray<16, UInt8> = InlineArray { index in
            UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index % 8)))
        }
        Base64URL.append(octets.span, to: &text)
    }
}
