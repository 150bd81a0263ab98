internal import GatehouseContracts
internal import GatehouseCore
internal import Logging

/// What one event loop says about its checks; complaints about the proxy's configuration at most once a minute each.
struct CheckLog {
    private let logger: Logger
    private var last: [String: Timestamp] = [:]

    /// Who was refused what.
    var denied: DeniedChecks

    init(logger: Logger) {
        self.logger = logger
        denied = DeniedChecks(logger: logger)
    }

    mutating func refused(_ refusal: Refused, _ now: Timestamp) {
        let name = refusal.field.name.description
        guard isDue("refused \(name) \(refusal.reason)", now) else { return }
        logger.warning(
            "check refused",
            metadata: ["header": "\(name)", "reason": "\(refusal.reason)", "status": "\(refusal.status)"])
    }

    mutating func malformed(_ refusal: RequestHeadParser.Refusal, _ now: Timestamp) {
        let part =
            switch refusal {
            case .malformed(let defect): defect.rawValue
            case .tooLarge(let limit): "\(limit.rawValue) beyond the limit"
            case .version: "HTTP version"
            }
        guard isDue("malformed \(part)", now) else { return }
        logger.warning("request is not understood", metadata: ["part": "\(part)", "status": "\(refusal.status)"])
    }

    mutating func notAnEndpoint(_ now: Timestamp) {
        guard isDue("endpoint", now) else { return }
        logger.warning("no such check endpoint: the proxy must ask /auth/request or /auth/forward")
    }

    mutating func untrusted(_ peer: String, _ now: Timestamp) {
        guard isDue("untrusted", now) else { return }
        logger.warning("peer is not in check.trusted_proxies", metadata: ["peer": "\(peer)"])
    }

    mutating func unreadableRecord(_ now: Timestamp) {
        guard isDue("record", now) else { return }
        logger.warning("a session record does not open: altered, moved, or sealed by a key that is not in keys.seal")
    }

    mutating func unfitRecord(_ key: RecordKey, _ now: Timestamp) {
        guard isDue("unfit", now) else { return }
        logger.warning(
            "the store holds something that is no record, of another type or too long; remove it",
            metadata: ["key": "\(key)"])
    }

    mutating func identityTooOld(_ readAt: Timestamp, _ now: Timestamp) {
        guard isDue("old", now) else { return }
        logger.error(
            "what is known of people is older than identity.max_age, and cannot be asked for: they are told to come back later",
            metadata: ["age_seconds": "\(now.since(readAt).components.seconds)"])
    }

    mutating func clocksDiffer(_ difference: Duration, _ now: Timestamp) {
        guard isDue("clocks", now) else { return }
        logger.warning(
            "the clocks differ, so a session is over here that may be alive elsewhere: set this machine's clock, and those of all instances and of the store",
            metadata: ["seconds": "\(difference.components.seconds)"])
    }

    mutating func twoPeople(_ now: Timestamp) {
        guard isDue("two people", now) else { return }
        logger.warning(
            "a browser sent live sessions of two people, so nobody is signed in; signing in again ends both")
    }

    mutating func returnForgotten(_ now: Timestamp) {
        guard isDue("return", now) else { return }
        logger.warning(
            "too many long addresses are opened by people who are not signed in: they come back to the start page")
    }

    mutating func cannotRenew(_ error: some Error, _ now: Timestamp) {
        guard isDue("renew", now) else { return }
        logger.warning("a session's last use cannot be written", metadata: ["error": "\(error)"])
    }

    mutating func answerTooLarge(_ application: ApplicationName, _ octets: Int, _ now: Timestamp) {
        guard isDue("large \(application)", now) else { return }
        logger.error(
            "the identity headers do not fit: name fewer groups and permissions for the application, or raise check.max_answer_head",
            metadata: ["application": "\(application)", "octets": "\(octets)"])
    }

    mutating func tooManyConnections(_ now: Timestamp) {
        guard isDue("connections", now) else { return }
        logger.warning("too many connections on the check listener")
    }

    mutating func connectionPerCheck(_ now: Timestamp) {
        guard last["per check"] == nil else { return }
        last["per check"] = now
        logger.warning(
            "a proxy opens a connection for each check, which costs more than the check: let it keep connections open (nginx: keepalive in the upstream block)"
        )
    }

    private mutating func isDue(_ topic: String, _ now: Timestamp) -> Bool {
        // A clock that was set back does not silence what comes after.
        if let before = last[topic], now >= before, now.since(before) < .seconds(60) { return false }
        last[topic] = now
        return true
    }
}
