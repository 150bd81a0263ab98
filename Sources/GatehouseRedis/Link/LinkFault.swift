internal import GatehouseCore

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
    /// No Sentinel names a master.
    case noSentinel(String)
    /// What Sentinel named, or what was the master until now, is a replica.
    case notMaster
    /// Sentinel names another master by now.
    case masterMoved(ServerAddress)

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
        case .noSentinel(let reason): "no Sentinel names a master: \(reason)"
        case .notMaster: "the server is a replica now"
        case .masterMoved(let address): "the master is \(address) now"
        }
    }
}

extension LinkFault {
    /// Whether a server is there and does not want us, as with a wrong password; not while it loads its data.
    var isRefusal: Bool {
        switch self {
        case .refused(_, .loading): false
        case .refused: true
        default: false
        }
    }
}
