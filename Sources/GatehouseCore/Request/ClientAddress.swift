/// Where a request came from, counted through the proxies that are trusted.
package struct TrustedProxies: Sendable {
    package let networks: [Network]

    package init(networks: [Network]) { self.networks = networks }

    /// Whether a TCP peer or a hop of `X-Forwarded-For` is one of ours.
    package func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// The client's address: the right-most one in `X-Forwarded-For` that is not a trusted proxy.
    ///
    /// - Parameters:
    ///   - forwarded: the value of `X-Forwarded-For`; `nil` if the header is missing, then the peer is the client.
    ///   - peer: the TCP peer; `nil` on a Unix socket.
    /// - Returns: `.unknown` on a Unix socket without the header, and for nginx' `unix:`, the client of a socket of its own;
    ///   `.malformed` if a needed entry is no address: refuse.
    package func clientAddress(forwarded: [UInt8]?, peer: IPAddress?) -> ClientAddress {
        guard let forwarded else { return peer.map(ClientAddress.known) ?? .unknown }
        var end = forwarded.count
        while true {
            let comma = forwarded[..<end].lastIndex(of: UInt8(ascii: ","))
            let start = comma.map { $0 + 1 } ?? 0
            let entry = forwarded.span.extracting(TrustedProxies.trimmed(forwarded, start..<end))
            if entry.equals("unix:") { return .unknown }
            guard let address = TrustedProxies.hop(entry) else { return .malformed }
            guard contains(address), let comma else { return .known(address) }
            end = comma
        }
    }

    /// A part of the octets without the blanks around it.
    private static func trimmed(_ octets: [UInt8], _ part: Range<Int>) -> Range<Int> {
        var start = part.lowerBound
        var end = part.upperBound
        while start < end, octets[start] == 0x20 || octets[start] == 0x09 { start += 1 }
        while end > start, octets[end - 1] == 0x20 || octets[end - 1] == 0x09 { end -= 1 }
        return start..<end
    }

    /// One entry: an address, with or without port.
    private static func hop(_ text: Span<UInt8>) -> IPAddress? {
        if let address = IPAddress(parsing: text) { return address }
        guard !text.isEmpty else { return nil }
        if text[0] == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")), isPort(text.extracting((close + 1)..<text.count))
            else {
                return nil
            }
            return IPAddress(parsing: text.extracting(1..<close)).flatMap { $0.isV4 ? nil : $0 }
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), isPort(text.extracting(colon..<text.count)) else {
            return nil
        }
        return IPAddress(parsing: text.extracting(0..<colon))
    }

    /// Whether the rest of an entry is empty or `:port`.
    private static func isPort(_ text: Span<UInt8>) -> Bool {
        guard !text.isEmpty else { return true }
        guard text[0] == UInt8(ascii: ":") else { return false }
        return ASCII.decimal(text.extracting(1..<text.count), limit: 65_535) != nil
    }
}

/// The address that rules and logs use for a request.
package enum ClientAddress: Hashable, Sendable {
    case known(IPAddress)
    /// A Unix socket's peer that named no address: where a rule looks at networks, it is refused.
    case unknown
    /// `X-Forwarded-For` does not parse: refuse the request.
    case malformed

    package var isKnown: Bool { if case .known = self { true } else { false } }
}
