/// A provider's keys, and when they are fetched anew.
///
/// It decides and does nothing; whoever holds it fetches, one at a time. What was good stays usable for a day while nothing can be
/// fetched; once something was, keys that are gone are gone. A key that nobody knows costs the provider one request a minute of each
/// kind of asker, whoever makes such keys up.
struct KeySetCache<Keys: Sendable>: Sendable {
    enum Step {
        case use(Keys)
        /// The same, and new ones are fetched meanwhile, so that nobody has to wait for them later.
        case useAndRefresh(Keys)
        /// New ones are needed; `orUse` if none come.
        case fetch(orUse: Keys?)
    }

    /// Who brings a token with a key that nobody knows.
    ///
    /// Each has a minute's fetch of its own: what anybody may send takes nothing from what the provider itself handed out.
    enum Asker: Hashable, Sendable {
        /// Somebody whose token came from the token endpoint.
        case signIn
        /// A message that anybody may have made up.
        case message
    }

    /// How long an answer counts that says nothing of it, and the bounds for those that do.
    static var ordinaryLifetime: Duration { .seconds(3_600) }
    static var lifetimes: ClosedRange<Duration> { .seconds(300) ... .seconds(86_400) }
    /// How long keys are usable without news of them.
    static var usability: Duration { .seconds(86_400) }
    /// Between two attempts for an unknown key, and after one that failed.
    static var pause: Duration { .seconds(60) }

    private struct Held {
        let keys: Keys
        let fetchedAt: ContinuousClock.Instant
        let lifetime: Duration
    }

    private var held: Held?
    private var failedAt: ContinuousClock.Instant?
    private var soughtAt: [Asker: ContinuousClock.Instant] = [:]

    init() {}

    func step(at now: ContinuousClock.Instant) -> Step {
        guard let held, now - held.fetchedAt < Self.usability else { return .fetch(orUse: nil) }
        let age = now - held.fetchedAt
        if let failedAt, now - failedAt < Self.pause { return .use(held.keys) }
        if age >= held.lifetime { return .fetch(orUse: held.keys) }
        return age * 5 >= held.lifetime * 4 ? .useAndRefresh(held.keys) : .use(held.keys)
    }

    /// Whether the last attempt failed less than a minute ago.
    func hasJustFailed(at now: ContinuousClock.Instant) -> Bool { failedAt.map { now - $0 < Self.pause } ?? false }

    /// Whether new keys may be fetched for a token whose key is not among them; each yes is counted.
    mutating func maySeek(for asker: Asker, at now: ContinuousClock.Instant) -> Bool {
        if let last = soughtAt[asker], now - last < Self.pause { return false }
        soughtAt[asker] = now
        return true
    }

    /// When new keys are to be fetched in the background; `nil` for now.
    var next: ContinuousClock.Instant? {
        guard let held else { return nil }
        let due = held.fetchedAt.advanced(by: held.lifetime * 4 / 5)
        return max(due, failedAt?.advanced(by: Self.pause) ?? due)
    }

    /// New ones came; `maxAge` is what the answer says of how long it counts.
    mutating func take(_ keys: Keys, at now: ContinuousClock.Instant, maxAge: Duration?) {
        let lifetime = min(max(maxAge ?? Self.ordinaryLifetime, Self.lifetimes.lowerBound), Self.lifetimes.upperBound)
        held = Held(keys: keys, fetchedAt: now, lifetime: lifetime)
        failedAt = nil
    }

    mutating func fail(at now: ContinuousClock.Instant) { failedAt = now }
}
