package import GatehouseCore
private import GatehouseCrypto

/// A session that was just made, with the secret that only its cookie may carry.
package struct StartedSession: Sendable {
    package let token: SecretToken
    package let session: Session
}

/// Starts, finds and ends sessions off the check path: for the portal and the command line.
///
/// Time comes in as an argument. Every call asks the store; nothing is cached here.
package struct SessionKeeper: Sendable {
    private let store: any RecordStore
    private let secrets: SessionSecrets
    private let limits: SessionLimits
    private let rememberedLimits: SessionLimits

    /// How often a write that lost a race against another instance is tried again.
    private static let attempts = 8
    private static let contention = "the identity record changes all the time"

    package init(
        store: any RecordStore, secrets: SessionSecrets, limits: SessionLimits = .standard,
        rememberedLimits: SessionLimits = .remembered
    ) {
        self.store = store
        self.secrets = secrets
        self.limits = limits
        self.rememberedLimits = rememberedLimits
    }

    /// Signs a person in: always under a new token; the record behind `old` is gone before this returns.
    ///
    /// - Throws: `SessionError`: nobody is signed in then.
    package func start(
        for identity: Identity, isRemembered: Bool, replacing old: SecretToken?, now: Timestamp
    ) async throws(SessionError) -> StartedSession {
        if let old { try await end(old) }
        guard let token = SecretToken(octets: try octets(32)) else { throw .unavailable(reason: "no random octets") }
        let epoch = try await save(identity, now: now)
        let limits = isRemembered ? rememberedLimits : limits
        let session = Session(
            user: identity.user, signedInAt: now, lastSeen: now, limits: limits, isRemembered: isRemembered,
            epoch: epoch)
        let names = try names(of: token, user: identity.user)
        let sealed = try withVault { vault throws(SessionError) in try vault.seal(session, for: names.session) }
        guard try await write(sealed, names.session, expiresIn: min(limits.idle, limits.absolute), .ifMissing) else {
            throw .unavailable(reason: "the new session's key is taken")
        }
        do {
            try await store.addMember(names.member, to: names.userSessions, expiresIn: limits.absolute)
        } catch {
            throw unavailable(error)
        }
        return StartedSession(token: token, session: session)
    }

    /// The live session behind a cookie, and who it belongs to.
    package func signedIn(with token: SecretToken, now: Timestamp) async throws(SessionError) -> SignedIn? {
        guard let session = try await session(of: token) else { return nil }
        let key = try withVault { vault throws(SessionError) in
            do { return vault.identityKey(try vault.id(of: session.user)) } catch { throw unavailable(error) }
        }
        guard let stored = try await storedIdentity(key).identity, session.isAlive(with: stored, at: now) else {
            return nil
        }
        return SignedIn(session: session, identity: stored.identity)
    }

    /// Ends one session; an unknown one is no error.
    package func end(_ token: SecretToken) async throws(SessionError) {
        let session = try await session(of: token)
        let names = try names(of: token, user: session?.user)
        do {
            try await store.remove([names.session])
            if session != nil { try await store.removeMember(names.member, from: names.userSessions) }
        } catch {
            throw unavailable(error)
        }
    }

    /// Ends every session of a user at once, by raising the user's epoch and removing the records.
    ///
    /// - Returns: how many sessions the store listed.
    package func endAll(of user: UserReference, now: Timestamp) async throws(SessionError) -> Int {
        let keys = try userKeys(user)
        for _ in 0..<SessionKeeper.attempts {
            let (raw, stored) = try await storedIdentity(keys.identity)
            guard let raw else { return try await removeSessions(listedIn: keys.userSessions) }
            let old = stored ?? StoredIdentity(identity: Identity(user: user, name: ""), epoch: 0, readAt: now)
            let raised = StoredIdentity(
                identity: old.identity, epoch: max(old.epoch &+ 1, SessionKeeper.epoch(now)), readAt: old.readAt)
            let sealed = try withVault { vault throws(SessionError) in try vault.seal(raised, for: keys.identity) }
            if try await write(sealed, keys.identity, expiresIn: identityLifetime, .ifEqual(raw)) {
                return try await removeSessions(listedIn: keys.userSessions)
            }
        }
        // The epoch still stands: what the store lists ends, but it is not said that everything did.
        _ = try await removeSessions(listedIn: keys.userSessions)
        throw .unavailable(reason: SessionKeeper.contention)
    }

    /// Writes what a backend now says about a user who has sessions; their epoch stays.
    ///
    /// Without an identity the user is gone or inactive: all their sessions end.
    package func refresh(_ user: UserReference, to identity: Identity?, now: Timestamp) async throws(SessionError) {
        guard let identity, identity.user == user else {
            _ = try await endAll(of: user, now: now)
            return
        }
        let keys = try userKeys(user)
        let (raw, stored) = try await storedIdentity(keys.identity)
        guard let raw, let stored else { return }
        let new = StoredIdentity(identity: identity, epoch: stored.epoch, readAt: now)
        let sealed = try withVault { vault throws(SessionError) in try vault.seal(new, for: keys.identity) }
        _ = try await write(sealed, keys.identity, expiresIn: identityLifetime, .ifEqual(raw))
    }

    /// Whether the store answers.
    package func ping() async throws(SessionError) {
        do { try await store.ping() } catch { throw unavailable(error) }
    }

    // MARK: - Records

    /// Longer than any session, so that no session outlives the identity it needs.
    private var identityLifetime: Duration { max(limits.absolute, rememberedLimits.absolute) + .seconds(3_600) }

    private static func epoch(_ now: Timestamp) -> UInt64 { UInt64(clamping: now.milliseconds) }

    /// Writes the identity and returns the epoch that stands beside it.
    private func save(_ identity: Identity, now: Timestamp) async throws(SessionError) -> UInt64 {
        let key = try userKeys(identity.user).identity
        for _ in 0..<SessionKeeper.attempts {
            let (raw, stored) = try await storedIdentity(key)
            let epoch = stored?.epoch ?? SessionKeeper.epoch(now)
            let new = StoredIdentity(identity: identity, epoch: epoch, readAt: now)
            let sealed = try withVault { vault throws(SessionError) in try vault.seal(new, for: key) }
            let condition: WriteCondition = raw.map(WriteCondition.ifEqual) ?? .ifMissing
            if try await write(sealed, key, expiresIn: identityLifetime, condition) { return epoch }
        }
        throw .unavailable(reason: SessionKeeper.contention)
    }

    private func session(of token: SecretToken) async throws(SessionError) -> Session? {
        let key = try names(of: token, user: nil).session
        guard let sealed = try await value(key) else { return nil }
        return try withVault { vault throws(SessionError) in vault.session(in: sealed, of: key) }
    }

    private func storedIdentity(
        _ key: RecordKey
    ) async throws(SessionError) -> (raw: [UInt8]?, identity: StoredIdentity?) {
        guard let raw = try await value(key) else { return (nil, nil) }
        return (raw, try withVault { vault throws(SessionError) in vault.identity(in: raw, of: key) })
    }

    private func removeSessions(listedIn key: RecordKey) async throws(SessionError) -> Int {
        do {
            let members = try await store.members(of: key)
            let sessions = try withVault { vault throws(SessionError) in
                members.compactMap { Octets16(prefix: $0.span).map { vault.sessionKey(SessionID($0)) } }
            }
            if !sessions.isEmpty { try await store.remove(sessions) }
            try await store.remove([key])
            return sessions.count
        } catch let error as StoreError {
            throw unavailable(error)
        } catch let error as SessionError {
            throw error
        } catch {
            throw .unavailable(reason: "\(error)")
        }
    }

    // MARK: - The store and the vault

    private struct Names {
        let session: RecordKey
        let userSessions: RecordKey
        /// The session's entry in the user's set: the 16 octets of its id.
        let member: [UInt8]
    }

    private func names(of token: SecretToken, user: UserReference?) throws(SessionError) -> Names {
        try withVault { vault throws(SessionError) in
            do {
                let id = try vault.id(of: token)
                let userSessions = try user.map { try vault.userSessionsKey(vault.id(of: $0)) }
                return Names(
                    session: vault.sessionKey(id), userSessions: userSessions ?? RecordKey([]), member: id.octets.octets
                )
            } catch {
                throw unavailable(error)
            }
        }
    }

    private func userKeys(
        _ user: UserReference
    ) throws(SessionError) -> (identity: RecordKey, userSessions: RecordKey) {
        try withVault { vault throws(SessionError) in
            do {
                let id = try vault.id(of: user)
                return (vault.identityKey(id), vault.userSessionsKey(id))
            } catch {
                throw unavailable(error)
            }
        }
    }

    private func value(_ key: RecordKey) async throws(SessionError) -> [UInt8]? {
        do { return try await store.value(for: key) } catch { throw unavailable(error) }
    }

    private func write(
        _ value: [UInt8], _ key: RecordKey, expiresIn: Duration, _ condition: WriteCondition
    ) async throws(SessionError) -> Bool {
        do {
            return try await store.write(value, for: key, expiresIn: expiresIn, when: condition)
        } catch {
            throw unavailable(error)
        }
    }

    private func octets(_ count: Int) throws(SessionError) -> [UInt8] {
        do { return try SystemRandom.octets(count) } catch { throw unavailable(error) }
    }

    /// Uses a vault for a moment: OpenSSL's contexts may not cross threads, and a sign-in costs far more than making one.
    private func withVault<Result>(
        _ body: (SessionVault) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        let vault: SessionVault
        do { vault = try secrets.makeVault() } catch { throw unavailable(error) }
        return try body(vault)
    }

    private func unavailable(_ error: any Error) -> SessionError {
        if case .unavailable(let reason)? = error as? StoreError { return .unavailable(reason: reason) }
        return .unavailable(reason: "\(error)")
    }
}
