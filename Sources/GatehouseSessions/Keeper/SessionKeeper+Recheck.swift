package import GatehouseCore
internal import GatehouseCrypto

/// Asking a provider again about the person of a session: one instance at a time, and no token is used before it is written.
extension SessionKeeper {
    /// The right of one instance to ask about one session.
    package struct RecheckClaim: Equatable, Sendable {
        let id: SessionID
        /// Random, so that nobody gives back or renews what another instance has by now.
        let holder: [UInt8]
    }

    /// A session that began at a provider.
    package struct KeptSession: Equatable, Sendable {
        package let id: SessionID
        package let session: Session
        package let kept: ProviderRecord
        /// The sealed record, by which a change of it is seen.
        let raw: [UInt8]
    }

    /// How long a claim holds that nobody renews.
    package static let claimLifetime = Duration.seconds(15)

    /// The live sessions of somebody that began at providers.
    ///
    /// - Complexity: a read for each session, and one more for each of these.
    package func providerSessions(
        of user: UserReference, now: Timestamp
    ) async throws(SessionError) -> [KeptSession] {
        var found: [KeptSession] = []
        for listed in try await sessions(of: user, now: now) where listed.session.provenAt != nil {
            if let kept = try await keptSession(listed.id) { found.append(kept) }
        }
        return found
    }

    /// What is kept of a session now; `nil` if it ended.
    package func keptSession(_ id: SessionID) async throws(SessionError) -> KeptSession? {
        guard let kept = try await kept(of: id), let session = try await session(behind: id) else { return nil }
        return KeptSession(id: id, session: session, kept: kept.record, raw: kept.raw)
    }

    /// Claims a session for this instance; `nil` if another one is asking about it.
    package func claimRecheck(of id: SessionID) async throws(SessionError) -> RecheckClaim? {
        let holder: [UInt8]
        do { holder = try SystemRandom.octets(16) } catch { throw unavailable(error) }
        let isMine = try await write(
            holder, try claimKey(id), expiresIn: SessionKeeper.claimLifetime, .ifMissing)
        return isMine ? RecheckClaim(id: id, holder: holder) : nil
    }

    /// Holds a claim for longer.
    ///
    /// - Returns: whether it was still held.
    package func renew(_ claim: RecheckClaim) async throws(SessionError) -> Bool {
        try await write(
            claim.holder, try claimKey(claim.id), expiresIn: SessionKeeper.claimLifetime, .ifEqual(claim.holder))
    }

    /// Gives a claim back; one that another instance has by now stays.
    package func release(_ claim: RecheckClaim) async throws(SessionError) {
        _ = try await write(
            claim.holder, try claimKey(claim.id), expiresIn: .milliseconds(1), .ifEqual(claim.holder))
    }

    /// Writes what a provider said, over exactly what was read before.
    ///
    /// - Returns: whether it stands; `false` if the session ended, or another instance wrote meanwhile.
    package func replace(
        _ old: KeptSession, by kept: ProviderRecord, now: Timestamp
    ) async throws(SessionError) -> Bool {
        let key = try providerKey(old.id)
        let lifetime = max(old.session.endsAt.since(now), .milliseconds(1))
        return try await write(try sealed(kept, for: key), key, expiresIn: lifetime, .ifEqual(old.raw))
    }

    private func claimKey(_ id: SessionID) throws(SessionError) -> RecordKey {
        try withVault { vault throws(SessionError) in vault.recheckKey(id) }
    }
}
