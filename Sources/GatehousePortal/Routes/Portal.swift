package import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseSessions
internal import GatehouseThrottle
package import Hummingbird
package import Logging
package import NIOCore

/// The portal: finds the place that a request is about and answers in its name.
package struct Portal: Sendable {
    let settings: PortalSettings
    let services: PortalServices
    let credentialCheck: CredentialCheck
    let formToken: FormToken
    let clock: @Sendable () -> Timestamp
    let metrics: PortalMetrics
    let audit: AuditLog
    private let posts = ClientPlaces()

    var keeper: SessionKeeper { services.keeper }

    /// The longest body of a form, in octets.
    static let maxBodyLength = 16_384

    /// One portal serves every address; metrics and log are shared with whoever exports them.
    ///
    /// `pause` waits for a while; tests give one that does not.
    package init(
        settings: PortalSettings, services: PortalServices, clock: @escaping @Sendable () -> Timestamp,
        metrics: PortalMetrics, logger: Logger,
        pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    ) {
        self.settings = settings
        self.services = services
        formToken = FormToken(key: services.csrfKey)
        self.clock = clock
        self.metrics = metrics
        let throttle = services.throttle
        let audit = AuditLog(logger: logger, clock: clock) { throttle.shownID(of: $0) }
        self.audit = audit
        credentialCheck = CredentialCheck(
            backends: services.backends, throttle: throttle, deviceKey: services.deviceKey,
            names: services.names,
            floor: settings.failureFloor, clock: clock, pause: pause, metrics: metrics, audit: audit)
    }

    /// Answers a request; every error is a page.
    package func answer(_ request: Request, from context: PortalContext) async -> Response {
        let facts = PortalRequest(request, from: context, settings: settings)
        var reply = await reply(to: facts, body: request.body)
        if reply.isAboutError {
            if reply.line == .missing { reply.line = audit.error(reply.status, facts) ? .written : .leftOut }
            if reply.line == .written { reply.mark(facts.id) }
        }
        return reply.response(settings, isHead: facts.verb == .head, isOwnHost: isOwnHost(facts))
    }

    private func reply(to request: PortalRequest, body: RequestBody) async -> Reply {
        if let defect = request.defect {
            return told(.badRequest, audit.headRefused(defect, request))
        }
        guard !request.isTooLong else { return problem(.addressTooLong) }
        let route = Route(path: request.path, prefix: settings.address.prefix)
        // Shown by proxies in place of an application's page: any host, any method.
        if route == .denied { return await denied(request) }
        if route == .failedCheck { return failedCheck(request) }
        guard isOwnHost(request) else {
            return told(.otherHost, audit.misdirected(settings.address, request))
        }
        guard let route else { return problem(.notFound) }
        guard route.takes(request.verb) else {
            var reply = problem(.methodNotAllowed)
            if let methods = route.methods { reply.add("Allow", methods.description) }
            return reply
        }
        // Ending access is always possible.
        guard request.verb != .post || route == .signOut || services.isRecording() else {
            return told(.unavailable, audit.notRecording(request))
        }
        guard request.verb == .post else { return await answer(get: route, request) }
        return await posts.with(request.client) { await answer(post: route, request, body) } ?? problem(.tooMany)
    }

    private func answer(get route: Route, _ request: PortalRequest) async -> Reply {
        switch route {
        case .home: await home(request)
        case .signIn: await signInForm(request)
        case .signInPassword: await requiredPasswordForm(request)
        case .onward: await goOnward(request)
        case .signOut: await signOutQuestion(request)
        case .account: await account(request)
        case .accountPassword: await passwordForm(request)
        case .reset: await resetForm(request)
        case .resetPassword: await resetPasswordForm(request)
        case .setup: await setupForm(request)
        case .changePassword: Reply(seeOther: Link(.accountPassword, of: settings.address))
        case .favicon: Reply(seeOther: Link(.file(.mark), of: settings.address))
        case .file(let file): Reply(file)
        case .denied: await denied(request)
        case .failedCheck: failedCheck(request)
        case .accountSessions: problem(.methodNotAllowed)
        }
    }

    private func answer(post route: Route, _ request: PortalRequest, _ body: RequestBody) async -> Reply {
        switch route {
        case .signIn: await signIn(request, body)
        case .signInPassword: await setRequiredPassword(request, body)
        case .signOut: await signOut(request, body)
        case .accountPassword: await changePassword(request, body)
        case .accountSessions: await endSessions(request, body)
        case .reset: await askForReset(request, body)
        case .resetPassword: await resetPassword(request, body)
        case .setup: await setUp(request, body)
        case .home, .account, .onward, .file, .denied, .failedCheck, .changePassword, .favicon:
            problem(.methodNotAllowed)
        }
    }

    private func isOwnHost(_ request: PortalRequest) -> Bool {
        request.host == settings.address.origin.authority.host
    }

    /// A problem that has a line of its own, unless there were too many: its page names no request then.
    func told(_ problem: Problem, _ isWritten: Bool) -> Reply {
        var reply = self.problem(problem)
        reply.line = isWritten ? .written : .leftOut
        return reply
    }

    func problem(_ problem: Problem) -> Reply {
        var reply = Reply(problem.status, problem.page(settings))
        reply.line = problem.hasLine ? .written : .missing
        if problem == .unavailable || problem == .tooMany { reply.setRetryAfter(.seconds(5)) }
        return reply
    }
}

/// Where a request of the portal comes from.
package struct PortalContext: Sendable {
    /// The TCP peer; `nil` on a Unix socket, and for a peer that is gone already.
    let peer: IPAddress?
    /// Whether it came over a Unix socket, whose peers are trusted by the file's mode.
    let isUnixSocket: Bool

    package init(channel: any Channel) {
        let address = channel.localAddress
        isUnixSocket = if case .unixDomainSocket? = address { true } else { false }
        peer = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    }

    init(peer: IPAddress?, isUnixSocket: Bool) {
        self.peer = peer
        self.isUnixSocket = isUnixSocket
    }

    /// Whether the other end is one of some proxies.
    func isOne(of proxies: TrustedProxies) -> Bool { isUnixSocket || peer.map(proxies.contains) == true }
}
