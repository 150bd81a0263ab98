package import GatehouseCore
package import NIOCore

/// Where a listener waits for connections.
package enum BindAddress: Hashable, Sendable, CustomStringConvertible {
    /// Port 0 lets the system choose.
    case tcp(IPAddress, port: UInt16)
    /// A Unix socket; a socket file that is left over from before is removed first.
    case unix(path: String)

    package func socketAddress() throws -> SocketAddress {
        switch self {
        case .tcp(let address, let port): try SocketAddress(ipAddress: address.description, port: Int(port))
        case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
        }
    }

    package var description: String {
        switch self {
        case .tcp(let address, let port): address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
