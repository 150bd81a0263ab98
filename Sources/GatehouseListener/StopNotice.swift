internal import Synchronization

/// Says that the daemon is being stopped.
///
/// From the moment it is given, every answer says that its connection ends with it, so that proxies and load balancers come
/// back by another one: to another instance, as soon as they know of it. Work goes on until listeners close; from then on
/// what is under way has the time that `remaining` tells, which all parts share.
package final class StopNotice: Sendable {
    private let given = Atomic<Bool>(false)
    private let end = Mutex<ContinuousClock.Instant?>(nil)
    private let drain: Duration

    /// - Parameter drain: how long what is under way may take once nothing new is taken.
    package init(drain: Duration = .seconds(5)) { self.drain = drain }

    package var isGiven: Bool { given.load(ordering: .relaxed) }

    package func give() { given.store(true, ordering: .relaxed) }

    /// Nothing new is taken from now on.
    package func beginDraining() { end.withLock { $0 = .now + drain } }

    /// How long what is under way may still take.
    package var remaining: Duration {
        guard let end = end.withLock({ $0 }) else { return drain }
        return max(end - .now, .zero)
    }
}
