internal import GatehouseCore
internal import GatehouseSessions

/// Starts sessions of people who may have one.
struct SessionStart: Sendable {
    let keeper: SessionKeeper
    let sessions: BrowserSessions
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// Starts a session in place of all that the browser shows.
    ///
    /// - Returns: the secret that only its cookie may carry.
    func start(
        _ identity: Identity, isRemembered: Bool, _ request: PortalRequest
    ) async throws(SessionError) -> SecretToken {
        try await sessions.endAll(of: request)
        let started = try await keeper.start(
            for: identity, isRemembered: isRemembered, replacing: nil, from: request.origin, now: clock())
        if started.displaced > 0 { audit.sessionsEnded(identity, "limit", started.displaced, request) }
        return started.token
    }

    /// Ends a session whose secret was given to nobody; without the store it ends at its limits.
    func withdraw(_ token: SecretToken) async { try? await keeper.end(token) }
}
