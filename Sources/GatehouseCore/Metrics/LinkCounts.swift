internal import Synchronization

/// What is known of one connection to the store of sessions; written where it is, read from any thread.
package final class LinkCounts: Sendable {
    private struct State {
        var isUp: Bool
        /// Why it is down.
        var reason: String?
        var connections = 0
        var losses = 0
    }

    private let state: Mutex<State>
    private let roundTrips = Histogram(.short)
    private let failures = Atomic<Int>(0)

    /// - Parameter isUp: whether it is there without being connected to: a file.
    package init(isUp: Bool = false) { state = Mutex(State(isUp: isUp)) }

    package func isConnected() {
        state.withLock { state in
            state.isUp = true
            state.reason = nil
            state.connections &+= 1
        }
    }

    package func isDown(_ reason: String) {
        state.withLock { state in
            if state.isUp { state.losses &+= 1 }
            state.isUp = false
            state.reason = reason
        }
    }

    /// Counts a question to the store and how long its answer took, or took to be given up.
    package func answered(after duration: Duration, isFailure: Bool) {
        roundTrips.record(duration)
        if isFailure { failures.increment() }
    }

    package var isUp: Bool { state.withLock(\.isUp) }
    /// Why it is down, where that is known.
    package var reason: String? { state.withLock(\.reason) }
}

extension LinkCounts {
    /// What is exported of all connections together.
    package static let exported: [Metric<LinkCounts>] = [
        Metric(
            "gatehouse_store_links", .gauge, "Connections to the store of sessions, by whether they are there now.",
            by: "state", ["up": { $0.isUp ? 1 : 0 }, "down": { $0.isUp ? 0 : 1 }]),
        Metric(
            "gatehouse_store_connects_total", .counter, "Times that a connection to the store of sessions was made."
        ) { link in
            link.state.withLock(\.connections)
        },
        Metric(
            "gatehouse_store_losses_total", .counter, "Times that a connection to the store of sessions was lost."
        ) { link in
            link.state.withLock(\.losses)
        },
    ]

    /// What is exported of the connection that pages use.
    package static let exportedOfPages: [Metric<LinkCounts>] = [
        Metric(
            "gatehouse_portal_store_duration_seconds", .histogram,
            "Time of the store's round trips for pages, with and without an answer."
        ) {
            [MetricSeries(.histogram($0.roundTrips.reading))]
        },
        Metric(
            "gatehouse_portal_store_failures_total", .counter,
            "Round trips for pages to which the store gave no answer."
        ) {
            $0.failures.current
        },
    ]
}
