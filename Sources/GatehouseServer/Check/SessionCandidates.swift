internal import GatehouseCore

/// What the store said about one session cookie.
enum SessionFinding {
    /// There is no such session, or it is none of ours.
    case nobody
    /// The store gave no answer.
    case unknown
    case session(KnownSession, SessionID)
}

/// Several session cookies of one request, looked up one after the other.
struct SessionCandidates {
    private var waiting: [SecretToken]
    private var live: [(session: KnownSession, id: SessionID)] = []

    init(_ tokens: [SecretToken]) { waiting = tokens.reversed() }

    mutating func next() -> SecretToken? { waiting.popLast() }

    mutating func add(_ session: KnownSession, _ id: SessionID) { live.append((session, id)) }

    /// Whether sessions of two people are alive: no telling who it is.
    var areOfDifferentPeople: Bool {
        live.dropFirst().contains { $0.session.session.user != live.first?.session.session.user }
    }

    /// The session that counts; of one person's, the one that was signed in last.
    var finding: SessionFinding {
        guard !areOfDifferentPeople,
            let last = live.max(by: { $0.session.session.signedInAt < $1.session.session.signedInAt })
        else { return .nobody }
        return .session(last.session, last.id)
    }
}
