private import Glibc
internal import NIOCore
internal import NIOPosix

/// Why a connection could not be made, or ended.
enum ConnectionReason {
    /// What NIO says about a connection, in the system's words where it has some.
    static func words(_ error: any Error) -> String {
        switch error {
        case let fault as IOError: unsafe String(cString: strerror(fault.errnoCode))
        case let fault as NIOConnectionError:
            if let first = fault.connectionErrors.first {
                words(first.error)
            } else {
                "the name \(fault.host) leads nowhere"
            }
        case ChannelError.connectTimeout: "no connection in time"
        case is ChannelError: "the connection is closed"
        default: "not an address that can be connected to"
        }
    }
}
