internal import GatehouseCore
private import GatehouseSystem
private import Glibc

/// Sockets that the service manager opened, and that stay open from one run of the daemon to the next.
extension ListeningSocket {
    /// Takes over all that were passed.
    ///
    /// - Returns: those that can be used, and what is wrong with the others.
    static func inherit(
        _ inherited: [(key: String, descriptor: Int32)], _ addresses: [(key: String, address: ListenAddress)]
    ) -> (sockets: [ListeningSocket], problems: [CannotListen]) {
        var sockets: [ListeningSocket] = []
        var problems: [CannotListen] = []
        for (key, descriptor) in inherited {
            do throws(CannotListen) {
                let named = addresses.filter { $0.key == key }.map(\.address)
                let socket = try ListeningSocket(inherited: descriptor, key: key, at: named)
                guard !sockets.contains(where: { $0.key == key && $0.address == socket.address }) else {
                    throw CannotListen(
                        key: key, inherited: descriptor, reason: "is at \(socket.address), as another one is")
                }
                sockets.append(socket)
            } catch {
                problems.append(error)
            }
        }
        return (sockets, problems)
    }

    /// Takes over a socket that listens already.
    ///
    /// It has to be at one of the addresses that the configuration names: the other commands ask there, and what the
    /// configuration was judged by is what is listened on. The mode of a Unix socket's file, and the file, stay the manager's.
    ///
    /// - Parameters:
    ///   - descriptor: is the listener's from now on.
    ///   - key: the configuration's key of the listener that it is meant for.
    ///   - addresses: what the configuration names under that key.
    /// - Throws: `CannotListen` for anything else than such a socket.
    init(inherited descriptor: Int32, key: String, at addresses: [ListenAddress]) throws(CannotListen) {
        guard let type = ListeningSocket.option(SO_TYPE, of: descriptor) else {
            throw CannotListen(key: key, inherited: descriptor, reason: "is no socket; its unit needs ListenStream=")
        }
        guard type == Int32(SOCK_STREAM.rawValue) else {
            throw CannotListen(
                key: key, inherited: descriptor, reason: "carries no connections; its unit needs ListenStream=")
        }
        guard ListeningSocket.option(SO_ACCEPTCONN, of: descriptor) == 1 else {
            throw CannotListen(
                key: key, inherited: descriptor,
                reason: "does not listen: it is a single connection; its unit needs Accept=no")
        }
        let place = ListenAddress(boundTo: descriptor)
        guard let address = place, addresses.contains(address) else {
            let place = place.map { "is at \($0)" } ?? "is neither at an IP address nor at a path"
            let named = addresses.map { "\"\($0)\"" }.joined(separator: ", ")
            throw CannotListen(
                key: key, inherited: descriptor,
                reason: "\(place), and \(key) is [\(named)]: write the same address there and in the socket's unit")
        }
        if case .unix(let path) = address, FileStatus(path: path).map({ $0.mode & 0o002 != 0 }) == true {
            throw CannotListen(
                key: key, inherited: descriptor,
                reason: "has a file that everybody may connect to, and who connects is trusted; its unit needs "
                    + "SocketMode=0660")
        }
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
            throw CannotListen(key: key, address: address, code: errno)
        }
        self.init(key: key, address: address, descriptor: descriptor)
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
}

extension ListenAddress {
    /// Where a socket is bound; `nil` if that is nothing which a configuration could name.
    init?(boundTo descriptor: Int32) {
        var name = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = unsafe withUnsafeMutablePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe getsockname(descriptor, name, &length) == 0
            }
        }
        guard isKnown else { return nil }
        let octets = unsafe withUnsafeBytes(of: name) { octets in unsafe Array(octets.prefix(Int(length))) }
        self.init(socketName: octets, family: Int32(name.ss_family))
    }

    /// Reads a `sockaddr_in`, `sockaddr_in6` or `sockaddr_un`, from the family on.
    private init?(socketName octets: [UInt8], family: Int32) {
        func number(_ range: Range<Int>) -> UInt64 { octets[range].reduce(0) { $0 << 8 | UInt64($1) } }
        switch family {
        case AF_INET where octets.count >= 8:
            let host = IPAddress(v4: (octets[4], octets[5], octets[6], octets[7]))
            self = .tcp(host: host, port: UInt16(number(2..<4)))
        case AF_INET6 where octets.count >= 24:
            self = .tcp(host: IPAddress(high: number(8..<16), low: number(16..<24)), port: UInt16(number(2..<4)))
        case AF_UNIX:
            // One with an abstract name begins with a zero octet; one that is not bound has no name.
            let path = octets.dropFirst(2).prefix { $0 != 0 }
            guard path.first == UInt8(ascii: "/") else { return nil }
            self = .unix(path: String(decoding: path, as: UTF8.self))
        default: return nil
        }
    }
}
