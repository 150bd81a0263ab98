internal import GatehouseCore
internal import NIOCore

/// Copies of records that are kept true, as a value: no copy is ever answered with that was not true within the last two seconds,
/// except where Redis gives no answer and `grace` allows it.
///
/// What it rests on:
/// - `Tracking` says whether Redis tells of changes, and up to which moment all was heard. Without that no copy is used.
/// - A question that is under way when something is heard of its key is served, not kept, and joined by nobody (`ReadsInFlight`).
/// - Whatever happens to one of the connections, all copies become stale; they are used only while Redis gives no answer,
///   and no longer than `grace` after they were last known to be true. They are gone when tracking is on again.
/// - What is not there is not kept: the key is chosen by whoever asks.
/// - No copy becomes older than `maxAge`, and one's own writes remove one's own copies first.
///
/// A record's own end is the matter of whoever opens it: records are sealed, and their expiry is inside.
struct CoherentCache<Waiter> {
    private(set) var tracking = Tracking()
    private var copies: RecordCopies
    private var reads = ReadsInFlight<Waiter>()
    /// The moment at which the copies were last known to be true, once that is over.
    private var staleSince: NIODeadline?
    private let grace: TimeAmount
    /// How often everything was dropped, or became stale.
    private(set) var flushes = 0

    /// The oldest a copy may become.
    static var maxAge: TimeAmount { .seconds(60) }

    /// - Parameters:
    ///   - maxOctets: the most that copies may take.
    ///   - grace: how long they may be used while Redis gives no answer; zero for not at all.
    init(maxOctets: Int, grace: TimeAmount) {
        copies = RecordCopies(maxOctets: maxOctets, maxAge: CoherentCache.maxAge)
        self.grace = grace
    }

    var count: Int { copies.count }
    var octets: Int { copies.octets }

    // MARK: - Questions

    /// The record, if it need not be asked for.
    mutating func copy(of key: RecordKey, _ now: NIODeadline) -> [UInt8]? {
        guard tracking.isTrusted(now) else { return nil }
        return copies.value(for: key, now)
    }

    /// How a record is to be asked for.
    enum Question {
        /// Somebody asks already.
        case joined
        /// Ask, and say `answered` or `failed` with this number.
        case ask(ReadsInFlight<Waiter>.Number)
    }

    /// Asks for a record of which there is no copy; only while `keepsAnswers`.
    mutating func question(_ key: RecordKey, _ waiter: Waiter) -> Question {
        reads.join(key, waiter) ? .joined : .ask(reads.begin(key, waiter))
    }

    /// Whether answers may be kept: otherwise everybody asks for themselves, and what Redis says counts at once.
    func keepsAnswers(_ now: NIODeadline) -> Bool { tracking.isTrusted(now) }

    /// Takes the answer to a question that was asked at `askedAt`.
    ///
    /// - Returns: who waits for it.
    mutating func answered(
        _ number: ReadsInFlight<Waiter>.Number, of key: RecordKey, with value: [UInt8]?, askedAt: NIODeadline
    ) -> [Waiter] {
        let (waiters, isSound) = reads.end(number, of: key)
        if isSound, tracking.isOn {
            if let value { copies.keep(value, for: key, readAt: askedAt) } else { copies.remove(key) }
        } else {
            answeredUntracked(key)
        }
        return waiters
    }

    /// No answer came to a question.
    ///
    /// - Returns: who waits for it.
    mutating func failed(_ number: ReadsInFlight<Waiter>.Number, of key: RecordKey) -> [Waiter] {
        reads.end(number, of: key).waiters
    }

    /// Redis answered somebody who asked for themselves: what was known before does not count any more, even in an emergency.
    mutating func answeredUntracked(_ key: RecordKey) {
        copies.remove(key)
    }

    /// The record as it was when Redis was last heard; only for a question to which it gives no answer.
    mutating func lastResort(_ key: RecordKey, _ now: NIODeadline) -> [UInt8]? {
        guard grace > .zero, let since = staleSince ?? (tracking.isOn ? tracking.provenAt : nil) else { return nil }
        guard now < since + grace else {
            copies.removeAll()
            return nil
        }
        return copies.value(for: key, nil)
    }

    // MARK: - Changes

    /// Redis says that these keys changed; `nil` for all of them.
    mutating func heard(_ keys: [RecordKey]?) {
        guard let keys else {
            flushes &+= 1
            copies.removeAll()
            reads.disturbAll()
            return
        }
        for key in keys { drop(key) }
    }

    /// A record is being written here: its copy is gone before anybody is answered.
    mutating func drop(_ key: RecordKey) {
        copies.remove(key)
        reads.disturb(key)
    }

    // MARK: - Tracking

    /// Tells the tracking something, and does to the copies what follows from it.
    mutating func tell<Result>(_ news: (inout Tracking) -> Result) -> Result {
        let wasOn = tracking.isOn
        let provenAt = tracking.provenAt
        let result = news(&tracking)
        switch (wasOn, tracking.isOn) {
        case (true, false): doubt(since: provenAt)
        case (false, true): begin()
        default: break
        }
        return result
    }

    private mutating func doubt(since provenAt: NIODeadline) {
        flushes &+= 1
        reads.disturbAll()
        if grace > .zero { staleSince = provenAt } else { copies.removeAll() }
    }

    private mutating func begin() {
        staleSince = nil
        copies.removeAll()
        reads.disturbAll()
    }
}
