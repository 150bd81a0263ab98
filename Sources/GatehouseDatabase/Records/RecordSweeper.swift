internal import GatehouseCore

/// Removes what has expired, in the background and in small steps, so that writers hardly notice.
final class RecordSweeper: Sendable {
    private let lane: RecordLane
    private let interval: Duration
    private let now: @Sendable () -> Timestamp

    /// Between two steps while there is more to do.
    private static let pause = Duration.milliseconds(50)

    init(_ lane: RecordLane, interval: Duration, now: @escaping @Sendable () -> Timestamp) {
        self.lane = lane
        self.interval = interval
        self.now = now
    }

    /// Sweeps once an interval, for as long as the sweeper lives.
    func start() { schedule(after: interval) }

    private func schedule(after pause: Duration) { lane.step(after: pause) { [weak self] in self?.sweep() } }

    private func sweep() {
        let values = [SQLValue.integer(now().milliseconds), .integer(Int64(RecordTables.sweptTogether))]
        let isMore = lane.attempt { connection throws(DatabaseError) in
            var isMore = false
            for statement in RecordTables.sweep {
                try connection.execute(statement, values)
                if connection.changes >= RecordTables.sweptTogether { isMore = true }
            }
            return isMore
        }
        schedule(after: isMore == true ? RecordSweeper.pause : interval)
    }
}
