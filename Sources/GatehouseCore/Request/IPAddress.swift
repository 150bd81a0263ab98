/// An IPv4 or IPv6 address; an IPv4-mapped IPv6 address is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as 128 bits in network order; IPv4 lies in `::ffff:0:0/96`.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter octets: four octets, first one first.
    package init(v4 octets: (UInt8, UInt8, UInt8, UInt8)) {
        let value = UInt64(octets.0) << 24 | UInt64(octets.1) << 16 | UInt64(octets.2) << 8 | UInt64(octets.3)
        self.init(high: 0, low: 0xFFFF_0000_0000 | value)
    }

    package var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether the address is of `127.0.0.0/8` or `::1`.
    package var isLoopback: Bool { isV4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// Takes an address in text form, without brackets, port or zone; `nil` if it is none.
    ///
    /// IPv4: four decimal numbers without leading zeros. IPv6: RFC 4291, section 2.2.
    package init?(parsing text: Span<UInt8>) {
        if text.firstIndex(of: UInt8(ascii: ":")) == nil {
            guard let value = IPAddress.parseV4(text) else { return nil }
            self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(value))
        } else {
            guard let groups = IPAddress.parseV6(text) else { return nil }
            var halves: (UInt64, UInt64) = (0, 0)
            for (index, group) in groups.enumerated() {
                if index < 4 {
                    halves.0 = halves.0 << 16 | UInt64(group)
                } else {
                    halves.1 = halves.1 << 16 | UInt64(group)
                }
            }
            self.init(high: halves.0, low: halves.1)
        }
    }

    package init?(_ text: String) { self.init(parsing: Array(text.utf8).span) }

    private static func parseV4(_ text: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var start = 0
        for part in 0..<4 {
            let end = part == 3 ? text.count : text.firstIndex(of: UInt8(ascii: "."), from: start) ?? -1
            guard end > start, end - start <= 3, let number = ASCII.decimal(text.extracting(start..<end), limit: 255),
                end - start == 1 || text[start] != UInt8(ascii: "0")
            else { return nil }
            value = value << 8 | UInt32(number)
            start = end + 1
        }
        return value
    }

    /// Eight groups of 16 bits.
    private static func parseV6(_ text: Span<UInt8>) -> [UInt16]? {
        guard text.count <= 45 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            index = 2
        }
        while index < text.count {
            let end = text.firstIndex(of: UInt8(ascii: ":"), from: index) ?? text.count
            let part = text.extracting(index..<end)
            if end == text.count, part.firstIndex(of: UInt8(ascii: ".")) != nil {
                guard let value = parseV4(part) else { return nil }
                groups += [UInt16(value >> 16), UInt16(truncatingIfNeeded: value)]
                index = end
                break
            }
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for position in part.indices {
                guard let digit = ASCII.hexValue(part[position]) else { return nil }
                group = group << 4 | UInt16(digit)
            }
            groups.append(group)
            index = end
            guard index < text.count else { break }
            index += 1
            guard index < text.count else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        guard let gap else { return groups.count == 8 ? groups : nil }
        guard groups.count <= 7 else { return nil }
        groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        return groups
    }

    package var description: String {
        if isV4 { return (0..<4).map { String(low >> UInt64(24 - 8 * $0) & 0xFF) }.joined(separator: ".") }
        let groups = (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
        }
        return IPAddress.shortened(groups)
    }

    /// RFC 5952: the longest run of at least two zero groups becomes `::`.
    private static func shortened(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start: Int?
        for index in 0...8 {
            if index < 8, groups[index] == 0 {
                start = start ?? index
            } else if let from = start {
                if index - from > best.count { best = from..<index }
                start = nil
            }
        }
        let hex = groups.map { String($0, radix: 16) }
        guard best.count > 1 else { return hex.joined(separator: ":") }
        return hex[..<best.lowerBound].joined(separator: ":") + "::" + hex[best.upperBound...].joined(separator: ":")
    }
}

/// A network in CIDR form.
package struct Network: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// 0 to 128, counted on the 128-bit form; IPv4 /n is 96 + n.
    package let prefixLength: Int

    /// Takes `10.0.0.0/8`, `2001:db8::/32` or a single address; host bits must be zero.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let slash = bytes.firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        guard let address = IPAddress(parsing: bytes.span.extracting(0..<slash)) else { return nil }
        let width = address.isV4 ? 32 : 128
        var length = width
        if slash < bytes.count {
            guard let given = ASCII.decimal(bytes.span.extracting((slash + 1)..<bytes.count), limit: width) else {
                return nil
            }
            length = given
        }
        self.init(address: address, prefixLength: length + (address.isV4 ? 96 : 0))
    }

    private init?(address: IPAddress, prefixLength: Int) {
        let mask = Network.mask(prefixLength)
        guard address.high & ~mask.high == 0, address.low & ~mask.low == 0 else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// Loopback of both families.
    package static let loopback: [Network] = [Network("127.0.0.0/8"), Network("::1")].compactMap(\.self)

    /// Whether it is one of IPv6 that has every address of IPv4 in it, as `::/0` has.
    package var hasAllOfIPv4: Bool { !address.isV4 && contains(IPAddress(v4: (0, 0, 0, 0))) }

    package func contains(_ other: IPAddress) -> Bool {
        let mask = Network.mask(prefixLength)
        return other.high & mask.high == address.high && other.low & mask.low == address.low
    }

    private static func mask(_ length: Int) -> (high: UInt64, low: UInt64) {
        func half(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits)) }
        return (half(length), half(length - 64))
    }

    package var description: String { "\(address)/\(address.isV4 ? prefixLength - 96 : prefixLength)" }
}
