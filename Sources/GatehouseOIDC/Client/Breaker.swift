/// Spares a provider that gives no answers, and those who wait for it: after five failures in a row nothing is asked for 30 s, then one
/// request tries whether it is back.
struct Breaker: Sendable {
    static let failures = 5
    static let pause = Duration.seconds(30)

    private var failed = 0
    private var opensAt: ContinuousClock.Instant?
    private var isTrying = false

    init() {}

    /// Whether requests are held back.
    func isOpen(at now: ContinuousClock.Instant) -> Bool { opensAt.map { isTrying || now < $0 } ?? false }

    /// Whether a request may go out; what comes of it has to be told.
    mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        guard !isOpen(at: now) else { return false }
        if opensAt != nil { isTrying = true }
        return true
    }

    /// A request that was admitted did not go out: another one may try.
    mutating func forget() { isTrying = false }

    /// - Returns: whether requests were held back until now.
    @discardableResult
    mutating func succeed() -> Bool {
        let wasOpen = opensAt != nil
        self = Breaker()
        return wasOpen
    }

    /// - Returns: whether requests are held back from now on, and were not.
    @discardableResult
    mutating func fail(at now: ContinuousClock.Instant) -> Bool {
        failed = min(failed + 1, Self.failures)
        guard failed >= Self.failures else { return false }
        let wasOpen = opensAt != nil
        opensAt = now.advanced(by: Self.pause)
        isTrying = false
        return !wasOpen
    }
}
