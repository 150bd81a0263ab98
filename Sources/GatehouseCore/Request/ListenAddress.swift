/// Where a listener waits for connections: as it is written, bound and told.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// Port 0 lets the system choose.
    case tcp(host: IPAddress, port: UInt16)
    /// The absolute path of a Unix socket.
    case unix(path: String)

    /// The most octets the path of a Unix socket may have (Linux, `sockaddr_un`).
    package static let maxPathLength = 107

    /// Takes `127.0.0.1:9180`, `[::1]:9180` or `unix:/run/gatehouse/check.sock`; `nil` for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        if bytes.starts(with: "unix:".utf8) {
            let path = bytes[5...]
            guard path.first == UInt8(ascii: "/"), path.last != UInt8(ascii: "/"),
                path.count <= ListenAddress.maxPathLength, !path.contains(0)
            else { return nil }
            self = .unix(path: String(decoding: path, as: UTF8.self))
            return
        }
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), bytes.count - colon <= 6,
            let port = ASCII.decimal(bytes.span.extracting((colon + 1)..<bytes.count), limit: 65_535)
        else { return nil }
        let isBracketed = colon >= 2 && bytes[0] == UInt8(ascii: "[") && bytes[colon - 1] == UInt8(ascii: "]")
        let range = isBracketed ? 1..<(colon - 1) : 0..<colon
        // An IPv6 address has colons of its own, so it needs the brackets, and nothing else may have them.
        guard bytes[range].contains(UInt8(ascii: ":")) == isBracketed,
            let host = IPAddress(parsing: bytes.span.extracting(range))
        else { return nil }
        self = .tcp(host: host, port: UInt16(port))
    }

    /// Whether only this machine can connect.
    package var isLocal: Bool {
        switch self {
        case .tcp(let host, _): host.isLoopback
        case .unix: true
        }
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.isV4 ? "\(host):\(port)" : "[\(host)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Whether the system chooses the port, so that two equal addresses do not collide.
    package var isChosenBySystem: Bool {
        if case .tcp(_, 0) = self { true } else { false }
    }
}
