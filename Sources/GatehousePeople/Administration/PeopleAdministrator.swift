package import GatehouseCore
package import GatehouseDatabase

/// Changes people, groups and permissions of tables that are ours.
///
/// Each change is one transaction. When it stands, the sessions of everybody concerned are told or ended, and then the event is
/// returned, which nobody has written down yet. If the sessions could not be told, the error says so and has the event: the change
/// stands.
package struct PeopleAdministrator: Sendable {
    let people: People
    let sessions: SessionDoor

    fileprivate init(_ people: People, _ sessions: SessionDoor) {
        self.people = people
        self.sessions = sessions
    }

    /// The name that a typed one stands for.
    ///
    /// - Throws: `PeopleError.refused` for what can be nobody's.
    package func name(_ typed: String) throws(PeopleError) -> UserName { try people.name(typed) }

    /// Whether a typed name is somebody's.
    package func isSomebody(_ typed: String) async throws(PeopleError) -> Bool {
        try await people.lookup.isSomebody(typed)
    }
}

/// What a change came to.
package struct PeopleChange: Equatable, Sendable {
    /// What to write down.
    package let event: Event
    /// Whose identities are others now.
    package let concerned: [UserReference]
    /// Groups and permissions that came into being along the way.
    package let made: MadeAlongside
    /// What was to be revoked and had not been granted.
    package let notHeld: [Grant]
    package let sessionsEnded: Int

    init(
        _ event: Event, concerned: [UserReference] = [], made: MadeAlongside = MadeAlongside(), notHeld: [Grant] = [],
        sessionsEnded: Int = 0
    ) {
        self.event = event
        self.concerned = concerned
        self.made = made
        self.notHeld = notHeld
        self.sessionsEnded = sessionsEnded
    }
}

extension People {
    /// The handle for changes.
    ///
    /// - Parameter sessions: where those are that have to learn of them.
    /// - Returns: the handle.
    /// - Throws: `PeopleError.unfit` where the tables are a site's own.
    package func administrator(_ sessions: SessionDoor) async throws(PeopleError) -> PeopleAdministrator {
        try await tables.requireOwn()
        return PeopleAdministrator(self, sessions)
    }
}

extension EventValue {
    /// Names and grants, as they are written.
    static func listed(_ things: [some CustomStringConvertible]) -> EventValue { .texts(things.map(\.description)) }
}
