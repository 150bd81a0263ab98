package import GatehouseCore
package import Synchronization

/// What one event loop counts, and nobody else; read from any thread.
package final class CheckMetrics: Sendable {
    /// Checks of which something was decided.
    let judged = Atomic<Int>(0)
    /// Heads and contract headers that were not understood.
    package let refused = Atomic<Int>(0)
    package let connections = Atomic<Int>(0)
    package let openConnections = Atomic<Int>(0)
    /// Requests on connections of peers that are not trusted.
    package let untrusted = Atomic<Int>(0)
    /// How long the store took, whether it answered or not.
    let storeReads = Histogram(.short)
    /// Of those, the ones without an answer.
    let storeFailures = Atomic<Int>(0)
    /// Records that do not open: of another key, altered, or moved.
    package let unreadableRecords = Sightings()
    /// Sessions that are over by this machine's clock and may be alive by another one's.
    package let clockDifferences = Sightings()
    /// One for each policy that was judged by, nearly always one.
    private let counts = Mutex<[CheckCounts]>([])

    package init() {}

    /// All requests that were answered as checks.
    package var checks: Int { judged.current + refused.current }

    /// Where the checks of a policy are counted; what was counted before under other applications stays.
    func counts(of policy: Policy) -> CheckCounts {
        let names = policy.applications.map(\.name)
        return counts.withLock { counts in
            if let known = counts.first(where: { $0.applications == names }) { return known }
            let new = CheckCounts(applications: names)
            counts.append(new)
            return new
        }
    }

    private var allCounts: [CheckCounts] { counts.withLock(\.self) }
}

extension CheckMetrics {
    /// What is exported, summed over all event loops.
    package static let exported: [Metric<CheckMetrics>] = [
        Metric("gatehouse_checks_total", .counter, "Checks answered, by outcome, application and contract.") { loop in
            loop.allCounts.flatMap(\.outcomes) + [
                MetricSeries(
                    ["application": CheckCounts.nobody, "contract": CheckCounts.nobody, "outcome": "refused"],
                    .integer(loop.refused.current))
            ]
        },
        Metric(
            "gatehouse_check_duration_seconds", .histogram,
            "Time from the head of a check to its decision, by contract."
        ) { loop in
            loop.allCounts.flatMap(\.durations)
        },
        Metric(
            "gatehouse_check_store_duration_seconds", .histogram,
            "Time of the store's round trips for checks, with and without an answer."
        ) {
            [MetricSeries(.histogram($0.storeReads.reading))]
        },
        Metric(
            "gatehouse_check_store_failures_total", .counter,
            "Round trips for checks to which the store gave no answer."
        ) {
            $0.storeFailures.current
        },
        Metric("gatehouse_check_connections_total", .counter, "Connections that proxies opened for checks.") {
            $0.connections.current
        },
        Metric("gatehouse_check_connections_open", .gauge, "Connections open now.") { $0.openConnections.current },
        Metric("gatehouse_check_untrusted_total", .counter, "Requests of peers that are not trusted.") {
            $0.untrusted.current
        },
        Metric(
            "gatehouse_session_records_unreadable_total", .counter,
            "Records of the store that do not open: of another key, altered, or moved."
        ) {
            $0.unreadableRecords.count
        },
        Metric(
            "gatehouse_clock_differences_total", .counter,
            "Sessions that are over by this machine's clock and may be alive by another one's."
        ) {
            $0.clockDifferences.count
        },
    ]
}
