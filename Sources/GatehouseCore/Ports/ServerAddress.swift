/// Where a server listens that is connected to.
package enum ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or a literal address, without brackets.
    case tcp(host: String, port: UInt16)
    /// The absolute path of a Unix socket.
    case unix(path: String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}
