internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseSessions
internal import Logging
internal import NIOPosix

/// The sessions of people who are being changed from the command line: what is changed counts for them at once.
struct LiveSessions {
    private let parts: SessionParts
    private let people: People

    /// Opens the store for a piece of work and closes it afterwards.
    ///
    /// - Throws: `Failure.unknown` if the store gives no answer.
    static func with<Result>(
        _ configuration: Configuration, _ people: People, _ work: (LiveSessions) async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "gatehouse") { LineLog(label: $0, format: .text, level: .error) }
        let parts = try SessionParts(configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: logger)
        do {
            let result = try await work(LiveSessions(parts: parts, people: people))
            await parts.store.close()
            return result
        } catch {
            await parts.store.close()
            throw error
        }
    }

    var keeper: SessionKeeper { parts.keeper }

    /// Ends every session of a person.
    ///
    /// `saved` says what was done before, for the message if the store gives no answer.
    func end(_ id: UTF8Text, saved: String) async throws(Failure) -> Int {
        do { return try await keeper.endAll(of: people.reference(id: id), now: WallClock.now()) } catch {
            throw .unknown("\(saved), but the sessions may still be alive: sessions.store: \(error)")
        }
    }

    /// Brings the sessions of people up to date, with progress on a terminal where there are many.
    func refresh(_ ids: [UTF8Text], saved: String) async throws(Failure) {
        var progress = Progress("Bringing sessions up to date", of: ids.count)
        for id in ids {
            let user = people.reference(id: id)
            do {
                let backends = people.backends
                try await keeper.refresh(user, now: WallClock.now()) { () async throws(BackendError) in
                    try await backends.identity(of: user)
                }
            } catch {
                throw .unknown(
                    "\(saved), but sessions that are going on learn of it only when identity.refresh is over: "
                        + "sessions.store: \(error)")
            }
            progress.advance()
        }
        progress.end()
    }
}
