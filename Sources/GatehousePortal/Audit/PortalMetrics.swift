package import GatehouseCore
package import Synchronization

/// What the portal counts of which no event tells, over all its listeners; read from any thread.
package final class PortalMetrics: Sendable {
    /// Connections that found no room.
    package let connectionsTurnedAway = Atomic<Int>(0)

    package init() {}
}

extension PortalMetrics {
    /// What is exported.
    package static let exported: [Metric<PortalMetrics>] = [
        Metric("gatehouse_portal_connections_refused_total", .counter, "Connections of the portal that found no room.")
        {
            $0.connectionsTurnedAway.current
        }
    ]
}
