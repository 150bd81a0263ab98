/// Until when something has to be known, however many calls it takes.
struct CallDeadline: Sendable {
    /// All that one answer of a browser asks of the provider.
    static let whole = Duration.seconds(9)
    /// One call.
    static let call = Duration.seconds(5)

    private let end: ContinuousClock.Instant

    init(_ limit: Duration, from now: ContinuousClock.Instant) { end = now.advanced(by: limit) }

    /// How long one more call may take; `nil` for no more.
    func remaining(at now: ContinuousClock.Instant) -> Duration? {
        now < end ? min(end - now, Self.call) : nil
    }
}
