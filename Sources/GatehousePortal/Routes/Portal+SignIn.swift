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
        return form(200, request, SignInAttempt(destination: destination), problem: nil)
    }

    /// Answers `POST /login`.
    func signIn(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        guard request.isOwn(of: settings.address.origin) else {
            metrics.crossSiteRefused.increment()
            audit.crossSiteRefused("foreign-page", "sign-in", request.client)
            return problem(.forbidden)
        }
        let fields: FormFields
        switch await self.fields(request, body) {
        case .success(let found): fields = found
        case .failure(let refusal): return refusal.reply
        }
        let attempt = SignInAttempt(fields, destination: settings.returnAddress(fields["rd"]))
        guard formToken.isValid(fields["token"], for: request.preSession, .signIn) else {
            metrics.crossSiteRefused.increment()
            audit.crossSiteRefused("form-token", "sign-in", request.client)
            return form(403, request, attempt, problem: .expired)
        }
        guard let name = UTF8Text(validating: attempt.name) else { return problem(.badRequest) }
        guard !name.isEmpty, !attempt.password.bytes.isEmpty else {
            return form(422, request, attempt, problem: .missing)
        }
        do throws(BackendError) {
            guard let identity = try await backends.authenticate(Credentials(name: name, password: attempt.password))
            else {
                metrics.signInsFailed.increment()
                audit.signInFailed(nameLength: name.bytes.count, request.client)
                return form(422, request, attempt, problem: .wrong)
            }
            return await start(identity, request, attempt)
        } catch {
            return notAuthenticated(error, request, attempt)
        }
    }

    private func start(_ identity: Identity, _ request: PortalRequest, _ attempt: SignInAttempt) async -> Reply {
        do throws(SessionError) {
            let started = try await keeper.start(
                for: identity, isRemembered: attempt.isRemembered, replacing: request.session, now: clock())
            metrics.signInsSucceeded.increment()
            audit.signedIn(identity, isRemembered: attempt.isRemembered, request.client)
            let place = (attempt.destination ?? settings.home).map(Link.init) ?? Link(.account, of: settings.address)
            var reply = Reply(seeOther: place)
            reply.setCookie(settings.cookies.session(started.token, isRemembered: attempt.isRemembered))
            reply.setCookie(settings.cookies.clearedPreSession)
            return reply
        } catch {
            metrics.unavailable.increment()
            audit.unavailable("sign-in", error, request.client)
            guard case .unavailable = error else { return problem(.failed) }
            return form(503, request, attempt, problem: .unavailable, retryAfter: .seconds(5))
        }
    }

    private func notAuthenticated(_ error: BackendError, _ request: PortalRequest, _ attempt: SignInAttempt) -> Reply {
        switch error {
        case .busy(let retryAfter):
            metrics.busy.increment()
            audit.busy(request.client)
            return form(503, request, attempt, problem: .busy, retryAfter: retryAfter)
        case .unavailable:
            metrics.unavailable.increment()
            audit.unavailable("sign-in", error, request.client)
            return form(503, request, attempt, problem: .unavailable, retryAfter: .seconds(5))
        }
    }

    /// The form, with a token that is bound to the browser's cookie; a valid cookie stays, so that two tabs work.
    private func form(
        _ status: Int, _ request: PortalRequest, _ attempt: SignInAttempt, problem: SignInPage.Problem?,
        retryAfter: Duration? = nil
    ) -> Reply {
        guard let cookie = request.preSession ?? SecretToken.random() else { return self.problem(.failed) }
        let page = SignInPage(settings: settings, destination: attempt.destination)
            .form(
                name: attempt.shownName, isRemembered: attempt.isRemembered,
                token: formToken.text(for: cookie, .signIn),
                problem: problem)
        var reply = Reply(status, page)
        reply.setCookie(settings.cookies.preSession(cookie))
        if let retryAfter {
            let (seconds, attoseconds) = retryAfter.components
            reply.add("Retry-After", String(max(1, attoseconds > 0 ? seconds &+ 1 : seconds)))
        }
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
