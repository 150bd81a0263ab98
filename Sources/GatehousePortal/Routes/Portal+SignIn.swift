internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseSessions
internal import Hummingbird

extension Portal {
    /// Answers `GET /login`.
    func signInForm(_ request: PortalRequest) async -> Reply {
        let destination = settings.returnAddress(request.returnText)
        // Without the store nobody is known to be signed in: the form does no harm, and sending it says what is wrong.
        if !request.switchesUser, let signedIn = try? await signedIn(request) {
            guard let destination else { return Reply(seeOther: Link(.account, of: settings.address)) }
            return Reply(
                200, SignInPage(settings: settings, destination: destination).choice(signedIn, to: destination))
        }
        if let reply = await signInByHeader(request, to: destination) { return reply }
        return form(200, request, SignInAttempt(destination: destination), problem: nil)
    }

    /// Answers `POST /login`.
    func signIn(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        let fields: FormFields
        switch await ownForm(request, body, "sign-in") {
        case .success(let found): fields = found
        case .failure(let refusal): return refusal.reply
        }
        let attempt = SignInAttempt(fields, destination: settings.returnAddress(fields["rd"]))
        guard formToken.isValid(fields["token"], for: request.preSession, .signIn) else {
            crossSite("form-token", "sign-in", request)
            return form(403, request, attempt, problem: .expired)
        }
        guard let name = UTF8Text(validating: attempt.name) else { return problem(.badRequest) }
        guard !name.isEmpty, !attempt.password.bytes.isEmpty else {
            return form(422, request, attempt, problem: .missing)
        }
        // What is longer than anybody's name is nobody's, and is counted and answered like it.
        let credentials = Credentials(name: name, password: attempt.password, client: request.client)
        switch await credentialCheck.check(credentials, request, for: .signIn) {
        case .accepted(let identity): return await start(identity, request, attempt, typed: name)
        case .wrong: return form(422, request, attempt, problem: .wrong)
        case .throttled(let wait):
            return form(429, request, attempt, problem: .throttled(wait), retryAfter: wait)
        case .busy(let wait): return form(503, request, attempt, problem: .busy, retryAfter: wait)
        case .unavailable:
            return form(503, request, attempt, problem: .unavailable, retryAfter: .seconds(5))
        }
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
                identity, started, isRemembered: attempt.isRemembered, to: attempt.destination, request, typed: name)
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
    ) async throws(PortalError) -> StartedSession? {
        let started: StartedSession
        do throws(SessionError) {
            started = try await keeper.start(
                for: identity, isRemembered: isRemembered, replacing: request.session, from: request.origin,
                now: clock())
        } catch {
            throw .sessions(error)
        }
        if started.displaced > 0 { audit.sessionsEnded(identity, "limit", started.displaced, request) }
        do throws(PortalError) {
            guard try await isCurrent(identity) else {
                await drop(started)
                return nil
            }
            return started
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

    /// The answer to a sign-in: the session's cookie, and the way to where the person wanted to go.
    ///
    /// With `name` as it was typed, the browser is known from now on.
    func welcome(
        _ identity: Identity, _ started: StartedSession, isRemembered: Bool, to destination: ReturnAddress?,
        _ request: PortalRequest, typed name: UTF8Text? = nil
    ) -> Reply {
        var reply = Reply(
            seeOther: (destination ?? settings.home).map(Link.init) ?? Link(.account, of: settings.address))
        reply.setCookie(settings.cookies.session(started.token, isRemembered: isRemembered))
        reply.setCookie(settings.cookies.clearedPreSession)
        var isNewDevice = false
        if let name {
            let device = credentialCheck.remembered(request, name: name)
            isNewDevice = device.isNew
            if let cookie = device.cookie { reply.setCookie(settings.cookies.device(cookie)) }
            if isNewDevice { tellOfNewDevice(identity, request) }
        }
        metrics.signInsSucceeded.increment()
        audit.signedIn(
            identity, try? keeper.id(of: started.token), isRemembered: isRemembered, isNewDevice: isNewDevice, request)
        return reply
    }

    /// Signs in whoever a proxy in front of the portal vouches for; `nil` if it vouches for nobody.
    private func signInByHeader(_ request: PortalRequest, to destination: ReturnAddress?) async -> Reply? {
        guard let remote = services.remote, request.isVisit, let name = remote.name(in: request) else { return nil }
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
            return welcome(identity, started, isRemembered: false, to: destination, request)
        }
    }

    /// The form, with a token that is bound to the browser's cookie; a valid cookie stays, so that two tabs work.
    private func form(
        _ status: Int, _ request: PortalRequest, _ attempt: SignInAttempt, problem: SignInPage.Problem?,
        retryAfter: Duration? = nil
    ) -> Reply {
        guard let cookie = request.preSession ?? SecretToken.random() else { return self.problem(.failed) }
        let page = SignInPage(settings: settings, destination: attempt.destination, offersReset: offersReset)
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

/// What a person sent with the sign-in form.
struct SignInAttempt: Sendable {
    let name: [UInt8]
    let password: Password
    let isRemembered: Bool
    let destination: ReturnAddress?

    init(_ fields: FormFields, destination: ReturnAddress?) {
        name = fields["name"] ?? []
        password = Password(fields["password"] ?? [])
        isRemembered = fields["remember"] != nil
        self.destination = destination
    }

    /// Nothing typed yet.
    init(destination: ReturnAddress?) {
        name = []
        password = Password([])
        isRemembered = false
        self.destination = destination
    }

    /// The name for the form: what could be one, or nothing.
    var shownName: [UInt8] {
        name.count <= Credentials.maxNameLength && UTF8Text(validating: name) != nil ? name : []
    }
}

extension SecretToken {
    /// A new secret; `nil` if the system has no randomness to give.
    static func random() -> SecretToken? { (try? SystemRandom.octets(32)).flatMap(SecretToken.init(octets:)) }
}
