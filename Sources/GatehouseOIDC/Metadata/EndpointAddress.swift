internal import GatehouseCore

/// An address of a provider, taken apart as far as it has to be judged before anything is sent there.
struct EndpointAddress: Equatable, Sendable {
    let text: String
    let scheme: Scheme
    /// In lower case, without brackets.
    let host: String
    let isLoopback: Bool

    /// The most octets of an address.
    static let maxLength = 2_048

    /// Takes `https://host[:port]/path?query` in printable ASCII; `nil` for anything else, user information and a fragment
    /// included.
    init?(_ text: String) {
        let octets = Array(text.utf8)
        guard octets.count <= Self.maxLength, octets.allSatisfy(Self.isAllowed),
            let (scheme, start) = Origin.splitScheme(octets.span)
        else { return nil }
        let end = octets[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? octets.count
        self.text = text
        self.scheme = scheme
        if octets[start...].first == UInt8(ascii: "[") {
            guard let close = octets[start..<end].firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let literal = Array(octets[(start + 1)..<close].map(ASCII.lowercased))
            guard let address = IPAddress(parsing: literal.span), !address.isV4 else { return nil }
            // A name in place of the brackets, so that what follows them is read like any other port.
            let rest = Array("x".utf8) + octets[(close + 1)..<end]
            guard rest.count == 1 || rest[1] == UInt8(ascii: ":"), Authority(parsing: rest.span) != nil else {
                return nil
            }
            host = String(decoding: literal, as: UTF8.self)
            isLoopback = address.isLoopback
            return
        }
        let named = Array(octets[start..<end])
        guard let authority = Authority(parsing: named.span) else { return nil }
        host = authority.host.description
        let address = IPAddress(parsing: authority.host.bytes.span)
        isLoopback = address?.isLoopback ?? authority.host.bytes.span.equals("localhost")
    }

    /// What RFC 3986 lets stand in a URL, without what begins a fragment or ends user information.
    private static func isAllowed(_ octet: UInt8) -> Bool {
        octet > 0x20 && octet < 0x7F && !"\"<>\\^`{|}#@".utf8.contains(octet)
    }

    /// Whether an address has a query already, so that parameters are added to it (RFC 6749, section 3.1).
    var hasQuery: Bool { text.utf8.contains(UInt8(ascii: "?")) }
}
