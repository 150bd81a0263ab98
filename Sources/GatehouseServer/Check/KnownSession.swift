internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseSessions
internal import NIOCore

/// A session that was read before, with the exact records it was decoded from.
///
/// While the store still holds the same bytes, opening, decoding and encoding need not be done again.
final class KnownSession {
    let sessionKey: RecordKey
    let identityKey: RecordKey
    let sessionRecord: [UInt8]
    let identityRecord: [UInt8]
    let session: Session
    let stored: StoredIdentity
    private let moments: Moments
    private var last: LastSteps
    /// What was prepared to say of the person, for each application that was asked for; whoever answers knows what it is.
    private var answers: [(place: AnswerPlace, bytes: ByteBuffer)] = []

    /// What prepared answers differ by, beside the person.
    struct AnswerPlace: Equatable {
        /// Its index in the policy.
        let application: Int
        /// How the proxy is told which cookies go on to the application.
        let cookies: PassedCookies
    }

    /// What follows from the records; they do not change, so it is worked out once.
    private struct Moments {
        /// Whether the two records belong together.
        let areOfOneUser: Bool
        let expiresAt: Timestamp
        let validFrom: Timestamp
        let renewsAt: Timestamp
        let refreshesAt: Timestamp
        let countsUntil: Timestamp
    }

    /// What was asked for or written meanwhile.
    private struct LastSteps {
        /// When the identity's backend was last asked to be asked again.
        var refreshAskedAt: Timestamp?
        /// When the time of last use was last sent to the store.
        var renewedAt: Timestamp?
    }

    /// Keeps what was read and decoded.
    ///
    /// `identityAge` is how old an identity may be before somebody is asked again, `identityMaxAge` how old it may be and still
    /// count, `earlier` what was known of the session before, so that nothing is asked
    /// or written twice.
    init(
        sessionKey: RecordKey, identityKey: RecordKey, sessionRecord: [UInt8], identityRecord: [UInt8],
        session: Session,
        stored: StoredIdentity, identityAge: Duration, identityMaxAge: Duration, following earlier: KnownSession?
    ) {
        let identity = stored.identity
        octets =
            1_024 + 2 * (sessionRecord.count + identityRecord.count)
            + 64 * (identity.groups.count + identity.permissions.count) + 192 * identity.objectGrants.count
        last = earlier?.last ?? LastSteps()
        self.sessionKey = sessionKey
        self.identityKey = identityKey
        self.sessionRecord = sessionRecord
        self.identityRecord = identityRecord
        self.session = session
        self.stored = stored
        moments = Moments(
            areOfOneUser: session.belongs(to: stored), expiresAt: session.expiresAt, validFrom: session.validFrom,
            renewsAt: session.renewsAt, refreshesAt: stored.readAt.advanced(by: identityAge),
            countsUntil: stored.readAt.advanced(by: identityMaxAge))
    }

    /// Whether somebody is signed in by these records.
    func isAlive(at moment: Timestamp) -> Bool {
        moments.areOfOneUser && moment < moments.expiresAt && moment >= moments.validFrom
    }

    /// How far the clocks differ that wrote the session and that tell `moment`: by more than a minute, or `nil`.
    ///
    /// What the store still holds ended a moment ago at the most, and nothing in it was used in the future.
    func clockDifference(at moment: Timestamp) -> Duration? {
        guard moments.areOfOneUser else { return nil }
        if moment < moments.validFrom { return moments.validFrom.since(moment) + Session.clockTolerance }
        let past = moment.since(moments.expiresAt)
        return past > Session.clockTolerance ? past : nil
    }

    /// Whether nothing was heard of the person for so long that what was known does not count any more.
    func isTooOld(at moment: Timestamp) -> Bool { moment >= moments.countsUntil }

    func answer(for place: AnswerPlace) -> ByteBuffer? { answers.first { $0.place == place }?.bytes }

    /// Whether the identity is old enough to be read anew, at most once a second.
    func needsRefresh(at moment: Timestamp) -> Bool {
        guard moment >= moments.refreshesAt else { return false }
        if let asked = last.refreshAskedAt, moment >= asked, moment.since(asked) < .seconds(1) { return false }
        last.refreshAskedAt = moment
        return true
    }

    /// Whether the time of last use should be written, at most once a second while earlier reads are still under way.
    func needsRenewal(at moment: Timestamp) -> Bool {
        guard moment >= moments.renewsAt else { return false }
        if let renewed = last.renewedAt, moment >= renewed, moment.since(renewed) < .seconds(1) { return false }
        last.renewedAt = moment
        return true
    }

    /// Keeps a prepared answer, one of up to four: only `KnownSessions` calls this, since it counts what that takes.
    func keep(_ bytes: ByteBuffer, for place: AnswerPlace) {
        guard answers.count < 4 else { return }
        answers.append((place, bytes))
        octets += bytes.storageCapacity
    }

    /// About what the session takes in memory, in octets: the records, what was decoded from them, and prepared answers.
    ///
    /// A name of three octets in a record is an array of its own here.
    private(set) var octets: Int
    /// The turn in which it leaves, while it is one of `KnownSessions`, which alone sets it.
    var turn: UInt64?
}
