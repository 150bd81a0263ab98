internal import GatehouseCore
internal import Logging

/// Says once that a link came up or why it is down, not once per attempt.
struct LinkLog {
    private enum Line: Equatable {
        case connected
        case down(LinkFault)
        case refusesReads(RedisErrorCode)
    }

    private let logger: Logger
    private let address: String
    private var last: Line?

    init(logger: Logger, place: RedisPlace) {
        self.logger = logger
        address = place.description
    }

    /// - Parameter master: where it is, if it had to be found.
    mutating func connected(to master: ServerAddress?) {
        guard isNew(.connected) else { return }
        var metadata: Logger.Metadata = ["address": "\(address)"]
        if let master { metadata["master"] = "\(master)" }
        logger.notice("connected to Redis", metadata: metadata)
    }

    mutating func down(_ fault: LinkFault, wasConnected: Bool) {
        guard isNew(.down(fault)) else { return }
        let metadata: Logger.Metadata = ["address": "\(address)", "reason": "\(fault)"]
        if wasConnected {
            logger.warning("lost Redis; trying again", metadata: metadata)
        } else {
            logger.warning("Redis is not available; trying again", metadata: metadata)
        }
    }

    /// Says why checks fail though Redis is there: it loads, or an older list of rights leaves out `GETRANGE`.
    mutating func refusesReads(_ code: RedisErrorCode) {
        guard isNew(.refusesReads(code)) else { return }
        let advice =
            switch code {
            case .notPermitted: ": let its user have +getrange"
            case .keyNotPermitted: ": let its user have the keys, like ~gh:*"
            default: ""
            }
        logger.warning(
            "Redis refuses to give records (GETRANGE)\(advice)",
            metadata: ["address": "\(address)", "reason": "\(code.rawValue)"])
    }

    private mutating func isNew(_ line: Line) -> Bool {
        guard line != last else { return false }
        last = line
        return true
    }
}
