internal import GatehouseCore
internal import GatehouseSessions
internal import NIOCore

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
    let capacity: Int
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

    /// Keeps a prepared answer with a session, which may have left meanwhile.
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
