package import GatehouseCore
package import Synchronization

/// What one event loop counts; read from any thread.
package final class CheckMetrics: Sendable {
    package let allowed = Atomic<Int>(0)
    package let challenged = Atomic<Int>(0)
    package let denied = Atomic<Int>(0)
    package let unavailable = Atomic<Int>(0)
    /// Heads and contract headers that were not understood.
    package let refused = Atomic<Int>(0)
    package let connections = Atomic<Int>(0)
    package let openConnections = Atomic<Int>(0)
    /// Requests on connections of peers that are not trusted.
    package let untrusted = Atomic<Int>(0)

    package init() {}

    package var checks: Int {
        allowed.load(ordering: .relaxed) + challenged.load(ordering: .relaxed) + denied.load(ordering: .relaxed)
            + unavailable.load(ordering: .relaxed) + refused.load(ordering: .relaxed)
    }
}

extension CheckMetrics {
    /// What is exported, summed over all event loops.
    package static let exported: [Metric<CheckMetrics>] = [
        Metric(
            "gatehouse_checks_total", .counter, "Checks answered, by outcome.",
            [
                "outcome=\"allow\"": { $0.allowed.load(ordering: .relaxed) },
                "outcome=\"challenge\"": { $0.challenged.load(ordering: .relaxed) },
                "outcome=\"deny\"": { $0.denied.load(ordering: .relaxed) },
                "outcome=\"unavailable\"": { $0.unavailable.load(ordering: .relaxed) },
                "outcome=\"refused\"": { $0.refused.load(ordering: .relaxed) },
            ]),
        Metric("gatehouse_check_connections_total", .counter, "Connections that proxies opened for checks.") {
            $0.connections.load(ordering: .relaxed)
        },
        Metric("gatehouse_check_connections_open", .gauge, "Connections open now.") {
            $0.openConnections.load(ordering: .relaxed)
        },
        Metric("gatehouse_check_untrusted_total", .counter, "Requests of peers that are not trusted.") {
            $0.untrusted.load(ordering: .relaxed)
        },
    ]
}

extension Atomic<Int> {
    /// Adds one; the order of counts does not matter.
    borrowing func increment(by step: Int = 1) { wrappingAdd(step, ordering: .relaxed) }
}
