internal import GatehouseCore

/// Somebody who opens the sign-in page: most get the form, some have nothing to fill in.
struct SignInPageHandler: Sendable {
    let settings: PortalSettings
    let sessions: BrowserSessions
    let destinations: Destinations
    let losses: LostSignIns
    let header: HeaderSignIn
    /// `nil` if there are no providers.
    let providers: ProviderVisits?
    let form: SignInForm

    /// Answers `GET /login`.
    func page(_ request: PortalRequest) async -> Reply {
        let destination = await destinations.destination(request) ?? deniedPage(request)
        // Without the store nobody is known to be signed in: the form does no harm, and sending it says what is wrong.
        let state = (try? await sessions.state(of: request)) ?? .nobody
        let loss = losses.loss(after: state, on: request, to: destination)
        if !request.switchesUser, case .one(let current) = state {
            guard let destination else { return Reply(seeOther: Link(.account, of: settings.address)) }
            let page = SignInPage(settings: settings, destination: destination)
            var reply = Reply(200, page.choice(current.signedIn, to: destination, loss))
            if let loss { losses.tell(loss, request, in: &reply) }
            return reply
        }
        if case .one(let current) = state, let reply = await providers?.stepUp(request, current, to: destination) {
            return reply
        }
        let attempt = SignInAttempt(destination: destination)
        if let loss, !request.switchesUser {
            var reply = form.reply(200, request, attempt, problem: .lost(loss))
            losses.tell(loss, request, in: &reply)
            return reply
        }
        if let reply = await header.reply(request, to: destination) { return reply }
        if case .severalPeople = state { return form.reply(200, request, attempt, problem: .severalPeople) }
        if let reply = await providers?.automatic(request, to: destination) { return reply }
        return form.reply(200, request, attempt, problem: nil)
    }

    /// The page that somebody was denied who comes from there to be someone else: the denied page as proxies relay it is one for
    /// all, and its link cannot name the page.
    private func deniedPage(_ request: PortalRequest) -> Destination? {
        guard request.switchesUser, let place = settings.returnAddress(request.referer), !settings.isOwnPage(place)
        else { return nil }
        return Destination(place)
    }
}
