internal import GatehouseBackends
internal import GatehouseCore
internal import GatehouseSessions

/// The sessions of people who are being changed: what is changed counts for them at once.
struct LiveSessions: Sendable {
    let keeper: SessionKeeper
    let backend: DatabaseBackend
    let now: @Sendable () -> Timestamp
    let progress: @Sendable (SessionDoor.Stage) -> Void

    /// How many people are brought up to date at once.
    private static let width = 32

    /// Ends every session of a person.
    ///
    /// - Returns: how many there were.
    func end(_ user: UserReference) async throws(PeopleError) -> Int {
        do { return try await keeper.endAll(of: user, now: now()) } catch {
            throw .unavailable(.sessionStore(reason: error.reason, mayBeAlive: true))
        }
    }

    /// Brings the sessions of people up to date; `ids` are primary keys.
    func refresh(_ ids: [UTF8Text]) async throws(PeopleError) {
        defer { progress(.ended) }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, id) in ids.enumerated() {
                    if index >= LiveSessions.width {
                        try await group.next()
                        progress(.told(index + 1 - LiveSessions.width, of: ids.count))
                    }
                    let (keeper, backend, now) = (keeper, backend, now)
                    let user = UserReference(backend: backend.name, id: id)
                    group.addTask {
                        try await keeper.refresh(user, now: now()) { known async throws(BackendError) in
                            try await backend.identity(of: user, known: known)
                        }
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            let reason = (error as? SessionError)?.reason ?? "\(error)"
            throw .unavailable(.sessionStore(reason: reason, mayBeAlive: false))
        }
    }

    /// Asks the store something.
    func ask<Result>(
        _ question: (SessionKeeper) async throws(SessionError) -> Result
    ) async throws(PeopleError) -> Result {
        do { return try await question(keeper) } catch {
            throw .unavailable(.sessionStore(reason: error.reason, mayBeAlive: false))
        }
    }
}
