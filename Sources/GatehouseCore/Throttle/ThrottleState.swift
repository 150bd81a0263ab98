/// What a counter remembers: the moments of the latest attempts, and how many there were since the last success.
///
/// As octets: the count in four, then the moments in milliseconds since 1970 in eight each, the latest first; big endian. The
/// script in Redis reads and writes the same.
package struct ThrottleState: Equatable, Sendable {
    package private(set) var total: UInt32
    /// The latest first.
    package private(set) var attempts: [Timestamp]

    package init() {
        total = 0
        attempts = []
    }

    /// Takes what `octets` gives; anything else counts as nothing.
    package init(octets: [UInt8]) {
        self.init()
        guard octets.count >= 4, octets.count % 8 == 4, octets.count <= 4 + 8 * ThrottleRule.maxLimit else { return }
        func integer(_ range: Range<Int>) -> UInt64 { octets[range].reduce(0) { $0 << 8 | UInt64($1) } }
        total = UInt32(truncatingIfNeeded: integer(0..<4))
        attempts = stride(from: 4, to: octets.count, by: 8).map {
            Timestamp(milliseconds: Int64(bitPattern: integer($0..<($0 + 8))))
        }
    }

    package var octets: [UInt8] {
        var octets = (0..<4).map { UInt8(truncatingIfNeeded: total >> (24 - 8 * UInt32($0))) }
        for attempt in attempts {
            let bits = UInt64(bitPattern: attempt.milliseconds)
            octets += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        }
        return octets
    }

    /// How long nobody may try; zero if an attempt is possible now.
    package func wait(_ rule: ThrottleRule, now: Timestamp) -> Duration {
        let attempts = seen(at: now).attempts
        var wait = Duration.zero
        let recent = recent(rule, now: now)
        if recent >= rule.limit, let oldest = attempts.prefix(rule.limit).last {
            wait = max(wait, ThrottleState.rest(of: rule.window, since: oldest, now))
        }
        if recent >= rule.free, let latest = attempts.first {
            wait = max(
                wait,
                ThrottleState.rest(of: min(ThrottleState.pause(recent - rule.free), rule.block), since: latest, now))
        }
        if rule.total > 0, seen(at: now).total >= rule.total, let latest = attempts.first {
            wait = max(wait, ThrottleState.rest(of: rule.block, since: latest, now))
        }
        return wait
    }

    /// The attempts within the window of a rule.
    package func recent(_ rule: ThrottleRule, now: Timestamp) -> Int {
        seen(at: now).attempts.filter { now.since($0) < rule.window }.count
    }

    /// What counts at a moment: attempts from the future do not, which somebody made before the clock was set back.
    private func seen(at now: Timestamp) -> ThrottleState {
        var seen = self
        let latest = now.advanced(by: ThrottleState.clockTolerance)
        seen.attempts.removeAll { $0 > latest }
        seen.total -= min(total, UInt32(truncatingIfNeeded: attempts.count - seen.attempts.count))
        return seen
    }

    /// How far the clocks of two instances may be apart.
    private static let clockTolerance = Duration.seconds(60)

    /// Counts an attempt.
    package mutating func add(_ rule: ThrottleRule, now: Timestamp) {
        self = seen(at: now)
        attempts = [now] + attempts.prefix(rule.limit - 1)
        total = total == .max ? .max : total + 1
    }

    /// Takes back the attempt of a moment; after a success (`startsOver`) what came before is no longer a row of failures.
    ///
    /// Failures within the window stay: whoever shares the counter with somebody else must not be able to clear it.
    package mutating func takeBack(_ moment: Timestamp, startsOver: Bool = false) {
        if let index = attempts.firstIndex(of: moment) {
            attempts.remove(at: index)
            total = total == 0 ? 0 : total - 1
        }
        if startsOver { total = 0 }
    }

    /// 1, 2, 4 … seconds.
    private static func pause(_ doublings: Int) -> Duration { .seconds(1 << min(doublings, 20)) }

    /// What is left of a stretch of time; a moment in the near future (of a clock that goes ahead) counts as now.
    private static func rest(of length: Duration, since moment: Timestamp, _ now: Timestamp) -> Duration {
        min(max(length - now.since(moment), .zero), length)
    }
}
