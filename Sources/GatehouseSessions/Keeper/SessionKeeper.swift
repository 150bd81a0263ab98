package import GatehouseCore
private import GatehouseCrypto

/// A session that was just made, with the secret that only its cookie may carry.
package struct StartedSession: Sendable {
    package let token: SecretToken
    package let session: Session
    /// How many older sessions ended because the person has too many.
    package let displaced: Int
}

/// Starts, finds and ends sessions off the check path: for the portal and the command line.
///
/// Time comes in as an argument. Every call asks the store; nothing is cached here.
package struct SessionKeeper: Sendable {
    let store: any RecordStore
    private let secrets: SessionSecrets
    let limits: SessionLimits
    let rememberedLimits: SessionLimits
    /// The most sessions one person may have; the oldest one ends when another begins.
    let mostSessions: Int
    /// How long sessions may last in all whose people come from a backend that nobody can ask again.
    let longestSessions: [BackendName: Duration]
    /// When two spellings are one name.
    let names: UserNameRules

    /// How often a write that lost a race against another instance is tried again.
    static let attempts = 8
    static let contention = "the identity record changes all the time"

    package init(
        store: any RecordStore, secrets: SessionSecrets, limits: SessionLimits = .standard,
        rememberedLimits: SessionLimits = .remembered, mostSessions: Int = 10,
        longestSessions: [BackendName: Duration] = [:], names: UserNameRules = .exact
    ) {
        self.store = store
        self.secrets = secrets
        self.limits = limits
        self.rememberedLimits = rememberedLimits
        self.mostSessions = max(mostSessions, 1)
        self.longestSessions = longestSessions
        self.names = names
    }

    /// Signs a person in: always under a new token; the record behind `old` is gone before this returns.
    ///
    /// - Parameters:
    ///   - identity: who.
    ///   - isRemembered: whether the session may be a long one.
    ///   - old: the secret of a session that this one takes the place of.
    ///   - origin: where it begins.
    ///   - provenAt: when a provider asked the person, of a session that begins at one: long ago if that is not known.
    ///   - now: the moment.
    /// - Returns: the session.
    /// - Throws: `SessionError`: nobody is signed in then.
    package func start(
        for identity: Identity, isRemembered: Bool, replacing old: SecretToken?, from origin: SessionOrigin? = nil,
        provenAt: Timestamp? = nil, now: Timestamp
    ) async throws(SessionError) -> StartedSession {
        if let old { try await end(old) }
        guard let token = SecretToken(octets: try octets(32)) else { throw .unavailable(reason: "no random octets") }
        let epoch = try await save(identity, now: now)
        try await noteName(of: identity)
        let limits = (isRemembered ? rememberedLimits : limits).within(longestSessions[identity.user.backend])
        let session = Session(
            user: identity.user, signedInAt: now, lastSeen: now, limits: limits, isRemembered: isRemembered,
            // Nobody proves anything in the future, whatever clock said so.
            epoch: epoch, provenAt: provenAt.map { min($0, now) })
        let names = try names(of: token, user: identity.user)
        let sealed = try withVault { vault throws(SessionError) in try vault.seal(session, for: names.session) }
        guard try await write(sealed, names.session, expiresIn: min(limits.idle, limits.absolute), .ifMissing) else {
            throw .unavailable(reason: "the new session's key is taken")
        }
        if let origin { try await note(origin, of: names.id, lifetime: limits.absolute) }
        let displaced = try await list(names.member, in: names.userSessions, lifetime: limits.absolute)
        await noteNewest(names.id, signedInAt: now)
        return StartedSession(token: token, session: session, displaced: displaced)
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
        return SignedIn(session: session, identity: stored.identity, identityReadAt: stored.readAt)
    }

    /// Ends one session; an unknown one is no error.
    package func end(_ token: SecretToken) async throws(SessionError) {
        let session = try await session(of: token)
        let names = try names(of: token, user: session?.user)
        let kept = session?.provenAt == nil ? nil : try await providerRecord(of: names.id)
        do {
            try await store.remove([names.session, try originKey(names.id), try providerKey(names.id)])
            if session != nil { try await store.removeMember(names.member, from: names.userSessions) }
            if let kept { try await forget(kept, of: names.id) }
        } catch let error as SessionError {
            throw error
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

    /// Whether the store takes records and gives them back: a full or read-only one is not ready.
    ///
    /// What is written stays as long as a session can live, and says which lookup key they were made with.
    package func probe() async throws(SessionError) {
        do {
            _ = try await store.write(
                try secrets.probeValue(), for: secrets.probeKey, expiresIn: identityLifetime, when: .always)
            _ = try await store.value(for: secrets.probeKey)
        } catch {
            throw unavailable(error)
        }
    }

    // MARK: - Records

    private func session(of token: SecretToken) async throws(SessionError) -> Session? {
        let key = try names(of: token, user: nil).session
        guard let sealed = try await value(key) else { return nil }
        return try withVault { vault throws(SessionError) in vault.session(in: sealed, of: key) }
    }

    private func removeSessions(listedIn key: RecordKey) async throws(SessionError) -> Int {
        do {
            let members = try await store.members(of: key)
            let sessions = try withVault { vault throws(SessionError) in
                members.compactMap { Octets16(prefix: $0.span).map { SessionID($0) } }.flatMap {
                    [vault.sessionKey($0), vault.originKey($0), vault.providerKey($0)]
                }
            }
            if !sessions.isEmpty { try await store.remove(sessions) }
            try await store.remove([key])
            return members.count
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
        let id: SessionID
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
                    id: id, session: vault.sessionKey(id), userSessions: userSessions ?? RecordKey([]),
                    member: id.octets.octets
                )
            } catch {
                throw unavailable(error)
            }
        }
    }

    func userKeys(
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

    func value(_ key: RecordKey) async throws(SessionError) -> [UInt8]? {
        do { return try await store.value(for: key) } catch { throw unavailable(error) }
    }

    func write(
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

    func withVault<Result>(
        _ body: (SessionVault) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        try secrets.withVault(body)
    }

    func unavailable(_ error: any Error) -> SessionError {
        if case .unavailable(let reason)? = error as? StoreError { return .unavailable(reason: reason) }
        return .unavailable(reason: "\(error)")
    }
}
