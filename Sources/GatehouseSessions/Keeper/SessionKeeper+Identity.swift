package import GatehouseCore

/// The identity record beside a person's sessions.
extension SessionKeeper {
    /// Asks a backend again about a user who has sessions, and writes what it says; their epoch stays.
    ///
    /// What stands in the store is read before the backend is asked: an answer that became old meanwhile never replaces a
    /// newer one, and whoever changed a person and then calls this has the change in force when it returns.
    ///
    /// - Parameters:
    ///   - user: whose sessions to bring up to date; without any, nobody is asked.
    ///   - now: the moment to note as that of the answer.
    ///   - backend: given what was known before, what is known of the person now; `nil` if the person is gone or inactive: all their sessions end, as
    ///     they do when the password is another one than at sign-in.
    /// - Returns: what became of the sessions.
    /// - Throws: `SessionError.unavailable`, also when the backend could not find out: the sessions go on as they were.
    @discardableResult
    package func refresh(
        _ user: UserReference, now: Timestamp, asking backend: (Identity?) async throws(BackendError) -> Identity?
    ) async throws(SessionError) -> RefreshOutcome {
        let key = try userKeys(user).identity
        for _ in 0..<SessionKeeper.attempts {
            let (raw, stored) = try await storedIdentity(key)
            guard let raw else { return .noSessions }
            let identity: Identity?
            do { identity = try await backend(stored?.identity) } catch { throw .unavailable(reason: "\(error)") }
            guard let identity, identity.user == user else { return .ended(try await endAll(of: user, now: now)) }
            guard let stored else { return .noSessions }
            // Another password: whoever signed in with the one before is out.
            guard stored.identity.keepsPassword(in: identity) else {
                return .ended(try await endAll(of: user, now: now))
            }
            let new = StoredIdentity(identity: identity, epoch: stored.epoch, readAt: now)
            let sealed: [UInt8]
            do {
                sealed = try withVault { vault throws(SessionError) in try vault.seal(new, for: key) }
            } catch .tooLarge {
                // What is known now does not fit, and what was known before is not true any more.
                return .ended(try await endAll(of: user, now: now))
            }
            if try await write(sealed, key, expiresIn: identityLifetime, .ifEqual(raw)) {
                // The name may be another one now. What was not noted now is noted the next time.
                try? await noteName(of: identity)
                return .refreshed
            }
        }
        throw .unavailable(reason: SessionKeeper.contention)
    }

    /// What `refresh` did.
    package enum RefreshOutcome: Equatable, Sendable {
        /// Nobody is signed in as this user.
        case noSessions
        case refreshed
        /// The person is gone, inactive or has another password; so many sessions were listed.
        case ended(Int)
    }

    /// Writes the identity at a sign-in; sessions of an earlier password end.
    ///
    /// - Returns: the epoch that stands beside it.
    func save(_ identity: Identity, now: Timestamp) async throws(SessionError) -> UInt64 {
        let key = try userKeys(identity.user).identity
        for _ in 0..<SessionKeeper.attempts {
            let (raw, stored) = try await storedIdentity(key)
            var epoch = stored?.epoch ?? SessionKeeper.epoch(now)
            if stored?.identity.keepsPassword(in: identity) == false {
                epoch = max(epoch &+ 1, SessionKeeper.epoch(now))
            }
            let new = StoredIdentity(identity: identity, epoch: epoch, readAt: now)
            let sealed = try withVault { vault throws(SessionError) in try vault.seal(new, for: key) }
            let condition: WriteCondition = raw.map(WriteCondition.ifEqual) ?? .ifMissing
            if try await write(sealed, key, expiresIn: identityLifetime, condition) { return epoch }
        }
        throw .unavailable(reason: SessionKeeper.contention)
    }

    func storedIdentity(
        _ key: RecordKey
    ) async throws(SessionError) -> (raw: [UInt8]?, identity: StoredIdentity?) {
        guard let raw = try await value(key) else { return (nil, nil) }
        return (raw, try withVault { vault throws(SessionError) in vault.identity(in: raw, of: key) })
    }

    /// Longer than any session, so that no session outlives the identity it needs.
    var identityLifetime: Duration { max(limits.absolute, rememberedLimits.absolute) + .seconds(3_600) }

    static func epoch(_ now: Timestamp) -> UInt64 { UInt64(clamping: now.milliseconds) }
}
