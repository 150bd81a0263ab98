internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions

/// Signing in at one provider: the way there and the way back.
struct ProviderHandler: Sendable {
    let settings: PortalSettings
    let gate: any ProviderGate
    let starts: ProviderStarts
    let returns: ProviderReturnSteps
    let links: ProviderLinks
    let sessions: BrowserSessions
    let destinations: Destinations
    let steps: SignInSteps
    let welcome: Welcome
    let outages: Outages
    let audit: AuditLog
    let isRecording: @Sendable () -> Bool

    var provider: Provider { gate.provider }

    // MARK: - There

    /// Answers `GET /oidc/NAME`: leads to the provider, from a page of the portal only.
    ///
    /// It changes nothing but a record that dies in ten minutes; yet a page of another site shall not sign anybody in.
    func start(_ request: PortalRequest) async -> Reply {
        let destination = await destinations.destination(request)
        guard request.isOwnClick else {
            return Reply(
                seeOther: Link(.signIn, of: settings.address, returningTo: destination, staysOnPage: true))
        }
        guard isRecording() else { return Reply(.unavailable, settings, isWritten: audit.notRecording(request)) }
        if let token = request.query?["link"] { return await startLink(token, request) }
        let picksAccount = request.query?["account"].map { $0.span.equals("other") } == true
        return await starts.reply(
            ProviderStarts.Errand(
                gate: gate, destination: destination, prompt: picksAccount ? .selectAccount : nil), request)
    }

    /// Only by a link of the account page, which holds what no other site can know: else somebody could be made to link an
    /// account that is not theirs, and its owner would come in as them.
    private func startLink(_ token: [UInt8], _ request: PortalRequest) async -> Reply {
        let account = settings.returnAddress(Array("\(settings.address.prefix)\(Place.account.path)".utf8))
        let page = ProviderPage(
            settings: settings, provider: provider, destination: account.map { Destination($0) })
        return await outages.answering("account", request) { () async throws(PortalError) in
            let current: CurrentSession?
            do throws(SessionError) { current = try await sessions.current(request) } catch {
                throw .sessions(error)
            }
            guard let current, let session = try? sessions.keeper.id(of: current.token) else {
                return page.reply(.sessionOver)
            }
            guard links.isOwn(token, of: current) else {
                audit.crossSiteRefused("form-token", "link", request)
                return Reply(.forbidden, settings)
            }
            guard links.isFresh(current) else { return page.reply(.stale) }
            return await starts.reply(
                ProviderStarts.Errand(gate: gate, purpose: .link, session: session), request)
        }
    }

    // MARK: - Back

    /// Answers `GET /oidc/NAME/callback`.
    ///
    /// Its address holds the code: nothing that a page leads to is told of it.
    func callback(_ request: PortalRequest) async -> Reply {
        var reply = await answer(request)
        reply.hidesAddress = true
        return reply
    }

    private func answer(_ request: PortalRequest) async -> Reply {
        guard isRecording() else { return Reply(.unavailable, settings, isWritten: audit.notRecording(request)) }
        let isShort = request.queryLength <= ReturnParameters.maxQueryLength
        let parameters = isShort ? ReturnParameters(request.query) : nil
        let ending = await returns.ending(of: parameters, at: gate, request)
        switch ending {
        case .proven(let identity, let signIn, let start, let isRemembered):
            return await session(identity, signIn, start, isRemembered: isRemembered, request)
        case .linked: return Reply(seeOther: Link(.account, of: settings.address, done: .linked))
        case .signedIn(let start): return onward(to: start.flatMap { destination(of: $0) })
        case .again(let start): return await again(start, parameters, request)
        case .refused(let refusal, let start): return await refused(refusal, start, parameters, request)
        case .noAnswer(let error): return outages.reply(to: error, "sign-in", request)
        case .outOfOrder: return Reply(.failed, settings)
        }
    }

    /// From here on it is a sign-in like every other.
    private func session(
        _ identity: Identity, _ signIn: ProviderSignIn, _ start: ProviderStart, isRemembered: Bool,
        _ request: PortalRequest
    ) async -> Reply {
        let destination = destination(of: start)
        let proof = ProviderProof(signIn, of: start, at: provider)
        let wish = SignInSteps.Wish(isRemembered: isRemembered, destination: destination, provider: proof)
        let result = await steps.result(of: .brought(identity), wish, request)
        // Nor does a session keep them that does not stand; that of a step-up may go on with others of the same grant.
        if case .signedIn = result.ending {} else if start.purpose == .signIn { gate.revoke(signIn.tokens) }
        switch result.ending {
        case .signedIn(let identity, let token):
            return welcome.reply(
                Welcome.Newcomer(
                    identity: identity, token: token, isRemembered: isRemembered, hasStray: result.hasStray,
                    typed: identity.name.text, provider: provider.name),
                request, onward(to: destination))
        case .overtaken:
            let page = ProviderPage(settings: settings, provider: provider, destination: destination)
            audit.providerRefused("overtaken", nil, signIn.person.subject, provider.name, start.purpose, request)
            return page.reply(.refused)
        case .noAnswer(let error): return outages.reply(to: error, "sign-in", request)
        case .notAdmitted, .postponed, .turnedAway, .refused, .outdated, .passwordChanged, .outOfOrder:
            return Reply(.failed, settings)
        }
    }

    /// Once, with a question that the provider may ask.
    private func again(
        _ start: ProviderStart, _ parameters: ReturnParameters?, _ request: PortalRequest
    ) async -> Reply {
        let prompt: AuthorizationWish.Prompt =
            switch parameters?.answer.error {
            case "consent_required"?: .consent
            case "account_selection_required"?: .selectAccount
            default: .login
            }
        return await starts.reply(
            ProviderStarts.Errand(
                gate: gate, purpose: start.purpose, destination: destination(of: start), prompt: prompt,
                maxAge: start.exchange.maxAge,
                session: start.purpose == .signIn ? nil : Octets16(prefix: start.browser.span).map { SessionID($0) },
                subject: start.subject, isRepeated: true), request)
    }

    private func destination(of start: ProviderStart) -> Destination? {
        settings.returnAddress(start.destination.bytes).map { Destination($0) }
    }

    /// A redirect, which no policy of a form is in the way of; a page for an address that is too long for one.
    private func onward(to destination: Destination?) -> Reply {
        guard let place = destination?.address ?? settings.home else {
            return Reply(seeOther: Link(.account, of: settings.address))
        }
        let link = Link(place)
        return link.isShort ? Reply(seeOther: link) : Reply(200, OnwardPage(settings: settings).page(to: link, place))
    }

    // MARK: - Refusals

    private func refused(
        _ refusal: ProviderReturn.Refusal, _ start: ProviderStart?, _ parameters: ReturnParameters?,
        _ request: PortalRequest
    ) async -> Reply {
        let page = ProviderPage(
            settings: settings, provider: provider, destination: start.flatMap { destination(of: $0) })
        let problem = refusal.problem
        let purpose = start?.purpose ?? .signIn
        switch refusal {
        case .provider(let error):
            let told = parameters?.told.map { "\(error.description) (\($0))" } ?? error.description
            audit.providerFailed(ProviderFailure(error), told, provider.name, purpose, request)
        default:
            audit.providerRefused(refusal.reason, refusal.words, refusal.subject, provider.name, purpose, request)
        }
        guard let signIn = refusal.stranger else { return page.reply(problem) }
        let address = await gate.signOutAddress(
            hint: signIn.tokens, returnTo: Link(.signOut, of: settings.address, isAbsolute: true).text)
        return page.reply(problem, signOut: address.flatMap { Link(elsewhere: $0) })
    }
}
