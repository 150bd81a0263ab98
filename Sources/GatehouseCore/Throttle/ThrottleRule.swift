/// How often something may be tried.
///
/// Attempts are counted before they are made; a success takes back what it counted, so that only failures remain.
package struct ThrottleRule: Equatable, Sendable {
    /// The most attempts within any stretch of time as long as `window`.
    package let limit: Int
    package let window: Duration
    /// The attempts within the window after which pauses begin: 1, 2, 4, 8 … seconds; `limit` for none.
    package let free: Int
    /// The most attempts without any success, beyond which one is possible each `block`; 0 for no such limit.
    package let total: Int
    /// The longest pause.
    package let block: Duration

    /// Limits beyond `maxLimit` count as that many.
    package init(
        limit: Int, window: Duration, free: Int? = nil, total: Int = 0, block: Duration = .seconds(900)
    ) {
        self.limit = min(max(limit, 1), ThrottleRule.maxLimit)
        self.window = max(window, .milliseconds(1))
        self.free = min(max(free ?? self.limit, 1), self.limit)
        self.total = max(total, 0)
        self.block = max(block, .milliseconds(1))
    }

    /// The most attempts that are remembered one by one.
    package static let maxLimit = 1_000

    /// How long failures count towards `total` once they have reached it.
    package static let memory = Duration.seconds(30 * 86_400)

    /// How long a counter has to be kept after an attempt, with so many of them since the last success.
    ///
    /// Few failures live for minutes, so that made-up names do not fill the store: a `block` for each of them. Whoever waits for
    /// that makes no more attempts than there are beyond `total`, where it is one each `block`.
    package func lifetime(attempts: UInt32) -> Duration {
        guard total > 0 else { return window }
        guard Int(attempts) < total else { return max(window, block, ThrottleRule.memory) }
        return max(window, min(block * Int(attempts), ThrottleRule.memory))
    }
}
