internal import Synchronization

/// What one event loop counts of the records that it keeps; written there, read from any thread.
package final class CacheCounts: Sendable {
    private let hits = Atomic<Int>(0)
    private let misses = Atomic<Int>(0)
    private let records = Atomic<Int>(0)
    private let octets = Atomic<Int>(0)
    private let flushes = Atomic<Int>(0)
    /// Why nothing is kept; `nil` while records are.
    private let state: Mutex<String?>

    package init() { state = Mutex("Redis did not say yet that it tells of changes") }

    /// A question that was answered without the store.
    package func hit() { hits.incrementOwn() }
    /// A question that the store was asked.
    package func miss() { misses.incrementOwn() }

    /// What is kept now, and how often everything was dropped.
    package func hold(_ records: Int, octets: Int, flushes: Int) {
        self.records.store(records, ordering: .relaxed)
        self.octets.store(octets, ordering: .relaxed)
        self.flushes.store(flushes, ordering: .relaxed)
    }

    /// Notes why nothing is kept, or that records are.
    package func note(doubt: String?) { state.withLock { $0 = doubt } }

    /// Why each check asks the store; `nil` while it does not.
    package var doubt: String? { state.withLock { $0 } }
}

extension CacheCounts {
    /// What is exported, summed over all event loops.
    package static let exported: [Metric<CacheCounts>] = [
        Metric(
            "gatehouse_cache_reads_total", .counter,
            "Questions of checks, by whether a record that is kept answered them (hit) or the store (miss).",
            by: "result", ["hit": { $0.hits.current }, "miss": { $0.misses.current }]),
        Metric("gatehouse_cache_records", .gauge, "Records that are kept now.") { $0.records.current },
        Metric("gatehouse_cache_bytes", .gauge, "What the records that are kept take, about.") { $0.octets.current },
        Metric(
            "gatehouse_cache_flushes_total", .counter,
            "Times that all records were dropped: a connection was lost, or the database emptied."
        ) {
            $0.flushes.current
        },
        Metric(
            "gatehouse_cache_tracking", .gauge,
            "Event loops by whether Redis tells them of changes (on), or each of their checks asks it (off).",
            by: "state", ["on": { $0.doubt == nil ? 1 : 0 }, "off": { $0.doubt == nil ? 0 : 1 }]),
    ]
}
