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
