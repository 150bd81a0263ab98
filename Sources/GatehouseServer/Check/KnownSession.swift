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
    private let renewsAt: Timestamp
    private let refreshesAt: Timestamp
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
    /// `identityAge` is how old an identity may be, `earlier` what was known of the session before, so that nothing is asked
    /// or written twice.
    init(
        sessionKey: RecordKey, identityKey: RecordKey, sessionRecord: [UInt8], identityRecord: [UInt8],
        session: Session,
        stored: StoredIdentity, identityAge: Duration, following earlier: KnownSession?
    ) {
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
        renewsAt = session.renewsAt
        refreshesAt = stored.readAt.advanced(by: identityAge)
    }

    /// Whether somebody is signed in by these records.
    func isAlive(at moment: Timestamp) -> Bool { isOfOneUser && moment < expiresAt }

    func answer(for place: AnswerPlace) -> ByteBuffer? { answers.first { $0.place == place }?.bytes }

    /// Whether the identity is old enough to be read anew, at most once a second.
    func needsRefresh(at moment: Timestamp) -> Bool {
        guard moment >= refreshesAt else { return false }
        if let refreshAskedAt, moment.since(refreshAskedAt) < .seconds(1) { return false }
        refreshAskedAt = moment
        return true
    }

    /// Whether the time of last use should be written, at most once a second while earlier reads are still under way.
    func needsRenewal(at moment: Timestamp) -> Bool {
        guard moment >= renewsAt else { return false }
        if let renewedAt, moment.since(renewedAt) < .seconds(1) { return false }
        renewedAt = moment
        return true
    }

    func keep(_ bytes: ByteBuffer, for place: AnswerPlace) {
        if answers.count < 4 { answers.append((place, bytes)) }
    }
}

/// The sessions that one event loop read most recently, a bounded number of them.
///
/// They save work, never a question: the store is asked each time.
struct KnownSessions {
    private var entries: [SessionID: KnownSession] = [:]
    /// The ids in the order they came in; a ring once it is full.
    private var order: [SessionID] = []
    private var oldest = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    subscript(id: SessionID) -> KnownSession? { entries[id] }

    mutating func keep(_ session: KnownSession, for id: SessionID) {
        if entries[id] == nil { takePlace(for: id) }
        entries[id] = session
    }

    private mutating func takePlace(for id: SessionID) {
        guard order.count >= capacity else {
            order.append(id)
            return
        }
        entries[order[oldest]] = nil
        order[oldest] = id
        oldest = (oldest + 1) % capacity
    }

    mutating func forget(_ id: SessionID) {
        // The id stays in the ring until its turn comes: removing it there would cost a search.
        entries[id] = nil
    }
}
