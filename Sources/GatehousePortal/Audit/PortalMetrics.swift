package import GatehouseCore
package import Synchronization

/// What the portal counts, over all its listeners; read from any thread.
package final class PortalMetrics: Sendable {
    package let signInsSucceeded = Atomic<Int>(0)
    package let signInsFailed = Atomic<Int>(0)
    /// Attempts that the throttle refused before anything was looked at.
    package let throttled = Atomic<Int>(0)
    package let passwordsChanged = Atomic<Int>(0)
    /// Links for a new password that were sent, and those that were used.
    package let resetsSent = Atomic<Int>(0)
    package let resetsUsed = Atomic<Int>(0)
    package let signOuts = Atomic<Int>(0)
    /// Forms that did not come from the portal's own pages.
    package let crossSiteRefused = Atomic<Int>(0)
    /// Sign-ins that were right, and whose cookie did not come back.
    package let cookiesLost = Atomic<Int>(0)
    /// Sign-ins that were turned away because too many were going on.
    package let busy = Atomic<Int>(0)
    /// Requests that a store or backend did not answer in time.
    package let unavailable = Atomic<Int>(0)
    /// Connections that found no room.
    package let connectionsTurnedAway = Atomic<Int>(0)

    package init() {}
}

extension PortalMetrics {
    /// What is exported.
    package static let exported: [Metric<PortalMetrics>] = [
        Metric("gatehouse_portal_connections_refused_total", .counter, "Connections of the portal that found no room.")
        {
            $0.connectionsTurnedAway.load(ordering: .relaxed)
        },
        Metric(
            "gatehouse_sign_ins_total", .counter, "Attempts to sign in, by outcome.",
            [
                "outcome=\"ok\"": { $0.signInsSucceeded.load(ordering: .relaxed) },
                "outcome=\"failed\"": { $0.signInsFailed.load(ordering: .relaxed) },
                "outcome=\"throttled\"": { $0.throttled.load(ordering: .relaxed) },
                "outcome=\"busy\"": { $0.busy.load(ordering: .relaxed) },
                "outcome=\"cross-site\"": { $0.crossSiteRefused.load(ordering: .relaxed) },
                "outcome=\"unavailable\"": { $0.unavailable.load(ordering: .relaxed) },
            ]),
        Metric("gatehouse_sign_ins_lost_total", .counter, "Sign-ins whose cookie did not come back.") {
            $0.cookiesLost.load(ordering: .relaxed)
        },
        Metric("gatehouse_sign_outs_total", .counter, "Sessions ended by their owner.") {
            $0.signOuts.load(ordering: .relaxed)
        },
        Metric("gatehouse_passwords_changed_total", .counter, "Passwords changed by their owners.") {
            $0.passwordsChanged.load(ordering: .relaxed)
        },
        Metric(
            "gatehouse_reset_links_total", .counter, "Links for a new password, by what became of them.",
            [
                "outcome=\"sent\"": { $0.resetsSent.load(ordering: .relaxed) },
                "outcome=\"used\"": { $0.resetsUsed.load(ordering: .relaxed) },
            ]),
    ]
}

extension Atomic<Int> {
    /// Adds one; the order of counts does not matter.
    borrowing func increment() { wrappingAdd(1, ordering: .relaxed) }
}
