package import GatehouseCore
package import GatehouseSessions

/// The way to the sessions that are going on: opened when they are needed and closed afterwards.
///
/// A change stands in the database before anybody goes through: a store that gives no answer does not keep it back.
package struct SessionDoor: Sendable {
    /// What keeps the store from being opened.
    package typealias Failure = StoreError

    /// A store that is open.
    package struct Opened: Sendable {
        let keeper: SessionKeeper
        let close: @Sendable () async -> Void

        /// `close` is called when the work is done.
        package init(_ keeper: SessionKeeper, close: @escaping @Sendable () async -> Void = {}) {
            self.keeper = keeper
            self.close = close
        }
    }

    /// How far the telling of many people's sessions is.
    package enum Stage: Equatable, Sendable {
        case told(Int, of: Int)
        /// Also after a failure.
        case ended
    }

    private let open: @Sendable () async throws(Failure) -> Opened
    private let progress: @Sendable (Stage) -> Void

    /// - Parameters:
    ///   - open: opens the store; called for each piece of work.
    ///   - progress: told how far it is where many people are concerned.
    package init(
        open: @escaping @Sendable () async throws(Failure) -> Opened,
        progress: @escaping @Sendable (Stage) -> Void = { _ in }
    ) {
        self.open = open
        self.progress = progress
    }

    /// Opens the store for a piece of work and closes it afterwards, whatever came of it.
    ///
    /// - Throws: `PeopleError.unavailable` if it cannot be opened, and what the work throws.
    func with<Result>(
        _ people: People, _ work: (LiveSessions) async throws(PeopleError) -> Result
    ) async throws(PeopleError) -> Result {
        let opened: Opened
        do { opened = try await open() } catch {
            throw .unavailable(.sessionStore(reason: error.description, mayBeAlive: false))
        }
        let sessions = LiveSessions(
            keeper: opened.keeper, backend: people.backend, now: people.now, progress: progress)
        do throws(PeopleError) {
            let result = try await work(sessions)
            await opened.close()
            return result
        } catch {
            await opened.close()
            throw error
        }
    }

    /// Tells the sessions of a change that stands, or ends them.
    ///
    /// - Parameters:
    ///   - change: what stands.
    ///   - following: what is to become of the sessions.
    ///   - event: what to write down of the change if they cannot be told; `nil` if the caller's result says so anyhow.
    ///   - people: whose sessions these are.
    ///   - work: tells or ends them.
    /// - Returns: what the work brings.
    /// - Throws: `PeopleError.unfollowed` if the store gives no answer.
    func follow<Result>(
        _ change: Unfollowed.Change, _ following: Unfollowed.Following, _ event: Event?, of people: People,
        _ work: (LiveSessions) async throws(PeopleError) -> Result
    ) async throws(PeopleError) -> Result {
        do throws(PeopleError) { return try await with(people, work) } catch {
            guard case .unavailable(.sessionStore(let reason, _)) = error else { throw error }
            throw .unfollowed(Unfollowed(change, following, event, reason: reason))
        }
    }
}
