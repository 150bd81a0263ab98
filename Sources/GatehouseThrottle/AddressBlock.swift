package import GatehouseCore

/// The addresses that count as one client: an IPv4 address, or the first bits of an IPv6 address.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// 8 octets of the first half and 8 of the second, and how many bits count.
    let octets: [UInt8]
    package let description: String

    /// The block of 32 (IPv4) or 64 bits (IPv6); everybody whose address is not known is one client.
    package init(_ client: ClientAddress) {
        guard case .known(let address) = client else {
            self.init(octets: [], description: "unknown")
            return
        }
        self.init(address, bits: address.isV4 ? 128 : 64)
    }

    /// The block of 48 bits around an IPv6 address; `nil` for any other client.
    package init?(siteOf client: ClientAddress) {
        guard case .known(let address) = client, !address.isV4 else { return nil }
        self.init(address, bits: 48)
    }

    private init(_ address: IPAddress, bits: Int) {
        let high = bits == 48 ? address.high & ~0xFFFF : address.high
        let low = bits == 128 ? address.low : 0
        let text = IPAddress(high: high, low: low).description
        self.init(
            octets: Octets16(high: high, low: low).octets + [UInt8(bits)],
            description: bits == 128 ? text : "\(text)/\(bits)")
    }

    private init(octets: [UInt8], description: String) {
        self.octets = octets
        self.description = description
    }

    /// Takes what `description` gives, or an address; `nil` for anything else.
    package init?(text: String) {
        if text == "unknown" {
            self.init(.unknown)
            return
        }
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        switch parts.dropFirst().first {
        case nil: self.init(.known(address))
        case "64" where !address.isV4: self.init(address, bits: 64)
        case "48" where !address.isV4: self.init(address, bits: 48)
        case "32" where address.isV4: self.init(address, bits: 128)
        default: return nil
        }
    }
}

extension Flow {
    /// Whoever is not known comes with everybody near them: an IPv4 address, or the 48 bits of IPv6 that one customer has.
    package init(strangerAt client: ClientAddress) {
        self.init(.stranger, key: (AddressBlock(siteOf: client) ?? AddressBlock(client)).octets)
    }
}
