extension Configuration {
    /// The longest that a sign-in may wait for the backends, beside its own work: all of them, one after another, and once more
    /// the one that knew the person; at most five minutes.
    ///
    /// A backend that nobody else has to answer for, like the database, is counted as well: each has its limit.
    package var longestWaitForBackends: Duration {
        // What a call may take over its own limit.
        let limits = backends.map { $0.timeout + .seconds(1) }
        return min(limits.reduce(.zero, +) + (limits.max() ?? .zero), .seconds(300))
    }
}
