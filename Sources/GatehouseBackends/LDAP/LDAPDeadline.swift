private import Glibc

/// Until when a question has to be answered: on the monotonic clock, in a form that a connection can hold.
struct LDAPDeadline: Sendable {
    private let end: Int64

    /// `duration` from now on.
    init(after duration: Duration) {
        let (seconds, rest) = duration.components
        // A day is more than any setting allows.
        end = LDAPDeadline.now + min(max(seconds, 0), 86_400) * 1_000 + rest / 1_000_000_000_000_000
    }

    /// The end of a part of what is left, if others may have to be asked after this one: of two thirds if there is one.
    func share(beforeOthers others: Int) -> LDAPDeadline {
        guard others > 0 else { return self }
        let now = LDAPDeadline.now
        return LDAPDeadline(end: now + max(end - now, 0) / Int64(others + 2) * Int64(others + 1))
    }

    private init(end: Int64) { self.end = end }

    /// What is left; there is nothing to begin without.
    func milliseconds() throws(LDAPFailure) -> Int {
        let left = end - LDAPDeadline.now
        guard left > 0 else { throw .late }
        return Int(left)
    }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
