package import GatehouseCore
package import GatehouseSessions

/// Lists and ends the sessions of other people.
///
/// Nobody but the database and the store of sessions is asked, so that it works while a directory is away.
package struct SessionAdministrator: Sendable {
    private let people: People
    private let door: SessionDoor
    /// The backends whose people are not in the database.
    private let others: [BackendName]

    fileprivate init(_ people: People, _ door: SessionDoor, _ others: [BackendName]) {
        self.people = people
        self.door = door
        self.others = others
    }

    /// Sessions of somebody.
    package struct OfSomebody: Equatable, Sendable {
        /// The newest first.
        package let sessions: [OwnedSession]
        /// The backends by which somebody else of that name signed in, who is not meant.
        package let elsewhere: [BackendName]
    }

    /// What ended.
    package struct Ended: Equatable, Sendable {
        package let users: [UserReference]
        package let count: Int
        /// The backends by which somebody else of that name signed in, who was not meant.
        package let elsewhere: [BackendName]
        package let event: Event
    }

    // MARK: - Listing

    /// Everybody's sessions that began last, at most `limit` of them.
    ///
    /// - Throws: `PeopleError.unavailable`.
    package func newest(_ limit: Int) async throws(PeopleError) -> [OwnedSession] {
        let now = people.now
        return try await door.with(people) { sessions async throws(PeopleError) in
            try await sessions.ask { keeper async throws(SessionError) in try await keeper.newest(limit, now: now()) }
        }
    }

    /// The sessions of a person of the database, or with a backend of those who signed in by it under that name, or with that id.
    ///
    /// - Throws: `PeopleError.refused` if there is nobody.
    package func sessions(
        of name: String, by backend: BackendName?
    ) async throws(PeopleError) -> OfSomebody {
        let now = people.now
        return try await door.with(people) { sessions async throws(PeopleError) in
            let users = try await self.users(name, by: backend, sessions)
            let elsewhere = backend == nil ? try await self.elsewhere(name, sessions) : []
            let found = try await sessions.ask { keeper async throws(SessionError) in
                var found: [OwnedSession] = []
                for user in users {
                    guard let owner = try await keeper.person(user) else { continue }
                    for listed in try await keeper.sessions(of: user, now: now()) {
                        found.append(OwnedSession(owner: owner, listed: listed))
                    }
                }
                return found
            }
            return OfSomebody(
                sessions: found.sorted { $0.listed.session.signedInAt > $1.listed.session.signedInAt },
                elsewhere: elsewhere)
        }
    }

    // MARK: - Ending

    /// Ends one session, whoever's it is.
    ///
    /// - Returns: what to write down.
    /// - Throws: `PeopleError.refused` if there is none of this id.
    package func end(_ id: SessionID) async throws(PeopleError) -> Event {
        let isEnded = try await door.with(people) { sessions async throws(PeopleError) in
            try await sessions.ask { keeper async throws(SessionError) in try await keeper.end(id) }
        }
        guard isEnded else { throw .refused(.noSuchSession(id)) }
        return Event(.sessionEnded, [(.id, .text(id.text)), (.result, .text("ended")), (.sessionsEnded, .number(1))])
    }

    /// Ends all sessions of those who are meant as by `sessions(of:by:)`.
    ///
    /// - Returns: what ended; for somebody of the database that may be nothing.
    /// - Throws: `PeopleError.refused` if there is nobody, or nothing where something was surely meant.
    package func endAll(of name: String, by backend: BackendName?) async throws(PeopleError) -> Ended {
        let (users, count, elsewhere) = try await door.with(people) { sessions async throws(PeopleError) in
            let users = try await self.users(name, by: backend, sessions)
            var count = 0
            for user in users { count += try await sessions.end(user) }
            return (users, count, backend == nil ? try await self.elsewhere(name, sessions) : [])
        }
        guard count > 0 || elsewhere.isEmpty else { throw .refused(.elsewhere(.noSession(name), elsewhere)) }
        // Who is in the database is surely meant; anybody else may be in under another name.
        guard count > 0 || users.allSatisfy({ $0.backend == People.backendName }) else {
            throw .refused(.noSession(name))
        }
        let event = Event(
            .sessionEnded, about: users.first.map { .person($0) } ?? .nobody,
            [
                (.user, .text(name)), (.userIDs, .texts(users.map(\.id.description))),
                (.backend, .text(users.first?.backend.description ?? "")), (.result, .text("ended")),
                (.sessionsEnded, .number(count)),
            ])
        return Ended(users: users, count: count, elsewhere: elsewhere, event: event)
    }

    // MARK: - Who is meant

    private func users(
        _ name: String, by backend: BackendName?, _ sessions: LiveSessions
    ) async throws(PeopleError) -> [UserReference] {
        guard let backend, backend != People.backendName else {
            try await people.tables.require()
            do throws(PeopleError) { return [people.reference(id: try await people.account(name).id)] } catch {
                guard case .refused(let refusal) = error else { throw error }
                let elsewhere = try await elsewhere(name, sessions)
                throw .refused(elsewhere.isEmpty ? refusal : .elsewhere(refusal, elsewhere))
            }
        }
        let found = try await signedIn(name, by: backend, sessions)
        guard found.isEmpty else { return found }
        throw .refused(.nobodySignedIn(name, by: backend, of: others))
    }

    private func signedIn(
        _ name: String, by backend: BackendName, _ sessions: LiveSessions
    ) async throws(PeopleError) -> [UserReference] {
        try await sessions.ask { keeper async throws(SessionError) in
            let id = UserReference(backend: backend, id: UTF8Text(name))
            let byID = try await keeper.person(id) == nil ? [] : [id]
            let found = try await keeper.people(named: UTF8Text(name), of: backend)
            // Where letter case tells people apart, only the one is meant whose name was typed.
            let exact = found.filter { $0.name == UserName(name) }
            return byID + (exact.isEmpty ? found : exact).map(\.user).filter { $0 != id }
        }
    }

    /// By which other backends somebody of the name is signed in.
    private func elsewhere(_ name: String, _ sessions: LiveSessions) async throws(PeopleError) -> [BackendName] {
        var backends: [BackendName] = []
        for backend in others where try await !signedIn(name, by: backend, sessions).isEmpty {
            backends.append(backend)
        }
        return backends
    }
}

extension People {
    /// The handle for the sessions of others.
    ///
    /// - Parameters:
    ///   - door: where the sessions are.
    ///   - others: the backends whose people are not in the database.
    /// - Returns: the handle; nothing was asked yet.
    package func sessions(_ door: SessionDoor, others: [BackendName] = []) -> SessionAdministrator {
        SessionAdministrator(self, door, others)
    }
}
