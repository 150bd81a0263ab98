/// What came of trying everything that the daemon asks of Redis.
package enum RedisTrial: Equatable, Sendable {
    case works
    /// Nobody answers there, or nobody who speaks like Redis.
    case unreachable(reason: String)
    /// The user or the password is wrong.
    case wrongPassword
    case passwordMissing
    /// Redis has no password for its `default` user.
    case passwordUnwanted
    /// What its user must have and has not, as `ACL SETUSER` takes it: `+getrange`, `~gh:*`.
    case lacks(rights: [String])
    /// Something else keeps it from taking records.
    case unfit(reason: String)
}

extension RedisTrial {
    /// What an end of the connection says about the server.
    init(_ fault: LinkFault, database: Int) {
        self =
            switch fault {
            case .refused(.authenticate, .wrongPassword): .wrongPassword
            case .refused(.authenticate, .generic): .passwordUnwanted
            case .refused(_, .notAuthenticated): .passwordMissing
            case .refused(.select, .generic): .unfit(reason: "there is no database number \(database)")
            case .refused(.select, .notPermitted): .lacks(rights: ["+select"])
            case .refused(.ping, .notPermitted): .lacks(rights: ["+ping"])
            case .refused(_, let code): .unfit(reason: RedisTrial.words(code))
            case .unexpectedSetupReply, .protocolError:
                .unreachable(reason: "something answers there, but not like Redis")
            case .notMaster: .unfit(reason: RedisTrial.words(.readOnly))
            case .noSentinel(let reason): .unreachable(reason: reason)
            case .masterMoved, .cannotConnect, .noConnectionInTime, .noReplyInTime, .closedByServer, .failed,
                .closedByUs:
                .unreachable(reason: fault.description)
            }
    }

    /// What an error means for somebody who wants to keep records there, and what to do.
    static func words(_ code: RedisErrorCode) -> String {
        switch code {
        case .outOfMemory: "it has no memory for records (OOM): raise maxmemory, with maxmemory-policy noeviction"
        case .readOnly: "it is a replica, which takes no records (READONLY): name the primary"
        case .cannotPersist: "it cannot save to its disk and takes no records (MISCONF): see its log"
        case .loading: "it is still loading its data (LOADING): try again in a moment"
        case .masterDown: "it is a replica without its primary (MASTERDOWN): name the primary"
        case .noReplicas: "it wants more replicas than it has (NOREPLICAS): see min-replicas-to-write"
        case .clusterDown, .moved, .ask, .tryAgain:
            "it is part of a cluster (\(code.rawValue)), which is not supported: name a server of its own"
        case .busy: "it is busy with a script (BUSY): try again in a moment"
        default: "it answers with an error (\(code.rawValue))"
        }
    }
}
