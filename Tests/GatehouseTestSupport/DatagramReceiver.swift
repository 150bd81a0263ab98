internal import Foundation
internal import Glibc

/// A Unix socket that takes datagrams, as journald's and syslog's do.
package final class DatagramReceiver: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let descriptor: Int32

    /// Listens at a path; each datagram may have to be waited for `seconds`.
    package init(path: String, seconds: Int = 30) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8.prefix(107))
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(descriptor, name, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, result == 0 else { throw Failure(description: "bind: errno \(errno)") }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next datagram.
    package func receive() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw Failure(description: "receive: errno \(errno)") }
        return Array(bytes.prefix(count))
    }

    /// The next datagram that is about an event, as text.
    package func text(containing word: String) throws -> String {
        while true {
            let text = String(decoding: try receive(), as: UTF8.self)
            if text.contains(word) { return text }
        }
    }
}
