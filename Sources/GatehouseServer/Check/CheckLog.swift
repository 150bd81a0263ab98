internal import GatehouseCore
internal import Logging

/// What one event loop says about its checks and the sessions they come by; complaints at most once a minute each.
struct CheckLog {
    private let logger: Logger
    private var pace = LogPace()

    /// Who was refused what.
    var denied: DeniedChecks

    init(logger: Logger) {
        self.logger = logger
        denied = DeniedChecks(logger: logger)
    }

    mutating func unreadableRecord(_ now: Timestamp) {
        guard pace.isDue("record", now) else { return }
        logger.warning("a session record does not open: altered, moved, or sealed by a key that is not in keys.seal")
    }

    mutating func unfitRecord(_ key: RecordKey, _ now: Timestamp) {
        guard pace.isDue("unfit", now) else { return }
        logger.warning(
            "the store holds something that is no record, of another type or too long; remove it",
            metadata: ["key": "\(key)"])
    }

    mutating func identityTooOld(_ readAt: Timestamp, _ now: Timestamp) {
        guard pace.isDue("old", now) else { return }
        logger.error(
            "what is known of people is older than identity.max_age, and cannot be asked for: they are told to come back later",
            metadata: ["age_seconds": "\(now.since(readAt).components.seconds)"])
    }

    mutating func clocksDiffer(_ difference: Duration, _ now: Timestamp) {
        guard pace.isDue("clocks", now) else { return }
        logger.warning(
            "the clocks differ, so a session is over here that may be alive elsewhere: set this machine's clock, and those of all instances and of the store",
            metadata: ["seconds": "\(difference.components.seconds)"])
    }

    mutating func twoPeople(_ now: Timestamp) {
        guard pace.isDue("two people", now) else { return }
        logger.warning(
            "a browser sent live sessions of two people, so nobody is signed in; signing in again ends both")
    }

    mutating func returnForgotten(_ now: Timestamp) {
        guard pace.isDue("return", now) else { return }
        logger.warning(
            "too many long addresses are opened by people who are not signed in: they come back to the start page")
    }

    mutating func cannotRenew(_ error: some Error, _ now: Timestamp) {
        guard pace.isDue("renew", now) else { return }
        logger.warning("a session's last use cannot be written", metadata: ["error": "\(error)"])
    }
}
