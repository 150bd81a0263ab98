internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions

/// Starts sessions of people who may have one.
struct SessionStart: Sendable {
    let keeper: SessionKeeper
    let sessions: BrowserSessions
    /// What is kept beside sessions of providers; `nil` where there are none.
    let federation: (any FederationSessions)?
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// Starts a session in place of all that the browser shows.
    ///
    /// One that begins at a provider stands only together with what the provider can end it by.
    ///
    /// - Returns: the secret that only its cookie may carry.
    func start(
        _ identity: Identity, _ isRemembered: Bool, _ proof: ProviderProof?, _ request: PortalRequest
    ) async throws(SessionError) -> SecretToken {
        try await sessions.endAll(of: request)
        let started = try await keeper.start(
            for: identity, isRemembered: isRemembered, replacing: nil, from: request.origin, provenAt: proof?.provenAt,
            now: clock())
        if let proof { try await note(proof, started.token) }
        if started.displaced > 0 { audit.sessionsEnded(identity, "limit", started.displaced, request) }
        return started.token
    }

    private func note(_ proof: ProviderProof, _ token: SecretToken) async throws(SessionError) {
        do throws(BackendError) {
            guard let federation else { throw .unavailable(reason: "no records of providers") }
            try await federation.note(proof.session, behind: token, now: clock())
        } catch {
            await withdraw(token)
            throw .unavailable(reason: "\(error)")
        }
    }

    /// Ends a session whose secret was given to nobody; without the store it ends at its limits.
    func withdraw(_ token: SecretToken) async { try? await keeper.end(token) }
}

/// How somebody proved at a provider who they are.
struct ProviderProof: Equatable, Sendable {
    let session: ProviderSession
    /// When the provider asked them; long ago if it does not say.
    let provenAt: Timestamp

    /// A provider that does not say when it asked somebody is believed only where the operator says so; else it was long ago.
    init(_ signIn: ProviderSignIn, of start: ProviderStart, at provider: Provider) {
        session = ProviderSession(signIn, at: provider.name)
        let isTrusted = provider.session.trustsReauthentication
        provenAt = signIn.authenticatedAt ?? (isTrusted ? start.exchange.startedAt : Timestamp(milliseconds: 0))
    }
}
