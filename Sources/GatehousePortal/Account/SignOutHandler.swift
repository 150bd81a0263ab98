internal import GatehouseCore
internal import GatehouseSessions

/// Signing out; only the form does.
struct SignOutHandler: Sendable {
    let settings: PortalSettings
    let sessions: BrowserSessions
    let destinations: Destinations
    let gate: FormGate
    let outages: Outages
    let audit: AuditLog

    /// Answers `GET /logout`: asks.
    func page(_ request: PortalRequest) async -> Reply {
        let destination = await destinations.destination(request)
        guard request.cookies.sessions.count > 0 else { return Reply(200, pages.signedOut(destination: destination)) }
        do throws(SessionError) {
            switch try await sessions.state(of: request) {
            case .nobody:
                var reply = Reply(200, pages.signedOut(destination: destination))
                sessions.clearStray(in: &reply)
                reply.setCookie(settings.cookies.clearedSession)
                return reply
            case .one(let current):
                return question(200, request, current.signedIn.identity.name, destination)
            case .severalPeople:
                return question(200, request, nil, destination, problem: .severalPeople)
            }
        } catch {
            return question(200, request, nil, destination)
        }
    }

    /// Answers `POST /logout`: every session that the browser shows is gone from the store before the answer.
    func signOut(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        let destination = await destinations.destination(request, sent.fields)
        let tokens = request.cookies.sessions.tokens
        guard !tokens.isEmpty else { return Reply(200, pages.signedOut(destination: destination)) }
        switch gate.standing(sent, for: tokens, .signOut, request) {
        case .good: break
        case .stale: return question(422, request, nil, destination, problem: .stale)
        case .forged: return question(403, request, nil, destination, problem: .forged)
        }
        // Only for the log: whether it can be read or not, the session ends.
        let identity = (try? await sessions.current(request))?.signedIn.identity
        let hasStray = await sessions.hasStray(request)
        var reply: Reply
        do throws(SessionError) {
            try await sessions.endAll(of: request)
            audit.signedOut(identity, request)
            let link = Link(.signOut, of: settings.address, returningTo: destination)
            reply = link.isShort ? Reply(seeOther: link) : Reply(200, pages.signedOut(destination: destination))
        } catch {
            outages.note("sign-out", error, request)
            reply = Reply(503, pages.signedOutHere())
            reply.setRetryAfter(.seconds(5))
        }
        if hasStray { sessions.clearStray(in: &reply) }
        reply.setCookie(settings.cookies.clearedSession)
        if request.cookies.marker.isThere { for line in settings.cookies.clearedMarkers { reply.setCookie(line) } }
        if settings.address.hasOwnHost { reply.add("Clear-Site-Data", "\"cache\", \"storage\"") }
        return reply
    }

    private var pages: AccountPages { AccountPages(settings: settings) }

    private func question(
        _ status: Int, _ request: PortalRequest, _ name: UserName?, _ destination: Destination?,
        problem: AccountPages.SignOutProblem? = nil
    ) -> Reply {
        guard let token = request.cookies.sessions.tokens.first else {
            return Reply(200, pages.signedOut(destination: destination))
        }
        return Reply(
            status,
            pages.signOutQuestion(
                name: name, token: gate.token.text(for: token, .signOut), destination: destination, problem: problem))
    }
}
