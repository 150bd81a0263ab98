internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseSessions
internal import Hummingbird

extension Portal {
    /// Answers `GET /login`.
    func signInForm(_ request: PortalRequest) async -> Reply {
        let destination = await destination(request) ?? deniedPage(request)
        // Without the store nobody is known to be signed in: the form does no harm, and sending it says what is wrong.
        let state = (try? await sessionState(of: request)) ?? .nobody
        let loss = loss(after: state, on: request, to: destination)
        if !request.switchesUser, case .one(let current) = state {
            guard let destination else { return Reply(seeOther: Link(.account, of: settings.address)) }
            var reply = Reply(
                200,
                SignInPage(settings: settings, destination: destination).choice(current.signedIn, to: destination, loss)
            )
            if let loss { tell(loss, request, in: &reply) }
            return reply
        }
        let attempt = SignInAttempt(destination: destination)
        if let loss, !request.switchesUser {
            var reply = form(200, request, attempt, problem: .lost(loss))
            tell(loss, request, in: &reply)
            return reply
        }
        if let reply = await signInByHeader(request, to: destination) { return reply }
        if case .severalPeople = state { return form(200, request, attempt, problem: .severalPeople) }
        return form(200, request, attempt, problem: nil)
    }

    /// The page that somebody was denied who comes from there to be someone else: the denied page as proxies relay it is one for
    /// all, and its link cannot name the page.
    private func deniedPage(_ request: PortalRequest) -> Destination? {
        guard request.switchesUser, let place = settings.returnAddress(request.referer), !settings.isOwnPage(place)
        else { return nil }
        return Destination(place)
    }

    /// Answers `POST /login`.
    func signIn(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        let sent: OwnForm
        switch await ownForm(request, body, "sign-in") {
        case .success(let found): sent = found
        case .failure(let refusal): return refusal.reply
        }
        let attempt = SignInAttempt(sent.fields, destination: await destination(request, sent.fields))
        if let reply = await early(attempt, sent, request) { return reply }
        guard let name = UTF8Text(validating: attempt.name) else { return problem(.badRequest) }
        guard !name.isEmpty, !attempt.password.bytes.isEmpty else {
            return form(422, request, attempt, problem: .missing)
        }
        // What is longer than anybody's name is nobody's, and is counted and answered like it.
        let credentials = Credentials(name: name, password: attempt.password, client: request.client)
        switch await credentialCheck.check(credentials, request, for: .signIn, by: await person(of: request)) {
        case .accepted(let identity): return await start(identity, request, attempt, typed: name)
        case .wrong: return form(422, request, attempt, problem: .wrong)
        case .barred(let account): return form(422, request, attempt, problem: .barred(account))
        case .throttled(let wait):
            return form(429, request, attempt, problem: .throttled(wait), retryAfter: wait)
        case .busy(let wait): return form(503, request, attempt, problem: .busy, retryAfter: wait)
        case .unavailable:
            return form(503, request, attempt, problem: .unavailable, retryAfter: .seconds(5))
        }
    }

    /// Who is signed in with a browser, as far as that is known.
    private func person(of request: PortalRequest) async -> UserReference? {
        request.sessions.tokens.isEmpty ? nil : (try? await session(of: request))?.signedIn.identity.user
    }

    /// The answer to a form that is not acted on: forged, too late, or of somebody who has signed in meanwhile in another tab.
    private func early(_ attempt: SignInAttempt, _ sent: OwnForm, _ request: PortalRequest) async -> Reply? {
        let secrets = request.preSession.map { [$0] } ?? []
        if formToken.judge(sent["token"], for: secrets, .signIn) == .current { return nil }
        let standing = standing(sent, for: secrets, .signIn, "sign-in", request)
        guard standing != .forged else { return form(403, request, attempt, problem: .expired) }
        if !request.switchesUser, let current = try? await session(of: request) {
            let isSame = current.signedIn.identity.name.text.bytes == attempt.name
            // Whoever types another name, and is seen to do so here, wants to be somebody else.
            if isSame || standing == .stale { return onward(to: attempt.destination) }
        }
        return standing == .stale ? form(422, request, attempt, problem: .expired) : nil
    }

    /// Starts the session of somebody whose password was right, unless a new one has to be chosen first.
    private func start(
        _ identity: Identity, _ request: PortalRequest, _ attempt: SignInAttempt, typed name: UTF8Text
    ) async -> Reply {
        do throws(PortalError) {
            if let reply = try await requiredChange(identity, attempt, request, typed: name) { return reply }
            guard let started = try await startSession(identity, isRemembered: attempt.isRemembered, request) else {
                metrics.signInsFailed.increment()
                audit.signInFailed(.signIn, name, request)
                return form(422, request, attempt, problem: .wrong)
            }
            return welcome(
                identity, started, isRemembered: attempt.isRemembered, request, typed: name,
                onward(to: attempt.destination))
        } catch {
            metrics.unavailable.increment()
            audit.unavailable("sign-in", error, request)
            if case .sessions(.tooLarge) = error { return problem(.failed) }
            return form(503, request, attempt, problem: .unavailable, retryAfter: .seconds(5))
        }
    }

    /// Starts a session of somebody who was just found.
    ///
    /// - Returns: `nil` if the account has another password by now.
    func startSession(
        _ identity: Identity, isRemembered: Bool, _ request: PortalRequest
    ) async throws(PortalError) -> FreshSession? {
        let hasStray = await hasStray(request)
        let started: StartedSession
        do throws(SessionError) {
            try await endAll(of: request)
            started = try await keeper.start(
                for: identity, isRemembered: isRemembered, replacing: nil, from: request.origin, now: clock())
        } catch {
            throw .sessions(error)
        }
        if started.displaced > 0 { audit.sessionsEnded(identity, "limit", started.displaced, request) }
        do throws(PortalError) {
            guard try await isCurrent(identity) else {
                await drop(started)
                return nil
            }
            return FreshSession(started: started, hasStray: hasStray)
        } catch {
            await drop(started)
            throw error
        }
    }

    /// Whether the password that somebody was found with is still theirs.
    ///
    /// Asked after the session stands: whoever changes the password later ends the session, too.
    private func isCurrent(_ identity: Identity) async throws(PortalError) -> Bool {
        guard identity.credential != nil else { return true }
        let now = try await asking { () async throws(BackendError) in
            try await services.backends.identity(of: identity.user, known: identity)
        }
        return now?.credential == identity.credential
    }

    private func drop(_ started: StartedSession) async {
        // Its token was given to nobody; without the store it ends at its limits.
        try? await keeper.end(started.token)
    }

    /// Completes the answer to a sign-in, which leads to where the person wanted to go, by the session's cookie.
    ///
    /// With `name` as it was typed, the browser is known from now on.
    func welcome(
        _ identity: Identity, _ fresh: FreshSession, isRemembered: Bool, _ request: PortalRequest,
        typed name: UTF8Text? = nil, _ way: Reply
    ) -> Reply {
        var reply = way
        if fresh.hasStray { clearStray(in: &reply) }
        let started = fresh.started
        reply.setCookie(settings.cookies.session(started.token, isRemembered: isRemembered))
        reply.setCookie(settings.cookies.clearedPreSession)
        let id = try? keeper.id(of: started.token)
        if let id { for line in settings.cookies.markers(id) { reply.setCookie(line) } }
        var isNewDevice = false
        if let name {
            let device = credentialCheck.remembered(request, identity, name: name)
            isNewDevice = device.isNew
            if let cookie = device.cookie { reply.setCookie(settings.cookies.device(cookie)) }
            if isNewDevice { tellOfNewDevice(identity, request) }
        }
        metrics.signInsSucceeded.increment()
        audit.signedIn(
            identity, id, isRemembered: isRemembered, isNewDevice: isNewDevice, request)
        return reply
    }

    /// Signs in whoever a proxy in front of the portal vouches for; `nil` if it vouches for nobody.
    private func signInByHeader(_ request: PortalRequest, to destination: Destination?) async -> Reply? {
        guard let remote = services.remote, request.isVisit, let name = remote.name(in: request) else { return nil }
        guard services.isRecording() else {
            return told(.unavailable, audit.notRecording(request))
        }
        return await answering("sign-in", request) { () async throws(PortalError) in
            guard let identity = try await asking({ () async throws(BackendError) in try await remote.identity(name) })
            else {
                metrics.signInsFailed.increment()
                audit.signInFailed(.signIn, name, request)
                return problem(.notAdmitted)
            }
            guard let started = try await startSession(identity, isRemembered: false, request) else {
                return problem(.unavailable)
            }
            let place = destination?.address ?? settings.home
            return welcome(
                identity, started, isRemembered: false, request,
                Reply(seeOther: place.map(Link.init) ?? Link(.account, of: settings.address)))
        }
    }

    /// The form, with a token that is bound to the browser's cookie; a valid cookie stays, so that two tabs work.
    private func form(
        _ status: Int, _ request: PortalRequest, _ attempt: SignInAttempt, problem: SignInPage.Problem?,
        retryAfter: Duration? = nil
    ) -> Reply {
        guard let cookie = request.preSession ?? SecretToken.random() else { return self.problem(.failed) }
        let page = SignInPage(
            settings: settings, destination: attempt.destination,
            isInAddress: isInAddress(attempt.destination, request), offersReset: offersReset
        )
        .form(
            name: attempt.shownName, isRemembered: attempt.isRemembered,
            token: formToken.text(for: cookie, .signIn),
            problem: problem)
        var reply = Reply(status, page)
        reply.setCookie(settings.cookies.preSession(cookie))
        if let retryAfter { reply.setRetryAfter(retryAfter) }
        return reply
    }
}

/// A session that was just started for a browser.
struct FreshSession: Sendable {
    let started: StartedSession
    /// Whether something of no use lies under the cookie's name in the browser.
    let hasStray: Bool
}

/// What a person sent with the sign-in form.
struct SignInAttempt: Sendable {
    let name: [UInt8]
    let password: Password
    let isRemembered: Bool
    let destination: Destination?

    init(_ fields: FormFields, destination: Destination?) {
        name = fields["name"] ?? []
        password = Password(fields["password"] ?? [])
        isRemembered = fields["remember"] != nil
        self.destination = destination
    }

    /// Nothing typed yet.
    init(destination: Destination?) {
        name = []
        password = Password([])
        isRemembered = false
        self.destination = destination
    }

    /// The name for the form: what could be one, or nothing.
    var shownName: [UInt8] { SignInAttempt.shown(name) }

    static func shown(_ name: [UInt8]) -> [UInt8] {
        name.count <= Credentials.maxNameLength && UTF8Text(validating: name) != nil ? name : []
    }
}

extension SecretToken {
    /// A new secret; `nil` if the system has no randomness to give.
    static func random() -> SecretToken? { (try? SystemRandom.octets(32)).flatMap(SecretToken.init(octets:)) }
}
