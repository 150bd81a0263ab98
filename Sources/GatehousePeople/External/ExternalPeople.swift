internal import GatehouseBackends
package import GatehouseCore
private import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehouseOIDC
package import GatehouseSessions

/// Who people of providers are here: found, held apart, linked and made.
///
/// A person is (issuer, subject) and nothing else. The name here is that of the first sign-in and stays, whatever the provider
/// says later: applications keep people by it. A name that anybody else has is refused, and never taken over or changed.
package struct ExternalPeople: Sendable {
    let people: People
    let identities: ExternalIdentityStore
    /// All backends: their people have names, too.
    let backends: BackendChain
    let keeper: SessionKeeper
    /// Hears of each change, when it stands.
    let tell: @Sendable (ExternalNotice) -> Void
    /// Whether anybody signs in with a password: else one is no way in.
    let takesPasswords: Bool

    fileprivate init(
        _ people: People, _ backends: BackendChain, _ keeper: SessionKeeper, takesPasswords: Bool,
        _ tell: @escaping @Sendable (ExternalNotice) -> Void
    ) {
        self.people = people
        self.takesPasswords = takesPasswords
        identities = people.externalIdentities
        self.backends = backends
        self.keeper = keeper
        self.tell = tell
    }

    /// What sessions of somebody without an account remember: stable as issuer and subject are, and telling neither.
    static func reference(_ key: ExternalKey, at provider: UTF8Text) throws(BackendError) -> UserReference {
        do {
            let digest = try Digest.sha256(key.issuer.bytes + [0] + key.subject.bytes)
            return UserReference(
                backend: BackendName(provider), id: UTF8Text(wellFormed: Base64URL.encode(digest)))
        } catch {
            throw .unavailable(reason: "\(error)")
        }
    }

    /// Asks the table.
    func ask<Result>(
        _ question: (ExternalIdentityStore) async throws(DatabaseError) -> Result
    ) async throws(BackendError) -> Result {
        do throws(DatabaseError) { return try await question(identities) } catch {
            throw .unavailable(reason: "database: \(error)")
        }
    }

    /// Asks the store of sessions.
    func askSessions<Result>(
        _ question: (SessionKeeper) async throws(SessionError) -> Result
    ) async throws(BackendError) -> Result {
        do throws(SessionError) { return try await question(keeper) } catch {
            throw .unavailable(reason: "sessions.store: \(error.reason)")
        }
    }

    /// The account of a primary key, as it is now; `nil` if it is inactive or gone.
    func account(_ id: UTF8Text) async throws(BackendError) -> Identity? {
        try await people.backend.identity(of: people.reference(id: id), known: nil)
    }
}

extension ExternalSubject {
    /// The same for the table.
    var key: ExternalKey { ExternalKey(issuer: issuer, subject: subject) }
}

extension People {
    var externalIdentities: ExternalIdentityStore { ExternalIdentityStore(database) }

    /// The handle for people of providers; `nil` where the tables are a site's own, which has no place for them.
    ///
    /// - Parameters:
    ///   - backends: all of them.
    ///   - keeper: the sessions.
    ///   - takesPasswords: whether anybody signs in with a password.
    ///   - tell: hears of each change that stands: writes it down, and lets the person know.
    /// - Returns: the handle.
    package func external(
        _ backends: BackendChain, _ keeper: SessionKeeper, takesPasswords: Bool,
        tell: @escaping @Sendable (ExternalNotice) -> Void
    ) -> ExternalPeople? {
        isManaged ? ExternalPeople(self, backends, keeper, takesPasswords: takesPasswords, tell) : nil
    }
}
