package import GatehouseCore
internal import GatehouseLogging
package import GatehouseSessions
package import Logging

/// Asks backends again about people whose identity has become old, in the background and each person once at a time.
package actor IdentityRefresher {
    private let backends: BackendChain
    private let keeper: SessionKeeper
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let rechecks: ProviderRechecks?
    private var running: [UserReference: Task<Void, Never>] = [:]
    /// When each person was last asked about, so that a failing backend is not asked on every check.
    private var last: [UserReference: Timestamp] = [:]

    /// - Parameters:
    ///   - backends: who is asked.
    ///   - keeper: whose identities become old.
    ///   - logger: told of sessions that end, and of what could not be asked.
    ///   - now: the wall clock.
    ///   - rechecks: asks providers in turn; `nil` if none is to be asked again.
    package init(
        backends: BackendChain, keeper: SessionKeeper, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        rechecks: ProviderRechecks? = nil
    ) {
        self.backends = backends
        self.keeper = keeper
        self.logger = logger
        self.now = now
        self.rechecks = rechecks
    }

    /// Refreshes one identity unless that was tried within the last second.
    ///
    /// Returns when it is done, whoever asked first.
    package func refresh(_ user: UserReference) async {
        if let asked = running[user] { return await asked.value }
        let moment = now()
        if let before = last[user], moment.since(before) < .seconds(1) { return }
        if last.count > 10_000 { last.removeAll() }
        last[user] = moment
        let asked = Task { await ask(about: user, moment) }
        running[user] = asked
        await asked.value
        running[user] = nil
        // Whoever asked does not wait for a provider.
        await rechecks?.begin(user)
    }

    private func ask(about user: UserReference, _ moment: Timestamp) async {
        do {
            let outcome = try await keeper.refresh(user, now: moment) { known async throws(BackendError) in
                try await backends.identity(of: user, known: known)
            }
            logger.debug(
                "an identity was asked for anew", metadata: ["backend": "\(user.backend)", "user_id": "\(user.id)"])
            if case .ended(let count) = outcome {
                logger.sessionsEnded(
                    of: user, "account", count,
                    "sessions ended: the account is gone, may not sign in now, or has another password")
            }
        } catch {
            logger.warning("an identity could not be refreshed", metadata: ["error": "\(error)"])
        }
    }
}
