private import Glibc

/// Sends messages to the service manager: datagrams to its socket, without libsystemd.
package final class ServiceNotifier: Sendable {
    private let socket: NotifySocket
    private let descriptor: Int32

    /// How long a service manager that reads nothing is waited for, in seconds.
    private static var patience: Int { 2 }

    /// - Throws: `ServiceManagerFault` if the system gives no socket.
    package init(_ socket: NotifySocket) throws(ServiceManagerFault) {
        self.socket = socket
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ServiceManagerFault("NOTIFY_SOCKET: \(SystemReason.text())") }
        var limit = timeval(tv_sec: ServiceNotifier.patience, tv_usec: 0)
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Tells it one thing; waits two seconds at most.
    ///
    /// The name is looked up each time: a manager that started anew has another socket there.
    ///
    /// - Throws: `ServiceManagerFault` if it could not be told.
    package func send(_ message: ServiceMessage) throws(ServiceManagerFault) {
        let octets = Array(message.text.utf8)
        var sent = -1
        repeat {
            sent = unsafe withName { name, length in
                unsafe octets.withUnsafeBytes { octets in
                    unsafe sendto(
                        descriptor, octets.baseAddress, octets.count, Int32(MSG_NOSIGNAL), name, length)
                }
            }
        } while sent < 0 && errno == EINTR
        guard sent == octets.count else {
            throw ServiceManagerFault("NOTIFY_SOCKET: cannot be written to: \(SystemReason.text())")
        }
    }

    private func withName<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { place in unsafe place.copyBytes(from: socket.name) }
        // A path ends with a zero octet, which is there already; an abstract name ends where it ends.
        let end = socket.name.first == 0 ? 0 : 1
        let length = socklen_t(MemoryLayout<sa_family_t>.size + socket.name.count + end)
        return unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in unsafe body(name, length) }
        }
    }
}
