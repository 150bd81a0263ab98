package import GatehouseCore

/// One of a person's sessions.
package struct ListedSession: Equatable, Sendable {
    package let id: SessionID
    package let session: Session
    /// Where it began; `nil` if that is not known.
    package let origin: SessionOrigin?
}

/// The set of a person's sessions: listing them, ending one of them, and keeping them few.
extension SessionKeeper {
    /// The live sessions of a user, the newest first.
    ///
    /// - Complexity: one read of the store for each session; there are at most `mostSessions`, and those that expired
    ///   since somebody last looked, whose entries are removed.
    package func sessions(of user: UserReference, now: Timestamp) async throws(SessionError) -> [ListedSession] {
        let keys = try userKeys(user)
        guard let stored = try await storedIdentity(keys.identity).identity else { return [] }
        var sessions: [ListedSession] = []
        for entry in try await listed(in: keys.userSessions) where entry.session.isAlive(with: stored, at: now) {
            sessions.append(
                ListedSession(id: entry.id, session: entry.session, origin: try await origin(of: entry.id)))
        }
        return sessions
    }

    /// The id of the session behind a cookie: what tells one's own session from the others.
    package func id(of token: SecretToken) throws(SessionError) -> SessionID {
        try withVault { vault throws(SessionError) in
            do { return try vault.id(of: token) } catch { throw unavailable(error) }
        }
    }

    /// Ends one session of a user; that of somebody else is left alone.
    ///
    /// - Returns: whether there was such a session.
    package func end(_ id: SessionID, of user: UserReference) async throws(SessionError) -> Bool {
        guard let session = try await session(behind: id), session.user == user else { return false }
        return try await end(id)
    }

    /// Ends every session of a user but the one behind a cookie.
    ///
    /// - Returns: how many ended.
    package func endOthers(
        of user: UserReference, but token: SecretToken, now: Timestamp
    ) async throws(SessionError) -> Int {
        let own = try id(of: token)
        var count = 0
        for session in try await listed(in: try userKeys(user).userSessions) where session.id != own {
            if try await end(session.id) { count += 1 }
        }
        return count
    }

    /// Ends one session by its id, which is no secret.
    ///
    /// - Returns: whether there was such a session.
    package func end(_ id: SessionID) async throws(SessionError) -> Bool {
        let key = try withVault { vault throws(SessionError) in vault.sessionKey(id) }
        guard let sealed = try await value(key) else { return false }
        let session = try withVault { vault throws(SessionError) in vault.session(in: sealed, of: key) }
        let kept = session?.provenAt == nil ? nil : try await providerRecord(of: id)
        do {
            try await store.remove([key, try originKey(id), try providerKey(id)])
            if let kept { try await forget(kept, of: id) }
            if let session {
                try await store.removeMember(id.octets.octets, from: try userKeys(session.user).userSessions)
            }
        } catch let error as SessionError {
            throw error
        } catch {
            throw unavailable(error)
        }
        return true
    }

    /// Adds a new session to its user's set; beyond the limit the oldest sessions end.
    ///
    /// The set lives at least as long as the session, whose absolute limit is `lifetime`.
    ///
    /// - Returns: how many ended.
    func list(_ member: [UInt8], in userSessions: RecordKey, lifetime: Duration) async throws(SessionError) -> Int {
        let count: Int
        do {
            try await store.addMember(member, to: userSessions, expiresIn: lifetime)
            count = try await store.members(of: userSessions).count
        } catch {
            throw unavailable(error)
        }
        guard count > mostSessions else { return 0 }
        // Entries of sessions that expired count too until somebody looks: only then are the records read.
        let surplus = try await listed(in: userSessions).dropFirst(mostSessions)
        for session in surplus { _ = try await end(session.id) }
        return surplus.count
    }

    /// The sessions whose records stand, the newest first; entries without a record are removed.
    private func listed(in userSessions: RecordKey) async throws(SessionError) -> [(id: SessionID, session: Session)] {
        let members: [[UInt8]]
        do { members = try await store.members(of: userSessions) } catch { throw unavailable(error) }
        var found: [(id: SessionID, session: Session)] = []
        for member in members {
            let id = Octets16(prefix: member.span).map { SessionID($0) }
            if let id, let session = try await session(behind: id) {
                found.append((id, session))
            } else {
                do { try await store.removeMember(member, from: userSessions) } catch { throw unavailable(error) }
            }
        }
        return found.sorted { $0.session.signedInAt > $1.session.signedInAt }
    }

    func session(behind id: SessionID) async throws(SessionError) -> Session? {
        let key = try withVault { vault throws(SessionError) in vault.sessionKey(id) }
        guard let sealed = try await value(key) else { return nil }
        return try withVault { vault throws(SessionError) in vault.session(in: sealed, of: key) }
    }
}
