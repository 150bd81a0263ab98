package import GatehouseCore
private import Glibc
internal import NIOCore

/// Trying whether an address could be listened on, without doing it.
extension ListeningSocket {
    /// What became of the trial.
    package enum Vacancy: Equatable, Sendable {
        case free
        /// Somebody listens there.
        case taken
        case impossible(reason: String)
    }

    /// Takes an address for a moment, without waiting for connections on it; the file of a Unix socket is only looked at.
    package static func vacancy(of address: ListenAddress) -> Vacancy {
        guard let name = try? address.socketAddress() else {
            return .impossible(reason: "not an address that can be listened on")
        }
        if case .unix(let path) = address { return vacancy(ofFile: path, name) }
        let family = name.protocol == .inet6 ? AF_INET6 : AF_INET
        let probe = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return .impossible(reason: words(errno)) }
        defer { Glibc.close(probe) }
        var yes: Int32 = 1
        _ = unsafe setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let code = unsafe name.withSockAddr { name, length in
            unsafe bind(probe, name, socklen_t(length)) == 0 ? 0 : errno
        }
        switch code {
        case 0: return .free
        case EADDRINUSE: return .taken
        default: return .impossible(reason: words(code))
        }
    }

    private static func vacancy(ofFile path: String, _ name: SocketAddress) -> Vacancy {
        // Opening a socket's file fails in a way of its own.
        let opened = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard opened < 0 else {
            Glibc.close(opened)
            return .impossible(reason: "there is a file of this name that is no socket")
        }
        switch errno {
        case ENOENT:
            let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) + "/" } ?? "."
            return unsafe access(folder, W_OK | X_OK) == 0
                ? .free : .impossible(reason: "no file can be made in \(folder): \(words(errno))")
        case ENXIO:
            let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard probe >= 0 else { return .impossible(reason: words(errno)) }
            defer { Glibc.close(probe) }
            let code = unsafe name.withSockAddr { name, length in
                unsafe connect(probe, name, socklen_t(length)) == 0 ? 0 : errno
            }
            // Left by an earlier run: it is removed at the start.
            return code == ECONNREFUSED ? .free : .taken
        case ELOOP: return .impossible(reason: "there is a symbolic link of this name")
        default: return .impossible(reason: words(errno))
        }
    }

    private static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
