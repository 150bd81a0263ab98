package import GatehouseCore
internal import Synchronization

/// A clock that stands still until a test moves it.
package final class ManualClock: Sendable {
    private let moment: Mutex<Timestamp>

    package init(_ start: Timestamp = Timestamp(milliseconds: 1_750_000_000_000)) { moment = Mutex(start) }

    package var now: Timestamp { moment.withLock { $0 } }

    package func advance(by duration: Duration) { moment.withLock { $0 = $0.advanced(by: duration) } }
}
