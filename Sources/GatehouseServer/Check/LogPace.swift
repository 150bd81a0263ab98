internal import GatehouseCore

/// When each topic was last complained about, so that a complaint comes at most once a minute.
struct LogPace {
    private var last: [String: Timestamp] = [:]

    /// Whether a line about the topic is due; if so, it is taken as written.
    mutating func isDue(_ topic: String, _ now: Timestamp) -> Bool {
        // A clock that was set back does not silence what comes after.
        if let before = last[topic], now >= before, now.since(before) < .seconds(60) { return false }
        last[topic] = now
        return true
    }

    /// Whether the topic comes up for the first time.
    mutating func isNew(_ topic: String, _ now: Timestamp) -> Bool {
        guard last[topic] == nil else { return false }
        last[topic] = now
        return true
    }
}
