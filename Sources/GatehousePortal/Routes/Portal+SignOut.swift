internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

extension Portal {
    /// `GET /logout`: asks; only the form signs out.
    func signOutQuestion(_ request: PortalRequest) async -> Reply {
        let destination = settings.returnAddress(request.returnText)
        guard let token = request.session else { return Reply(200, pages.signedOut(destination: destination)) }
        do throws(SessionError) {
            guard let signedIn = try await signedIn(request) else {
                var reply = Reply(200, pages.signedOut(destination: destination))
                reply.setCookie(settings.cookies.clearedSession)
                return reply
            }
            return question(token, signedIn.identity.name, destination)
        } catch {
            return question(token, nil, destination)
        }
    }

    /// `POST /logout`: the session is gone from the store before the answer.
    func signOut(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        let fields: FormFields
        switch await ownForm(request, body, "sign-out") {
        case .success(let found): fields = found
        case .failure(let refusal): return refusal.reply
        }
        let destination = settings.returnAddress(fields["rd"])
        guard let token = request.session else { return Reply(200, pages.signedOut(destination: destination)) }
        guard formToken.isValid(fields["token"], for: token, .signOut) else {
            crossSite("form-token", "sign-out", request)
            return question(token, nil, destination, isRetry: true)
        }
        // Only for the log: whether it can be read or not, the session ends.
        let identity = (try? await signedIn(request))?.identity
        var reply: Reply
        do throws(SessionError) {
            try await keeper.end(token)
            metrics.signOuts.increment()
            audit.signedOut(identity, request)
            reply = Reply(seeOther: destination.map(Link.init) ?? Link(.signOut, of: settings.address))
        } catch {
            metrics.unavailable.increment()
            audit.unavailable("sign-out", error, request)
            reply = Reply(503, pages.signedOutHere())
            reply.setRetryAfter(.seconds(5))
        }
        reply.setCookie(settings.cookies.clearedSession)
        if settings.address.hasOwnHost { reply.add("Clear-Site-Data", "\"cache\", \"storage\"") }
        return reply
    }

    private var pages: AccountPages { AccountPages(settings: settings) }

    private func question(
        _ token: SecretToken, _ name: UserName?, _ destination: ReturnAddress?, isRetry: Bool = false
    ) -> Reply {
        Reply(
            isRetry ? 403 : 200,
            pages.signOutQuestion(
                name: name, token: formToken.text(for: token, .signOut), destination: destination, isRetry: isRetry))
    }
}
