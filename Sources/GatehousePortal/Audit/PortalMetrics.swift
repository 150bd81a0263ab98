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

extension Atomic<Int> {
    /// Adds one; the order of counts does not matter.
    borrowing func increment() { wrappingAdd(1, ordering: .relaxed) }
}
