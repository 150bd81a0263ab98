internal import GatehouseCore
internal import GatehouseSessions

/// The session that counts, among all that a browser may show.
struct CurrentSession: Sendable {
    let token: SecretToken
    let signedIn: SignedIn
}

/// What the session cookies of a request come to.
enum SessionState: Sendable {
    case nobody
    case one(CurrentSession)
    /// Live sessions of different people: nobody can tell who is meant.
    case severalPeople
}

/// The sessions that browsers show.
struct BrowserSessions: Sendable {
    let settings: PortalSettings
    let keeper: SessionKeeper
    let backends: BackendChain
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// The session of whoever is signed in; `nil` for strangers.
    func current(_ request: PortalRequest) async throws(SessionError) -> CurrentSession? {
        guard case .one(let current) = try await state(of: request) else { return nil }
        return current
    }

    /// Of several sessions of one person, the one that began last counts.
    func state(of request: PortalRequest) async throws(SessionError) -> SessionState {
        let shown = request.cookies.sessions
        guard !shown.isCrowded else { return .severalPeople }
        var found: CurrentSession?
        for token in shown.tokens {
            guard let signedIn = try await keeper.signedIn(with: token, now: clock()) else { continue }
            guard let other = found else {
                found = CurrentSession(token: token, signedIn: signedIn)
                continue
            }
            guard other.signedIn.identity.user == signedIn.identity.user else { return .severalPeople }
            if signedIn.session.signedInAt > other.signedIn.session.signedInAt {
                found = CurrentSession(token: token, signedIn: signedIn)
            }
        }
        guard let found, let current = try await refreshed(found, request) else { return .nobody }
        return .one(current)
    }

    /// Asks the backend again about somebody of whom nothing was heard for a while; `nil` if the session ended by that.
    private func refreshed(
        _ current: CurrentSession, _ request: PortalRequest
    ) async throws(SessionError) -> CurrentSession? {
        guard clock().since(current.signedIn.identityReadAt) >= settings.identityRefresh else { return current }
        let user = current.signedIn.identity.user
        do throws(SessionError) {
            let outcome = try await keeper.refresh(user, now: clock()) { known async throws(BackendError) in
                try await backends.identity(of: user, known: known)
            }
            if case .ended(let count) = outcome {
                audit.sessionsEnded(current.signedIn.identity, "account", count, request)
            }
        } catch {
            // As for checks: what was known goes on to count for a while when nobody can be asked.
            guard clock().since(current.signedIn.identityReadAt) < settings.identityMaxAge else { throw error }
            return current
        }
        return try await keeper.signedIn(with: current.token, now: clock()).map {
            CurrentSession(token: current.token, signedIn: $0)
        }
    }

    /// Ends every session that a browser shows.
    func endAll(of request: PortalRequest) async throws(SessionError) {
        for token in request.cookies.sessions.tokens { try await keeper.end(token) }
    }

    /// Whether the browser shows more under the session cookie's name than one live session.
    func hasStray(_ request: PortalRequest) async -> Bool {
        let shown = request.cookies.sessions
        guard shown.count == 1 else { return shown.count > 1 }
        guard let token = shown.tokens.first else { return true }
        return (try? await keeper.signedIn(with: token, now: clock())) == nil
    }

    /// Clears what lies under the session cookie's name in other scopes.
    ///
    /// To be called before the line of a new cookie is added: the last line of a name wins where scopes coincide.
    func clearStray(in reply: inout Reply) {
        let host = settings.address.origin.authority.host
        for line in settings.cookies.sessionClearedElsewhere(portal: host) { reply.setCookie(line) }
    }
}
