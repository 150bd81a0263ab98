internal import GatehouseCore
internal import GatehouseSessions

/// Signing out; only the form does.
struct SignOutHandler: Sendable {
    let settings: PortalSettings
    let sessions: BrowserSessions
    let destinations: Destinations
    let gate: FormGate
    let outages: Outages
    /// Signing out at a provider, too.
    let elsewhere: ProviderSignOut
    let audit: AuditLog

    /// Answers `GET /logout`: asks.
    func page(_ request: PortalRequest) async -> Reply {
        let destination = await destinations.destination(request)
        guard request.cookies.sessions.count > 0 else { return Reply(200, signedOutPage(destination)) }
        do throws(SessionError) {
            switch try await sessions.state(of: request) {
            case .nobody:
                var reply = Reply(200, signedOutPage(destination))
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
        guard !tokens.isEmpty else { return Reply(200, signedOutPage(destination)) }
        switch gate.standing(sent, for: tokens, .signOut, request) {
        case .good: break
        case .stale: return question(422, request, nil, destination, problem: .stale)
        case .forged: return question(403, request, nil, destination, problem: .forged)
        }
        // Only for the log: whether it can be read or not, the session ends.
        let current = try? await sessions.current(request)
        let identity = current?.signedIn.identity
        let left = await elsewhere.left(of: current?.token)
        let hasStray = await sessions.hasStray(request)
        var reply: Reply
        do throws(SessionError) {
            try await sessions.endAll(of: request)
            audit.signedOut(identity, request)
            reply = signedOut(to: destination, await elsewhere.offer(left))
        } catch {
            outages.note("sign-out", error, request)
            reply = Reply(503, pages.signedOutHere())
            reply.setRetryAfter(.seconds(5))
        }
        if hasStray { sessions.clearStray(in: &reply) }
        reply.setCookie(settings.cookies.clearedSession)
        elsewhere.note(request, in: &reply)
        if request.cookies.marker.isThere { for line in settings.cookies.clearedMarkers { reply.setCookie(line) } }
        if settings.address.hasOwnHost { reply.add("Clear-Site-Data", "\"cache\", \"storage\"") }
        return reply
    }

    /// The session here is over; what is left is that at the provider.
    private func signedOut(to destination: Destination?, _ offer: ProviderSignOut.Offer?) -> Reply {
        if let offer {
            let page =
                offer.isAutomatic
                ? pages.signingOutElsewhere(offer)
                : pages.signedOut(
                    destination: destination, elsewhere: offer, staysOnPage: elsewhere.isAutomatic)
            return Reply(200, page)
        }
        let link = Link(.signOut, of: settings.address, returningTo: destination)
        return link.isShort ? Reply(seeOther: link) : Reply(200, signedOutPage(destination))
    }

    private func signedOutPage(_ destination: Destination?) -> Page {
        pages.signedOut(destination: destination, staysOnPage: elsewhere.isAutomatic)
    }

    private var pages: AccountPages { AccountPages(settings: settings) }

    private func question(
        _ status: Int, _ request: PortalRequest, _ name: UserName?, _ destination: Destination?,
        problem: AccountPages.SignOutProblem? = nil
    ) -> Reply {
        guard let token = request.cookies.sessions.tokens.first else {
            return Reply(200, signedOutPage(destination))
        }
        return Reply(
            status,
            pages.signOutQuestion(
                name: name, token: gate.token.text(for: token, .signOut), destination: destination, problem: problem))
    }
}
