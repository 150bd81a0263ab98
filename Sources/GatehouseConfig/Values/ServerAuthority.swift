internal import GatehouseCore

/// The server in an address: a name, an IPv4 address or an IPv6 address in brackets, with or without a port.
struct ServerAuthority {
    /// Whether what is sent there stays on this machine.
    let isThisMachine: Bool

    /// `nil` for what is no server.
    init?(_ octets: [UInt8]) {
        if octets.first == UInt8(ascii: "[") {
            guard let close = octets.firstIndex(of: UInt8(ascii: "]")),
                let address = IPAddress(parsing: octets.span.extracting(1..<close))
            else { return nil }
            isThisMachine = address.isLoopback
        } else {
            guard let host = Authority(parsing: octets.span)?.host else { return nil }
            isThisMachine = IPAddress(parsing: host.bytes.span)?.isLoopback ?? host.bytes.span.equals("localhost")
        }
    }
}
