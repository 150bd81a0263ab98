internal import GatehouseCore
internal import GatehouseSessions

/// The page for the first administrator, of a portal that offers it.
struct SetupHandler: Sendable {
    let settings: PortalSettings
    /// `nil` unless it is offered.
    let setup: FirstAdministrator?
    let gate: FormGate
    let steps: SignInSteps
    let welcome: Welcome
    let outages: Outages
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// Answers `GET /setup`: the form, for whoever has a link that works.
    func page(_ request: PortalRequest) async -> Reply {
        guard let setup else { return Reply(.notFound, settings) }
        guard let link = SetupAttempt.link(request.query?["token"]) else { return gone }
        do throws(SetupFailure) {
            guard try await isOffered(link, setup) else { return gone }
            return form(200, request, SetupAttempt(link: link), problem: nil)
        } catch {
            return unavailable(error, request)
        }
    }

    /// Answers `POST /setup`: makes the administrator and signs them in.
    func setUp(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        guard let setup else { return Reply(.notFound, settings) }
        guard let attempt = SetupAttempt(sent.fields) else { return gone }
        do throws(SetupFailure) {
            guard try await isOffered(attempt.link, setup) else { return gone }
            switch gate.standing(sent, for: request.cookies.preSession.map { [$0] } ?? [], .setup, request) {
            case .good: break
            case .stale: return form(422, request, attempt, problem: .expired)
            case .forged: return form(403, request, attempt, problem: .expired)
            }
            guard let name = UTF8Text(validating: attempt.name) else { return Reply(.badRequest, settings) }
            if let problem = attempt.problem { return form(422, request, attempt, problem: problem) }
            return try await make(name, request, attempt, setup)
        } catch {
            guard case .busy = error else { return unavailable(error, request) }
            var reply = form(503, request, attempt, problem: .unavailable)
            reply.line = .missing
            return reply
        }
    }

    /// The store of sessions or of people gave no answer.
    private enum SetupFailure: Error {
        case sessions(SessionError)
        case people(BackendError)
        case busy
    }

    private func isOffered(_ link: SecretToken, _ setup: FirstAdministrator) async throws(SetupFailure) -> Bool {
        do { guard try await setup.link.isOpen(link, now: clock()) else { return false } } catch {
            throw .sessions(error)
        }
        return try await isNeeded(setup)
    }

    private func isNeeded(_ setup: FirstAdministrator) async throws(SetupFailure) -> Bool {
        do { return try await setup.isNeeded() } catch { throw .people(error) }
    }

    /// Takes the link first: of two who send the form at once, one makes the administrator.
    private func make(
        _ name: UTF8Text, _ request: PortalRequest, _ attempt: SetupAttempt, _ setup: FirstAdministrator
    ) async throws(SetupFailure) -> Reply {
        do { guard try await setup.link.claim(attempt.link, now: clock()) else { return gone } } catch {
            throw .sessions(error)
        }
        let outcome: FirstAdministrator.Outcome
        do throws(SetupFailure) {
            guard try await isNeeded(setup) else { return gone }
            do { outcome = try await setup.make(name, attempt.password) } catch {
                if case .busy = error { throw SetupFailure.busy }
                throw SetupFailure.people(error)
            }
        } catch {
            await release(attempt.link, setup, request)
            throw error
        }
        switch outcome {
        case .refused(let reason):
            await release(attempt.link, setup, request)
            return form(422, request, attempt, problem: .refused(reason))
        case .made(let identity):
            audit.administratorMade(identity, request)
            // Used up already: what stays behind of it expires by itself.
            try? await setup.link.end(attempt.link)
            return await signIn(identity, request)
        }
    }

    private func release(_ link: SecretToken, _ setup: FirstAdministrator, _ request: PortalRequest) async {
        do { try await setup.link.release(link, now: clock()) } catch {
            audit.unavailable("setup", error, request)
        }
    }

    private func signIn(_ identity: Identity, _ request: PortalRequest) async -> Reply {
        let result = await steps.result(of: .made(identity), SignInSteps.Wish(), request)
        switch result.ending {
        case .signedIn(let identity, let token):
            let account = settings.returnAddress(Array(Link(.account, of: settings.address, done: .setup).text.utf8))
            return welcome.reply(
                Welcome.Newcomer(identity: identity, token: token, isRemembered: false, hasStray: result.hasStray),
                request, Reply(onwardTo: account.map { Destination($0) }, settings))
        case .noAnswer(let error): outages.note("setup", error, request)
        case .overtaken, .postponed, .turnedAway, .notAdmitted, .refused, .outdated, .passwordChanged, .outOfOrder:
            break
        }
        // The account exists: signing in is what is left to do.
        return Reply(seeOther: Link(.signIn, of: settings.address))
    }

    // MARK: - Pages

    private var gone: Reply { Reply(410, SetupPage(settings: settings).gone()) }

    private func unavailable(_ failure: SetupFailure, _ request: PortalRequest) -> Reply {
        switch failure {
        case .sessions(let error): audit.unavailable("setup", error, request)
        case .people(let error): audit.unavailable("setup", error, request)
        case .busy: break
        }
        return Reply(.unavailable, settings)
    }

    private func form(
        _ status: Int, _ request: PortalRequest, _ attempt: SetupAttempt, problem: SetupPage.Problem?
    ) -> Reply {
        guard let cookie = request.cookies.preSession ?? SecretToken.random() else { return Reply(.failed, settings) }
        let page = SetupPage(settings: settings, hints: setup?.hints ?? [])
            .form(
                link: attempt.link, name: attempt.shownName, token: gate.token.text(for: cookie, .setup),
                problem: problem)
        var reply = Reply(status, page)
        reply.setCookie(settings.cookies.preSession(cookie))
        if status == 503 { reply.setRetryAfter(.seconds(5)) }
        return reply
    }
}
