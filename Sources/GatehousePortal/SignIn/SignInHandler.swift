internal import GatehouseCore
internal import GatehouseSessions

/// Signing in with a name and a password.
struct SignInHandler: Sendable {
    let settings: PortalSettings
    let sessions: BrowserSessions
    let destinations: Destinations
    let form: SignInForm
    let gate: FormGate
    let check: CredentialCheck
    let steps: SignInSteps
    let welcome: Welcome
    let outages: Outages
    let audit: AuditLog

    /// Whether anybody signs in with a password.
    var isOffered: Bool { form.federation?.takesPasswords ?? true }

    /// Answers `POST /login`.
    func signIn(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        let attempt = SignInAttempt(sent.fields, destination: await destinations.destination(request, sent.fields))
        if let reply = await early(attempt, sent, request) { return reply }
        guard let name = UTF8Text(validating: attempt.name) else { return Reply(.badRequest, settings) }
        guard !name.isEmpty, !attempt.password.bytes.isEmpty else {
            return form.reply(422, request, attempt, problem: .missing)
        }
        // What is longer than anybody's name is nobody's, and is counted and answered like it.
        let credentials = Credentials(name: name, password: attempt.password, client: request.client)
        let outcome = await check.check(credentials, request, for: .signIn, by: await person(of: request))
        let wish = SignInSteps.Wish(isRemembered: attempt.isRemembered, destination: attempt.destination)
        let result = await steps.result(of: .checked(outcome), wish, request)
        return reply(to: result, attempt, request, typed: name)
    }

    /// Who is signed in with a browser, as far as that is known.
    private func person(of request: PortalRequest) async -> UserReference? {
        guard !request.cookies.sessions.tokens.isEmpty else { return nil }
        return (try? await sessions.current(request))?.signedIn.identity.user
    }

    /// The answer to a form that is not acted on: forged, too late, or of somebody who has signed in meanwhile in another tab.
    private func early(_ attempt: SignInAttempt, _ sent: OwnForm, _ request: PortalRequest) async -> Reply? {
        let secrets = request.cookies.preSession.map { [$0] } ?? []
        if gate.token.judge(sent["token"], for: secrets, .signIn) == .current { return nil }
        let standing = gate.standing(sent, for: secrets, .signIn, request)
        guard standing != .forged else { return form.reply(403, request, attempt, problem: .expired) }
        if !request.switchesUser, let current = try? await sessions.current(request) {
            let isSame = current.signedIn.identity.name.text.bytes == attempt.name
            // Whoever types another name, and is seen to do so here, wants to be somebody else.
            if isSame || standing == .stale { return Reply(onwardTo: attempt.destination, settings) }
        }
        return standing == .stale ? form.reply(422, request, attempt, problem: .expired) : nil
    }

    private func reply(
        to result: SignInSteps.Result, _ attempt: SignInAttempt, _ request: PortalRequest, typed name: UTF8Text
    ) -> Reply {
        switch result.ending {
        case .signedIn(let identity, let token):
            return welcome.reply(
                Welcome.Newcomer(
                    identity: identity, token: token, isRemembered: attempt.isRemembered, hasStray: result.hasStray,
                    typed: name),
                request, Reply(onwardTo: attempt.destination, settings))
        case .postponed(let identity, let secret):
            return welcome.postponed(identity, secret, to: attempt.destination, typed: name, request)
        case .turnedAway(let refusal): return turnedAway(refusal, attempt, request)
        case .overtaken:
            audit.signInFailed(.signIn, name, request)
            return form.reply(422, request, attempt, problem: .wrong)
        case .noAnswer(let error):
            outages.note("sign-in", error, request)
            if case .sessions(.tooLarge) = error { return Reply(.failed, settings) }
            return form.reply(503, request, attempt, problem: .unavailable, retryAfter: .seconds(5))
        case .notAdmitted, .refused, .outdated, .passwordChanged, .outOfOrder: return Reply(.failed, settings)
        }
    }

    private func turnedAway(_ refusal: SignIn.Refusal, _ attempt: SignInAttempt, _ request: PortalRequest) -> Reply {
        switch refusal {
        case .wrong: form.reply(422, request, attempt, problem: .wrong)
        case .barred(let account): form.reply(422, request, attempt, problem: .barred(account))
        case .throttled(let wait): form.reply(429, request, attempt, problem: .throttled(wait), retryAfter: wait)
        case .busy(let wait): form.reply(503, request, attempt, problem: .busy, retryAfter: wait)
        case .unavailable: form.reply(503, request, attempt, problem: .unavailable, retryAfter: .seconds(5))
        }
    }
}
