internal import GatehouseBackends
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseLogging
internal import GatehouseSessions
internal import GatehouseThrottle
internal import Logging
internal import NIOPosix

/// The sessions of people who are being changed from the command line: what is changed counts for them at once.
struct LiveSessions {
    private let parts: SessionParts
    private let people: People

    private let saved: Saved?

    /// How many people are brought up to date at once.
    private static let width = 32

    /// Opens the store for a piece of work and closes it afterwards.
    ///
    /// - Parameters:
    ///   - configuration: where the store is.
    ///   - people: whose sessions they are.
    ///   - saved: what was done before, for the message if the store gives no answer within seconds; `nil` for nothing.
    ///   - work: what is to be done.
    /// - Returns: what the work returns.
    /// - Throws: `Failure.unknown` if the store gives no answer.
    static func with<Result>(
        _ configuration: Configuration, _ people: People, saved: Saved?,
        _ work: (LiveSessions) async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "gatehouse") { LineLog(label: $0, level: .error, output: .terminal) }
        let parts: SessionParts
        do {
            parts = try SessionParts(
                configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: logger, isPatient: true)
        } catch let failure as Failure {
            guard let saved else { throw failure }
            throw saved.failure(failure.message)
        }
        do {
            let result = try await work(LiveSessions(parts: parts, people: people, saved: saved))
            await parts.store.close()
            return result
        } catch {
            await parts.store.close()
            throw error
        }
    }

    /// What stands already when a command turns to the sessions: it is said apart from what could not be done.
    struct Saved {
        /// Like "alice is changed".
        let done: String
        let missing: String
        /// What to do about that.
        let remedy: String

        /// Somebody's sessions have to end; a command ends them later, as long as the person is there.
        static func ending(_ done: String, sessionsOf name: String, isGone: Bool = false) -> Saved {
            Saved(
                done: done, missing: "the sessions of \(name) could not be ended and may still be alive",
                remedy: isGone
                    ? "those in use end when identity.refresh is over"
                    : "run `gatehouse session end \(name)`; those in use end when identity.refresh is over")
        }

        /// Sessions have to learn of a change.
        static func changing(_ done: String) -> Saved {
            Saved(
                done: done, missing: "sessions that are going on could not be told",
                remedy: "they learn of it when identity.refresh is over; `gatehouse session end NAME` ends them at once"
            )
        }

        func failure(_ reason: String) -> Failure { .unknown("\(done); \(missing) (\(reason)): \(remedy)") }
    }

    var keeper: SessionKeeper { parts.keeper }
    var throttle: Throttle { parts.throttle }

    func secretRecords(_ kind: SecretKind) -> SecretRecords { parts.secretRecords(kind) }

    /// Ends every session of a person.
    func end(_ id: UTF8Text) async throws(Failure) -> Int { try await end(people.reference(id: id)) }

    func end(_ user: UserReference) async throws(Failure) -> Int {
        do { return try await keeper.endAll(of: user, now: WallClock.now()) } catch {
            throw saved?.failure("sessions.store: \(error.reason)")
                ?? .unknown("the sessions may still be alive: sessions.store: \(error.reason)")
        }
    }

    /// Brings the sessions of people up to date, with progress on a terminal where there are many.
    func refresh(_ ids: [UTF8Text]) async throws(Failure) {
        var progress = Progress("Bringing sessions up to date", of: ids.count)
        defer { progress.end() }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, id) in ids.enumerated() {
                    if index >= LiveSessions.width {
                        try await group.next()
                        progress.advance()
                    }
                    let (keeper, database, user) = (keeper, people.database, people.reference(id: id))
                    group.addTask {
                        try await keeper.refresh(user, now: WallClock.now()) { known async throws(BackendError) in
                            try await database.identity(of: user, known: known)
                        }
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            let reason = "sessions.store: \((error as? SessionError)?.reason ?? "\(error)")"
            throw saved?.failure(reason)
                ?? .unknown("sessions that are going on learn of it only when identity.refresh is over: \(reason)")
        }
    }
}
