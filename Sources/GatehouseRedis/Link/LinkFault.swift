private import Glibc
internal import NIOCore
internal import NIOPosix

/// Why there is no connection.
enum LinkFault: Error, Equatable, CustomStringConvertible {
    case cannotConnect(String)
    case noConnectionInTime
    case refused(SetupStep.Name, RedisErrorCode)
    case unexpectedSetupReply
    case noReplyInTime
    case protocolError
    case closedByServer
    case failed(String)
    case closedByUs

    var description: String {
        switch self {
        case .cannotConnect(let reason): "cannot connect: \(reason)"
        case .noConnectionInTime: "no connection in time"
        case .refused(.authenticate, .wrongPassword):
            "the user or the password is refused (WRONGPASS): see sessions.username and sessions.password, or the address "
                + "sessions.store"
        case .refused(.authenticate, .generic):
            "a password is refused, since Redis wants none (ERR): remove sessions.password, or set requirepass in Redis"
        case .refused(_, .notAuthenticated): "Redis wants a password (NOAUTH): set sessions.password"
        case .refused(let step, let code): "\(step.rawValue) was refused: \(code.rawValue)"
        case .unexpectedSetupReply: "the server does not answer like Redis"
        case .noReplyInTime: "no reply in time"
        case .protocolError: "the server broke the protocol or its limits"
        case .closedByServer: "the server closed the connection"
        case .failed(let reason): "the connection failed: \(reason)"
        case .closedByUs: "closed"
        }
    }
}

extension LinkFault {
    /// What NIO says about a connection, in the system's words where it has some.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let fault as IOError: unsafe String(cString: strerror(fault.errnoCode))
        case let fault as NIOConnectionError:
            if let first = fault.connectionErrors.first {
                reason(first.error)
            } else {
                "the name \(fault.host) leads nowhere"
            }
        case ChannelError.connectTimeout: "no connection in time"
        case is ChannelError: "the connection is closed"
        default: "not an address that can be connected to"
        }
    }
}
