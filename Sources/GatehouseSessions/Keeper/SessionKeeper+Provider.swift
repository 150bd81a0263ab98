package import GatehouseCore
internal import GatehouseCrypto

/// Sessions that began at providers: what is kept of that beside them, and finding them by it.
extension SessionKeeper {
    /// A session that ended because its provider says so.
    package struct EndedSession: Equatable, Sendable {
        package let id: SessionID
        package let user: UserReference
        package let provider: UTF8Text
    }

    /// What is kept of the provider beside a session; `nil` if it did not begin at one.
    package func providerRecord(of token: SecretToken) async throws(SessionError) -> ProviderRecord? {
        try await providerRecord(of: try id(of: token))
    }

    /// Ends the sessions of somebody at a provider, wherever they are used.
    ///
    /// A session of which the provider's own session is known ends only with that one, where the provider names one.
    ///
    /// - Parameters:
    ///   - issuer: whose word it is.
    ///   - subject: the person there, if the provider names one.
    ///   - session: the session there, if the provider names one.
    /// - Returns: what ended.
    /// - Throws: `SessionError.unavailable`: some may still be alive.
    /// - Complexity: three reads of the store and an end for each session that was ever found by it and not ended otherwise.
    package func endProviderSessions(
        of issuer: UTF8Text, subject: UTF8Text?, session: UTF8Text?
    ) async throws(SessionError) -> [EndedSession] {
        var keys: [RecordKey] = []
        if let session { keys.append(try indexKey(.session, issuer, session)) }
        if let subject { keys.append(try indexKey(.subject, issuer, subject)) }
        var ended: [EndedSession] = []
        for key in keys {
            for id in try await indexed(key) {
                guard let kept = try await providerRecord(of: id), kept.issuer == issuer,
                    subject == nil || kept.subject == subject,
                    session == nil || kept.session == nil || kept.session == session
                else { continue }
                let user = try await self.session(behind: id)?.user
                guard try await end(id), let user else { continue }
                ended.append(EndedSession(id: id, user: user, provider: kept.provider))
            }
        }
        return ended
    }

    /// Writes what is kept of a provider beside a session that was just started with `provenAt`, and lets it be found by that.
    ///
    /// - Throws: `SessionError`, also if the session ended meanwhile: nobody may get its cookie.
    package func note(
        _ kept: ProviderRecord, behind token: SecretToken, now: Timestamp
    ) async throws(SessionError) {
        let id = try id(of: token)
        guard let session = try await session(behind: id), session.provenAt != nil else {
            throw .unavailable(reason: "the session is gone before anything was kept of its provider")
        }
        let lifetime = max(session.endsAt.since(now), .milliseconds(1))
        let key = try providerKey(id)
        _ = try await write(try sealed(kept, for: key), key, expiresIn: lifetime, .always)
        for index in try indexKeys(of: kept) {
            do { try await store.addMember(id.octets.octets, to: index, expiresIn: lifetime) } catch {
                throw unavailable(error)
            }
            try await prune(index)
        }
    }

    // MARK: - Beside a session

    func providerRecord(of id: SessionID) async throws(SessionError) -> ProviderRecord? {
        try await kept(of: id)?.record
    }

    /// The record with its sealed octets.
    func kept(of id: SessionID) async throws(SessionError) -> (record: ProviderRecord, raw: [UInt8])? {
        let key = try providerKey(id)
        guard let raw = try await value(key) else { return nil }
        let record = try withVault { vault throws(SessionError) in vault.providerRecord(in: raw, of: key) }
        return record.map { ($0, raw) }
    }

    /// A session that ended is not found any more by what its provider calls it.
    func forget(_ kept: ProviderRecord, of id: SessionID) async throws(SessionError) {
        for index in try indexKeys(of: kept) {
            do { try await store.removeMember(id.octets.octets, from: index) } catch { throw unavailable(error) }
        }
    }

    /// The record, without some of the tokens where they are too long.
    func sealed(_ kept: ProviderRecord, for key: RecordKey) throws(SessionError) -> [UInt8] {
        var kept = kept
        while true {
            do throws(SessionError) {
                return try withVault { vault throws(SessionError) in try vault.seal(kept, for: key) }
            } catch .tooLarge {
                guard let smaller = kept.smaller else { throw .tooLarge }
                kept = smaller
            }
        }
    }

    func providerKey(_ id: SessionID) throws(SessionError) -> RecordKey {
        try withVault { vault throws(SessionError) in vault.providerKey(id) }
    }

    // MARK: - The index

    private enum Index: String {
        case session = "sid"
        case subject = "sub"
    }

    /// The entries beyond which those of sessions that are gone are looked for.
    private static let mostIndexed = 32

    private func indexKeys(of kept: ProviderRecord) throws(SessionError) -> [RecordKey] {
        let subject = try indexKey(.subject, kept.issuer, kept.subject)
        guard let session = kept.session else { return [subject] }
        return [subject, try indexKey(.session, kept.issuer, session)]
    }

    private func indexKey(_ index: Index, _ issuer: UTF8Text, _ name: UTF8Text) throws(SessionError) -> RecordKey {
        // An issuer has no zero octet, so that no two names are one.
        let octets = Array(index.rawValue.utf8) + [0] + issuer.bytes + [0] + name.bytes
        return try withVault { vault throws(SessionError) in
            do { return try vault.externalKey(octets) } catch { throw unavailable(error) }
        }
    }

    private func indexed(_ key: RecordKey) async throws(SessionError) -> [SessionID] {
        do {
            return try await store.members(of: key).compactMap { Octets16(prefix: $0.span).map { SessionID($0) } }
        } catch {
            throw unavailable(error)
        }
    }

    /// Sessions that expired leave their entries behind, which would be more and more of somebody who comes every day.
    private func prune(_ index: RecordKey) async throws(SessionError) {
        let ids = try await indexed(index)
        guard ids.count > SessionKeeper.mostIndexed else { return }
        for id in ids where try await session(behind: id) == nil {
            do { try await store.removeMember(id.octets.octets, from: index) } catch { throw unavailable(error) }
        }
    }
}
