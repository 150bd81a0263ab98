internal import Glibc
internal import Synchronization

/// Ports that are free on loopback.
///
/// A run of tests claims a block of ports for itself, so that several runs beside each other never hand out the same one. The
/// blocks lie below those that the system gives to clients (32768 and up on Linux), so that no connection takes a port
/// between its choice and its use.
package enum FreePort {
    private static let first: UInt16 = 20_000
    private static let blockSize: UInt16 = 600
    private static let blocks: UInt16 = 20

    private static let cursor = Mutex(UInt16(0))
    private static let block = claim()

    /// A port that nobody listened on a moment ago, and that no other run of tests is given; a stranger can still take it.
    package static func any() throws -> UInt16 {
        guard let block else { throw LocalSocket.Failure(description: "no free block of ports") }
        for _ in 0..<blockSize {
            let port = cursor.withLock { cursor in
                cursor = (cursor + 1) % blockSize
                return first + block * blockSize + cursor
            }
            if isFree(port) { return port }
        }
        throw LocalSocket.Failure(description: "no free port")
    }

    /// Takes the first block that no other process has; it is given back when this process ends.
    ///
    /// The claim is an abstract Unix socket: it needs no file, and is known exactly where the ports are, in one network
    /// namespace.
    private static func claim() -> UInt16? {
        for block in 0..<blocks {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return nil }
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            let text = Array("\0gatehouse-test-ports-\(block)".utf8)
            unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: text) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + text.count)
            let result = unsafe withUnsafePointer(to: &name) { name in
                unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                    unsafe bind(descriptor, name, length)
                }
            }
            // Left open on purpose.
            if result == 0 { return block }
            close(descriptor)
        }
        return nil
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var name = LocalSocket.loopback(port: port)
        // On every address: what listens on one of them alone is in the way, too.
        name.sin_addr.s_addr = 0
        return unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
