internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

extension Portal {
    /// `GET /logout`: asks; only the form signs out.
    func signOutQuestion(_ request: PortalRequest) async -> Reply {
        let destination = await destination(request)
        guard request.sessions.count > 0 else { return Reply(200, pages.signedOut(destination: destination)) }
        do throws(SessionError) {
            switch try await sessionState(of: request) {
            case .nobody:
                var reply = Reply(200, pages.signedOut(destination: destination))
                clearStray(in: &reply)
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

    /// `POST /logout`: every session that the browser shows is gone from the store before the answer.
    func signOut(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        let sent: OwnForm
        switch await ownForm(request, body, "sign-out") {
        case .success(let found): sent = found
        case .failure(let refusal): return refusal.reply
        }
        let destination = await destination(request, sent.fields)
        guard !request.sessions.tokens.isEmpty else {
            return Reply(200, pages.signedOut(destination: destination))
        }
        switch standing(sent, for: request.sessions.tokens, .signOut, "sign-out", request) {
        case .good: break
        case .stale: return question(422, request, nil, destination, problem: .stale)
        case .forged: return question(403, request, nil, destination, problem: .forged)
        }
        // Only for the log: whether it can be read or not, the session ends.
        let identity = (try? await session(of: request))?.signedIn.identity
        let hasStray = await hasStray(request)
        var reply: Reply
        do throws(SessionError) {
            try await endAll(of: request)
            metrics.signOuts.increment()
            audit.signedOut(identity, request)
            let link = Link(.signOut, of: settings.address, returningTo: destination)
            reply = link.isShort ? Reply(seeOther: link) : Reply(200, pages.signedOut(destination: destination))
        } catch {
            metrics.unavailable.increment()
            audit.unavailable("sign-out", error, request)
            reply = Reply(503, pages.signedOutHere())
            reply.setRetryAfter(.seconds(5))
        }
        if hasStray { clearStray(in: &reply) }
        reply.setCookie(settings.cookies.clearedSession)
        if request.marker.isThere { for line in settings.cookies.clearedMarkers { reply.setCookie(line) } }
        if settings.address.hasOwnHost { reply.add("Clear-Site-Data", "\"cache\", \"storage\"") }
        return reply
    }

    private var pages: AccountPages { AccountPages(settings: settings) }

    private func question(
        _ status: Int, _ request: PortalRequest, _ name: UserName?, _ destination: Destination?,
        problem: AccountPages.SignOutProblem? = nil
    ) -> Reply {
        guard let token = request.sessions.tokens.first else {
            return Reply(200, pages.signedOut(destination: destination))
        }
        return Reply(
            status,
            pages.signOutQuestion(
                name: name, token: formToken.text(for: token, .signOut), destination: destination, problem: problem))
    }
}
