internal import GatehouseCore

/// The batch that is on its way: when it is sent again, and when it is given up.
///
/// It sends nothing itself: what became of an attempt goes in, what is to be done comes out.
struct ExportQueue {
    struct Batch {
        let body: [UInt8]
        let count: Int
        fileprivate var attempts = 0
    }

    /// What became of spans.
    struct Tally: Equatable {
        var exported = 0
        /// Those that the collector did not want, alone or with their batch.
        var rejected = 0
        /// Those that it could not be given.
        var lost = 0
        /// Requests that brought nothing.
        var failures = 0
    }

    /// What comes next.
    enum Step: Equatable {
        case next
        /// Nothing, for so long.
        case rest(Duration)
    }

    private(set) var tally = Tally()
    private(set) var batch: Batch?
    /// What is wrong since the last batch that was taken; `nil` if nothing is.
    private(set) var problem: String?

    /// How often a batch is tried.
    private static let maxAttempts = 6
    /// The longest pause, whatever the collector says.
    private static let maxPause = Duration.seconds(60)

    mutating func begin(_ body: [UInt8], of count: Int) { batch = Batch(body: body, count: count) }

    /// Takes what became of the batch.
    ///
    /// - Parameters:
    ///   - answer: of this attempt.
    ///   - remaining: how long there may be further ones; `nil` if nobody waits for the end.
    ///   - jitter: a random number from 0 to 1, so that not everybody comes back at the same time.
    /// - Returns: what is to be done.
    mutating func note(_ answer: ExportAnswer, remaining: Duration? = nil, jitter: Double) -> Step {
        guard var batch else { return .next }
        batch.attempts += 1
        self.batch = nil
        switch answer {
        case .taken(let rejected):
            tally.exported += batch.count - rejected
            tally.rejected += rejected
            problem = nil
            return .next
        case .refused(let reason):
            tally.rejected += batch.count
            tally.failures += 1
            problem = reason
            return .next
        case .later(let reason, let wanted):
            tally.failures += 1
            problem = reason
            let doubled = Duration.seconds(1) * (1 << min(batch.attempts - 1, 5))
            let pause = min(wanted ?? doubled * (0.5 + min(max(jitter, 0), 1) / 2), ExportQueue.maxPause)
            guard batch.attempts < ExportQueue.maxAttempts, remaining.map({ pause < $0 }) ?? true else {
                tally.lost += batch.count
                return .next
            }
            self.batch = batch
            return .rest(pause)
        }
    }
}
