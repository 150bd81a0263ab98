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
    /// Whether the two records belong together: they do not change, so this is asked once.
    private let isOfOneUser: Bool
    private let expiresAt: Timestamp
    private let validFrom: Timestamp
    private let renewsAt: Timestamp
    private let refreshesAt: Timestamp
    private let countsUntil: Timestamp
    /// The whole answer of each application that was asked for, as a connection that is kept gets it, with no cookies.
    private var answers: [(place: AnswerPlace, bytes: ByteBuffer)] = []

    /// What ready answers differ by, beside the person.
    struct AnswerPlace: Equatable {
        /// Its index in the policy.
        let application: Int
        let contract: Contract
    }

    /// When the identity's backend was last asked to be asked again.
    private var refreshAskedAt: Timestamp?
    /// When the time of last use was last sent to the store.
    private var renewedAt: Timestamp?

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
        refreshAskedAt = earlier?.refreshAskedAt
        renewedAt = earlier?.renewedAt
        self.sessionKey = sessionKey
        self.identityKey = identityKey
        self.sessionRecord = sessionRecord
        self.identityRecord = identityRecord
        self.session = session
        self.stored = stored
        isOfOneUser = session.belongs(to: stored)
        expiresAt = session.expiresAt
        validFrom = session.validFrom
        renewsAt = session.renewsAt
        refreshesAt = stored.readAt.advanced(by: identityAge)
        countsUntil = stored.readAt.advanced(by: identityMaxAge)
    }

    /// Whether somebody is signed in by these records.
    func isAlive(at moment: Timestamp) -> Bool { isOfOneUser && moment < expiresAt && moment >= validFrom }

    /// How far the clocks differ that wrote the session and that tell `moment`: by more than a minute, or `nil`.
    ///
    /// What the store still holds ended a moment ago at the most, and nothing in it was used in the future.
    func clockDifference(at moment: Timestamp) -> Duration? {
        guard isOfOneUser else { return nil }
        if moment < validFrom { return validFrom.since(moment) + Session.clockTolerance }
        let past = moment.since(expiresAt)
        return past > Session.clockTolerance ? past : nil
    }

    /// Whether nothing was heard of the person for so long that what was known does not count any more.
    func isTooOld(at moment: Timestamp) -> Bool { moment >= countsUntil }

    func answer(for place: AnswerPlace) -> ByteBuffer? { answers.first { $0.place == place }?.bytes }

    /// Whether the identity is old enough to be read anew, at most once a second.
    func needsRefresh(at moment: Timestamp) -> Bool {
        guard moment >= refreshesAt else { return false }
        if let refreshAskedAt, moment >= refreshAskedAt, moment.since(refreshAskedAt) < .seconds(1) { return false }
        refreshAskedAt = moment
        return true
    }

    /// Whether the time of last use should be written, at most once a second while earlier reads are still under way.
    func needsRenewal(at moment: Timestamp) -> Bool {
        guard moment >= renewsAt else { return false }
        if let renewedAt, moment >= renewedAt, moment.since(renewedAt) < .seconds(1) { return false }
        renewedAt = moment
        return true
    }

    /// Keeps a ready answer, one of up to four: `KnownSessions` counts what it takes.
    fileprivate func keep(_ bytes: ByteBuffer, for place: AnswerPlace) {
        guard answers.count < 4 else { return }
        answers.append((place, bytes))
        octets += bytes.storageCapacity
    }

    /// About what the session takes in memory, in octets: the records, what was decoded from them, and ready answers.
    ///
    /// A name of three octets in a record is an array of its own here.
    private(set) var octets: Int
    /// The turn in which it leaves, while it is one of `KnownSessions`.
    fileprivate var turn: UInt64?
}

/// The sessions that one event loop read most recently, bounded in number and in octets.
///
/// They save work, never a question: the store is asked each time. Whoever comes in when there is no room takes the place of as
/// many of the oldest ones as it needs, and of no more.
struct KnownSessions {
    private struct Place {
        let id: SessionID
        let turn: UInt64
    }

    private var entries: [SessionID: KnownSession] = [:]
    /// In the order they came in; a place whose session left before its turn stays until then.
    private var order = CircularBuffer<Place>()
    private var turns: UInt64 = 0
    /// What all of them take, as `KnownSession.octets`.
    private(set) var octets = 0
    private let capacity: Int
    private let maxOctets: Int

    /// - Parameters:
    ///   - capacity: the most sessions.
    ///   - maxOctets: the most that they may take together; typical ones take 3 KiB, the largest ones 2 MiB.
    init(capacity: Int, maxOctets: Int = 64 << 20) {
        self.capacity = max(capacity, 1)
        self.maxOctets = maxOctets
    }

    subscript(id: SessionID) -> KnownSession? { entries[id] }

    mutating func keep(_ session: KnownSession, for id: SessionID) {
        if let before = entries[id] {
            session.turn = before.turn
            leave(before)
        } else {
            turns &+= 1
            session.turn = turns
            order.append(Place(id: id, turn: turns))
        }
        entries[id] = session
        octets += session.octets
        makeRoom()
    }

    /// Keeps a ready answer with a session, which may have left meanwhile.
    mutating func keep(_ answer: ByteBuffer, for place: KnownSession.AnswerPlace, of session: KnownSession) {
        let before = session.octets
        session.keep(answer, for: place)
        guard session.turn != nil else { return }
        octets += session.octets - before
        makeRoom()
    }

    mutating func forget(_ id: SessionID) {
        // The place stays until its turn comes: removing it there would cost a search.
        if let session = entries.removeValue(forKey: id) { leave(session) }
    }

    private mutating func makeRoom() {
        while order.count > capacity || octets > maxOctets, let oldest = order.popFirst() {
            if entries[oldest.id]?.turn == oldest.turn { forget(oldest.id) }
        }
    }

    private mutating func leave(_ session: KnownSession) {
        octets -= session.octets
        session.turn = nil
    }
}
