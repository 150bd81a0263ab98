package import GatehouseCore
private import Glibc
package import NIOCore

extension ListenAddress {
    /// The same for NIO.
    package func socketAddress() throws -> SocketAddress {
        switch self {
        case .tcp(let address, let port): try SocketAddress(ipAddress: address.description, port: Int(port))
        case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
        }
    }

    /// Removes a socket file that an earlier run left: nobody listens there any more.
    ///
    /// Anything that is no socket, or where somebody listens, stays, and binding will say so.
    package func removeLeftover() {
        guard case .unix(let path) = self, let name = try? socketAddress() else { return }
        // Opening a socket's file fails in a way of its own; without following links nothing else does.
        let opened = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard opened < 0 else {
            close(opened)
            return
        }
        guard errno == ENXIO else { return }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return }
        defer { close(probe) }
        let isRefused = unsafe name.withSockAddr { name, length in
            unsafe connect(probe, name, socklen_t(length)) != 0 && errno == ECONNREFUSED
        }
        if isRefused { _ = unsafe unlink(path) }
    }

    /// Lets the group of a socket's folder connect, like the proxy's; nobody else.
    package func admitGroup() {
        guard case .unix(let path) = self else { return }
        _ = unsafe chmod(path, 0o660)
    }

    /// The text of an address that was bound, with the port that the system chose.
    package static func text(_ address: SocketAddress?) -> String {
        guard let address else { return "" }
        guard let ip = address.ipAddress, let port = address.port else { return "unix:\(address.pathname ?? "")" }
        return address.protocol == .inet6 ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}
