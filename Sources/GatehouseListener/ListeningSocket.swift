package import GatehouseCore
private import Glibc
internal import NIOCore

/// A socket that takes connections already, though nobody answers them yet.
///
/// Everything a daemon listens on is opened before anything of it answers: who finds one port open finds all of them, and an
/// address that is taken is known before anybody is served. What connects meanwhile waits in the system's queue.
package struct ListeningSocket: Sendable {
    /// The configuration's key of the address, for messages.
    package let key: String
    package let address: ListenAddress
    /// Belongs to the listener that it is given to, which closes it.
    let descriptor: Int32

    init(key: String, address: ListenAddress, descriptor: Int32) {
        self.key = key
        self.address = address
        self.descriptor = descriptor
    }

    /// How many connections the system keeps until they are taken.
    static var backlog: Int32 { 1_024 }

    /// Opens a socket and listens.
    ///
    /// The file of a Unix socket that an earlier run left is removed; the group of its folder may connect, nobody else.
    ///
    /// - Throws: `CannotListen`.
    package init(_ address: ListenAddress, key: String) throws(CannotListen) {
        self.key = key
        self.address = address
        let socketAddress: SocketAddress
        do { socketAddress = try address.socketAddress() } catch {
            throw CannotListen(key: key, address: address, reason: "not an address that can be listened on")
        }
        let family =
            switch socketAddress.protocol {
            case .inet6: AF_INET6
            case .unix: AF_UNIX
            default: AF_INET
            }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw CannotListen(key: key, address: address, code: errno) }
        var yes: Int32 = 1
        if family != AF_UNIX {
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        address.removeLeftover()
        let bound = unsafe socketAddress.withSockAddr { name, length in
            unsafe bind(descriptor, name, socklen_t(length))
        }
        guard bound == 0, listen() == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw CannotListen(key: key, address: address, code: code)
        }
        address.admitGroup()
    }

    /// Opens all of them, except for those that the service manager has opened.
    ///
    /// - Parameters:
    ///   - addresses: all that the configuration names, with their keys.
    ///   - inherited: descriptors that were passed, with the key of the listener that each is meant for.
    /// - Returns: a socket for each address, in the same order.
    /// - Throws: `CannotListenAnywhere` with every address that cannot be listened on, and every descriptor that cannot be used;
    ///   none is open then.
    package static func openAll(
        _ addresses: [(key: String, address: ListenAddress)], inherited: [(key: String, descriptor: Int32)] = []
    ) throws(CannotListenAnywhere) -> [ListeningSocket] {
        var (passed, problems) = inherit(inherited, addresses)
        var sockets: [ListeningSocket] = []
        for (key, address) in addresses {
            if let index = passed.firstIndex(where: { $0.key == key && $0.address == address }) {
                sockets.append(passed.remove(at: index))
                continue
            }
            do throws(CannotListen) {
                sockets.append(try ListeningSocket(address, key: key))
            } catch {
                problems.append(error)
            }
        }
        guard problems.isEmpty else {
            for socket in sockets { socket.close() }
            throw CannotListenAnywhere(problems: problems)
        }
        return sockets
    }

    /// Listens, with the longest queue; NIO shortens it when it takes a socket over.
    @discardableResult
    func listen() -> Int32 { Glibc.listen(descriptor, ListeningSocket.backlog) }

    /// Closes a socket that no listener was given.
    package func close() { Glibc.close(descriptor) }
}

/// An address that cannot be listened on.
package struct CannotListen: Error, CustomStringConvertible {
    package let description: String

    init(key: String, address: ListenAddress, reason: String) {
        description =
            "\(key): cannot listen on \(address): \(reason); choose another address or stop the program that uses it"
    }

    /// For a socket that was passed.
    init(key: String, inherited descriptor: Int32, reason: String) {
        description = "\(key): the socket that was passed as descriptor \(descriptor) \(reason)"
    }

    init(key: String, address: ListenAddress, code: Int32) {
        self.init(key: key, address: address, reason: unsafe String(cString: strerror(code)))
    }
}

/// An address where connections were taken, and no more are: only a new start of the daemon helps.
package struct ListenerEnded: Error, CustomStringConvertible {
    /// Which one, like "check".
    package let listener: String

    package init(listener: String) { self.listener = listener }

    package var description: String {
        "\(listener): the system gives no more connections (the line before names its reason); start the daemon again"
    }
}

/// Every address that cannot be listened on.
package struct CannotListenAnywhere: Error, CustomStringConvertible {
    package let problems: [CannotListen]

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
