package import GatehouseCore
package import GatehouseOIDC
package import GatehouseSessions

/// What is kept of sessions that began at a provider: in the store of sessions, beside them.
package struct ProviderSessions: FederationSessions {
    private let keeper: SessionKeeper

    package init(_ keeper: SessionKeeper) { self.keeper = keeper }

    package func note(
        _ session: ProviderSession, behind token: SecretToken, now: Timestamp
    ) async throws(BackendError) {
        try await ask { keeper throws(SessionError) in
            try await keeper.note(ProviderRecord(session, checkedAt: now), behind: token, now: now)
        }
    }

    package func providerSession(
        behind token: SecretToken, now: Timestamp
    ) async throws(BackendError) -> ProviderSession? {
        try await ask { keeper throws(SessionError) in
            guard try await keeper.signedIn(with: token, now: now) != nil else { return nil }
            return try await keeper.providerRecord(of: token).flatMap(ProviderSession.init)
        }
    }

    package func end(_ notice: LogoutNotice, now: Timestamp) async throws(BackendError) -> [EndedSessions] {
        try await ask { keeper throws(SessionError) in
            let ended = try await keeper.endProviderSessions(
                of: notice.issuer, subject: notice.subject, session: notice.session)
            var counts: [UserReference: Int] = [:]
            for session in ended { counts[session.user, default: 0] += 1 }
            var result: [EndedSessions] = []
            for (user, count) in counts.sorted(by: { $0.key.id < $1.key.id }) {
                // Who it was is for the log alone.
                let owner = (try? await keeper.person(user)) ?? nil
                result.append(EndedSessions(owner: owner ?? Identity(user: user, name: ""), count: count))
            }
            return result
        }
    }

    private func ask<Result>(
        _ question: (SessionKeeper) async throws(SessionError) -> Result
    ) async throws(BackendError) -> Result {
        do throws(SessionError) { return try await question(keeper) } catch {
            throw .unavailable(reason: "sessions.store: \(error.reason)")
        }
    }
}

extension ProviderRecord {
    init(_ session: ProviderSession, checkedAt: Timestamp) {
        self.init(
            provider: session.provider.text, issuer: session.subject.issuer, subject: session.subject.subject,
            methods: session.methods, contextClass: session.contextClass, session: session.id, checkedAt: checkedAt,
            tokens: Tokens(session.tokens))
    }

    var subjectThere: ExternalSubject { ExternalSubject(issuer: issuer, subject: subject) }
}

extension ProviderRecord.Tokens {
    init(_ tokens: ProviderTokens) {
        self.init(
            access: tokens.access, refresh: tokens.refresh, id: tokens.id, accessExpiresAt: tokens.accessExpiresAt)
    }
}

extension ProviderTokens {
    init(_ tokens: ProviderRecord.Tokens) {
        self.init(
            access: tokens.access, refresh: tokens.refresh, id: tokens.id, accessExpiresAt: tokens.accessExpiresAt)
    }
}

extension ProviderSession {
    /// `nil` for a record whose provider has a name that none can have.
    init?(_ record: ProviderRecord) {
        guard let provider = ProviderName(record.provider) else { return nil }
        self.init(
            provider: provider, subject: record.subjectThere, id: record.session, methods: record.methods,
            contextClass: record.contextClass,
            // Tokens that were too long to be kept are as good as none.
            tokens: record.tokens.map(ProviderTokens.init)
                ?? ProviderTokens(access: "", refresh: nil, id: nil, accessExpiresAt: nil))
    }
}
