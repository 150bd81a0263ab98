internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

/// The page for the first administrator, of a portal that offers it.
extension Portal {
    /// `GET /setup`: the form, for whoever has a link that works.
    func setupForm(_ request: PortalRequest) async -> Reply {
        guard let setup = services.setup else { return problem(.notFound) }
        guard let link = SetupAttempt.link(request.query?["token"]) else { return setupGone }
        do throws(SetupFailure) {
            guard try await isOffered(link, setup) else { return setupGone }
            return setupForm(200, request, SetupAttempt(link: link), problem: nil)
        } catch {
            return notSetUp(error, request)
        }
    }

    /// `POST /setup`: makes the administrator and signs them in.
    func setUp(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        guard let setup = services.setup else { return problem(.notFound) }
        let sent: OwnForm
        switch await ownForm(request, body, "setup") {
        case .success(let found): sent = found
        case .failure(let refusal): return refusal.reply
        }
        guard let attempt = SetupAttempt(sent.fields) else { return setupGone }
        do throws(SetupFailure) {
            guard try await isOffered(attempt.link, setup) else { return setupGone }
            switch standing(sent, for: request.preSession.map { [$0] } ?? [], .setup, "setup", request) {
            case .good: break
            case .stale: return setupForm(422, request, attempt, problem: .expired)
            case .forged: return setupForm(403, request, attempt, problem: .expired)
            }
            guard let name = UTF8Text(validating: attempt.name) else { return problem(.badRequest) }
            if let problem = attempt.problem { return setupForm(422, request, attempt, problem: problem) }
            return try await make(name, request, attempt, setup)
        } catch {
            guard case .busy = error else { return notSetUp(error, request) }
            metrics.busy.increment()
            var reply = setupForm(503, request, attempt, problem: .unavailable)
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
        do { guard try await setup.link.claim(attempt.link, now: clock()) else { return setupGone } } catch {
            throw .sessions(error)
        }
        let outcome: FirstAdministrator.Outcome
        do throws(SetupFailure) {
            guard try await isNeeded(setup) else { return setupGone }
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
            return setupForm(422, request, attempt, problem: .refused(reason))
        case .made(let identity):
            audit.administratorMade(identity, request)
            // Used up already: what stays behind of it expires by itself.
            try? await setup.link.end(attempt.link)
            return await signInAdministrator(identity, request)
        }
    }

    private func release(_ link: SecretToken, _ setup: FirstAdministrator, _ request: PortalRequest) async {
        do { try await setup.link.release(link, now: clock()) } catch {
            audit.unavailable("setup", error, request)
        }
    }

    private func signInAdministrator(_ identity: Identity, _ request: PortalRequest) async -> Reply {
        do throws(PortalError) {
            guard let started = try await startSession(identity, isRemembered: false, request) else {
                return Reply(seeOther: Link(.signIn, of: settings.address))
            }
            let account = settings.returnAddress(Array(Link(.account, of: settings.address, done: .setup).text.utf8))
            return welcome(
                identity, started, isRemembered: false, request, onward(to: account.map { Destination($0) }))
        } catch {
            // The account exists: signing in is what is left to do.
            metrics.unavailable.increment()
            audit.unavailable("setup", error, request)
            return Reply(seeOther: Link(.signIn, of: settings.address))
        }
    }

    // MARK: - Pages

    private var setupGone: Reply { Reply(410, SetupPage(settings: settings).gone()) }

    private func notSetUp(_ failure: SetupFailure, _ request: PortalRequest) -> Reply {
        metrics.unavailable.increment()
        switch failure {
        case .sessions(let error): audit.unavailable("setup", error, request)
        case .people(let error): audit.unavailable("setup", error, request)
        case .busy: break
        }
        return problem(.unavailable)
    }

    private func setupForm(
        _ status: Int, _ request: PortalRequest, _ attempt: SetupAttempt, problem: SetupPage.Problem?
    ) -> Reply {
        guard let cookie = request.preSession ?? SecretToken.random() else { return self.problem(.failed) }
        let page = SetupPage(settings: settings, hints: services.setup?.hints ?? [])
            .form(
                link: attempt.link, name: attempt.shownName, token: formToken.text(for: cookie, .setup),
                problem: problem)
        var reply = Reply(status, page)
        reply.setCookie(settings.cookies.preSession(cookie))
        if status == 503 { reply.setRetryAfter(.seconds(5)) }
        return reply
    }
}

/// What somebody sent with the form for the first administrator.
private struct SetupAttempt: Sendable {
    let link: SecretToken
    let name: [UInt8]
    let password: Password
    private let again: Password

    /// `nil` without the secret of a link.
    init?(_ fields: FormFields) {
        guard let link = SetupAttempt.link(fields["link"]) else { return nil }
        self.link = link
        name = fields["name"] ?? []
        password = Password(fields["password"] ?? [])
        again = Password(fields["again"] ?? [])
    }

    /// Nothing typed yet.
    init(link: SecretToken) {
        self.link = link
        name = []
        password = Password([])
        again = Password([])
    }

    static func link(_ text: [UInt8]?) -> SecretToken? { text.flatMap { SecretToken(parsing: $0.span) } }

    /// What is wrong before anybody is asked.
    var problem: SetupPage.Problem? {
        if name.isEmpty || password.bytes.isEmpty { return .missing }
        if password.bytes != again.bytes { return .differ }
        if name.count > Credentials.maxNameLength || password.bytes.count > Password.maxLength { return .tooLong }
        return nil
    }

    /// The name for the form: what could be one, or nothing.
    var shownName: [UInt8] {
        name.count <= Credentials.maxNameLength && UTF8Text(validating: name) != nil ? name : []
    }
}
