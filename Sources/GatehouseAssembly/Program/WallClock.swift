package import GatehouseCore
private import Glibc

/// The system's clock.
package enum WallClock {
    package static let now: @Sendable () -> Timestamp = {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &moment)
        return Timestamp(milliseconds: Int64(moment.tv_sec) * 1_000 + Int64(moment.tv_nsec / 1_000_000))
    }
}
