private import Glibc

/// The client's side of a Unix socket that takes datagrams, as journald and syslog have it.
enum DatagramSocket {
    /// - Returns: a descriptor, which is its caller's.
    static func connect(to path: String) throws(LineFile.Fault) -> Int32 {
        var name = sockaddr_un()
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path), !bytes.contains(0) else {
            throw LineFile.Fault(ENAMETOOLONG)
        }
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw LineFile.Fault(errno) }
        let result = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe Glibc.connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            // It is a stream.
            throw code == EPROTOTYPE ? LineFile.Fault("the socket there takes no datagrams") : LineFile.Fault(code)
        }
        return descriptor
    }

    /// Sends a datagram; waits while the receiver's queue is full.
    static func send(_ datagram: [UInt8], to descriptor: Int32) throws(LineFile.Fault) {
        while true {
            let count = unsafe datagram.withUnsafeBytes { octets in
                unsafe Glibc.send(descriptor, octets.baseAddress, octets.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 { return }
            if errno != EINTR { throw LineFile.Fault(errno) }
        }
    }
}
