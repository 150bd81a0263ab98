internal import GatehouseCore
package import NIOCore

/// Where a request of the portal comes from.
package struct PortalContext: Sendable {
    /// The TCP peer; `nil` on a Unix socket, and for a peer that is gone already.
    let peer: IPAddress?
    /// Whether it came over a Unix socket, whose peers are trusted by the file's mode.
    let isUnixSocket: Bool

    package init(channel: any Channel) {
        let address = channel.localAddress
        isUnixSocket = if case .unixDomainSocket? = address { true } else { false }
        peer = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    }

    init(peer: IPAddress?, isUnixSocket: Bool) {
        self.peer = peer
        self.isUnixSocket = isUnixSocket
    }

    /// Whether the other end is one of some proxies.
    func isOne(of proxies: TrustedProxies) -> Bool { isUnixSocket || peer.map(proxies.contains) == true }
}
