internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions

/// Does what the return from a provider asks for, until it ends.
///
/// The provider gave tokens with its word for somebody. Where no session keeps them they are given back.
struct ProviderReturnSteps: Sendable {
    let federation: Federation
    let sessions: BrowserSessions
    let keeper: SessionKeeper
    let clock: @Sendable () -> Timestamp

    /// Goes the whole way from what a browser brings to whoever that is.
    func ending(
        of parameters: ReturnParameters?, at gate: any ProviderGate, _ request: PortalRequest
    ) async -> ProviderReturn.Ending {
        var way = ProviderReturn(at: gate.provider)
        var action = way.take(.came(parameters))
        var brought: ProviderSignIn?
        var begun: ProviderStart?
        while true {
            let event: ProviderReturn.Event
            do throws(PortalError) {
                switch action {
                case .end(let ending):
                    if let brought, ending.letsGo(of: brought, begunBy: begun) { gate.revoke(brought.tokens) }
                    return ending
                case .takeRecord(let state): event = .record(try await record(of: state))
                case .lookAtBrowser: event = .browser(try await browser(of: request))
                case .askProvider(let answer, let start):
                    begun = start
                    event = await asked(gate, answer, start)
                    if case .brought(let signIn) = event { brought = signIn }
                case .findPerson(let signIn): event = .arrival(try await arrival(of: signIn, at: gate.provider))
                case .link(let signIn, let user):
                    event = .linked(try await link(signIn, at: gate.provider, to: user))
                }
            } catch {
                event = .failed(error)
            }
            action = way.take(event)
        }
    }

    // MARK: - Steps

    private func record(of state: SecretToken) async throws(PortalError) -> ProviderReturn.Record {
        do throws(SessionError) {
            if let start = try await federation.starts.claim(state, now: clock()) { return .taken(start) }
            return try await federation.starts.claimed(state, now: clock()).map { .used($0) } ?? .missing
        } catch {
            throw .sessions(error)
        }
    }

    private func browser(of request: PortalRequest) async throws(PortalError) -> ProviderReturn.Browser {
        let digest = request.cookies.preSession.flatMap { ProviderStarts.digest(of: $0) }
        do throws(SessionError) {
            guard let current = try await sessions.current(request) else {
                return ProviderReturn.Browser(preSession: digest)
            }
            return ProviderReturn.Browser(
                preSession: digest, session: try keeper.id(of: current.token), user: current.signedIn.identity.user,
                isRemembered: current.signedIn.session.isRemembered)
        } catch {
            throw .sessions(error)
        }
    }

    /// What the provider told beside its answer comes along, so that it is read with the same care.
    private func asked(
        _ gate: any ProviderGate, _ answer: AuthorizationAnswer, _ start: ProviderStart
    ) async -> ProviderReturn.Event {
        let whole = AuthorizationAnswer(
            code: answer.code, issuer: answer.issuer, error: answer.error, errorDescription: answer.errorDescription,
            user: start.told.isEmpty ? nil : start.told)
        do throws(ProviderError) {
            return .brought(try await gate.finish(whole, of: start.exchange, now: clock()))
        } catch {
            return .turnedBack(error)
        }
    }

    private func arrival(
        of signIn: ProviderSignIn, at provider: Provider
    ) async throws(PortalError) -> ExternalArrival {
        do { return try await federation.accounts.arrival(of: signIn, at: provider, now: clock()) } catch {
            throw .people(error)
        }
    }

    private func link(
        _ signIn: ProviderSignIn, at provider: Provider, to user: UserReference
    ) async throws(PortalError) -> LinkOutcome {
        do { return try await federation.accounts.link(signIn, at: provider, to: user, now: clock()) } catch {
            throw .people(error)
        }
    }
}

extension ProviderReturn.Ending {
    /// Whether nobody needs what the provider gave.
    ///
    /// Not of a proof of somebody whose session goes on: it may be of one grant with the session's own tokens, and many providers
    /// let all of a grant go with one of them.
    fileprivate func letsGo(of signIn: ProviderSignIn, begunBy start: ProviderStart?) -> Bool {
        if case .proven = self { return false }
        guard let start, start.purpose == .stepUp else { return true }
        return signIn.person.subject.text != start.subject
    }
}
