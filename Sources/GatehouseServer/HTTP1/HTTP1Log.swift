internal import GatehouseContracts
internal import GatehouseCore
internal import Logging

/// What one event loop says about its connections and the proxies' configuration; each complaint at most once a minute.
struct HTTP1Log {
    private let logger: Logger
    private var pace = LogPace()

    init(logger: Logger) { self.logger = logger }

    mutating func refused(_ refusal: Refused, _ now: Timestamp) {
        let name = refusal.part.name.description
        guard pace.isDue("refused \(name) \(refusal.reason)", now) else { return }
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
        guard pace.isDue("malformed \(part)", now) else { return }
        logger.warning("request is not understood", metadata: ["part": "\(part)", "status": "\(refusal.status)"])
    }

    mutating func notAnEndpoint(_ now: Timestamp) {
        guard pace.isDue("endpoint", now) else { return }
        let endpoints = Contract.all.indices.map { "\(Contract.all[$0])" }.joined(separator: " or ")
        logger.warning("no such check endpoint: the proxy must ask \(endpoints)")
    }

    mutating func untrusted(_ peer: String, _ now: Timestamp) {
        guard pace.isDue("untrusted", now) else { return }
        logger.warning("peer is not in check.trusted_proxies", metadata: ["peer": "\(peer)"])
    }

    mutating func tooManyConnections(_ now: Timestamp) {
        guard pace.isDue("connections", now) else { return }
        logger.warning("too many connections on the check listener")
    }

    mutating func connectionPerCheck(_ now: Timestamp) {
        guard pace.isNew("per check", now) else { return }
        logger.warning(
            "a proxy opens a connection for each check, which costs more than the check: let it keep connections open (nginx: keepalive in the upstream block)"
        )
    }

    mutating func answerTooLarge(_ application: ApplicationName, _ octets: Int, _ now: Timestamp) {
        guard pace.isDue("large \(application)", now) else { return }
        logger.error(
            "the identity headers do not fit: name fewer groups and permissions for the application, or raise check.max_answer_head",
            metadata: ["application": "\(application)", "octets": "\(octets)"])
    }
}
