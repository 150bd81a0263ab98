internal import GatehouseCore
internal import NIOCore
internal import NIOPosix

extension ClientBootstrap {
    /// Connects to a Unix socket, an address or a name.
    func connection(to address: ServerAddress) -> EventLoopFuture<any Channel> {
        switch address {
        case .unix(let path):
            return connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            if let address = try? SocketAddress(ipAddress: host, port: Int(port)) { return connect(to: address) }
            return connect(host: host, port: Int(port))
        }
    }
}
