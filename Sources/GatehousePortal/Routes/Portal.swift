package import GatehouseCore
package import GatehouseCrypto
package import GatehouseSessions
package import Hummingbird
package import Logging
internal import NIOCore

/// The portal: finds the place that a request is about and answers in its name.
package struct Portal: HTTPResponder {
    let settings: PortalSettings
    let keeper: SessionKeeper
    let backends: BackendChain
    let formToken: FormToken
    let clock: @Sendable () -> Timestamp
    let metrics: PortalMetrics
    let audit: AuditLog
    /// `nil` unless the first administrator can be made here.
    let setup: FirstAdministrator?

    /// The longest body of a form, in octets.
    static let maxBodyLength = 16_384

    /// One portal serves every address; metrics and log are shared with whoever exports them.
    package init(
        settings: PortalSettings, keeper: SessionKeeper, backends: BackendChain, csrfKey: CSRFKey,
        clock: @escaping @Sendable () -> Timestamp, metrics: PortalMetrics, logger: Logger,
        setup: FirstAdministrator? = nil
    ) {
        self.settings = settings
        self.keeper = keeper
        self.backends = backends
        formToken = FormToken(key: csrfKey)
        self.clock = clock
        self.metrics = metrics
        audit = AuditLog(logger: logger)
        self.setup = setup
    }

    /// Never throws: every error is a page.
    package func respond(to request: Request, context: PortalContext) async throws -> Response {
        let facts = PortalRequest(request, peer: context.peer, settings: settings)
        let reply = await reply(to: facts, body: request.body)
        return reply.response(settings, isHead: facts.verb == .head, isOwnHost: isOwnHost(facts))
    }

    private func reply(to request: PortalRequest, body: RequestBody) async -> Reply {
        guard !request.isTooLong else { return problem(.addressTooLong) }
        let route = Route(path: request.path, prefix: settings.address.prefix)
        // Shown by proxies in place of an application's page: any host, any method.
        if route == .denied { return await denied(request) }
        guard isOwnHost(request) else { return problem(.otherHost) }
        guard let route else { return problem(.notFound) }
        guard route.takes(request.verb) else {
            var reply = problem(.methodNotAllowed)
            if let methods = route.methods { reply.add("Allow", methods.description) }
            return reply
        }
        switch route {
        case .home: return await home(request)
        case .signIn: return request.verb == .post ? await signIn(request, body) : await signInForm(request)
        case .signOut: return request.verb == .post ? await signOut(request, body) : await signOutQuestion(request)
        case .account: return await account(request)
        case .setup: return request.verb == .post ? await setUp(request, body) : await setupForm(request)
        case .file(let file): return Reply(file)
        case .denied: return await denied(request)
        }
    }

    private func isOwnHost(_ request: PortalRequest) -> Bool {
        request.host == settings.address.origin.authority.host
    }

    func problem(_ problem: Problem) -> Reply {
        var reply = Reply(problem.status, problem.page(settings))
        if problem == .unavailable { reply.add("Retry-After", "5") }
        return reply
    }

    /// Who is signed in; `nil` for strangers.
    func signedIn(_ request: PortalRequest) async throws(SessionError) -> SignedIn? {
        guard let token = request.session else { return nil }
        return try await keeper.signedIn(with: token, now: clock())
    }

    /// The fields of a form, or the answer to what is none.
    func fields(_ request: PortalRequest, _ body: RequestBody) async -> Result<FormFields, Refusal> {
        guard request.isForm else { return .failure(Refusal(problem(.notAForm))) }
        if let length = request.contentLength, length > Portal.maxBodyLength {
            return .failure(Refusal(problem(.tooLarge)))
        }
        do {
            let octets = try await body.collect(upTo: Portal.maxBodyLength)
            return .success(try FormFields(parsing: Array(octets.readableBytesView).span))
        } catch is NIOTooManyBytesError {
            return .failure(Refusal(problem(.tooLarge)))
        } catch {
            return .failure(Refusal(problem(.badRequest)))
        }
    }

    /// An answer that ends the work on a request early.
    struct Refusal: Error {
        let reply: Reply
        init(_ reply: Reply) { self.reply = reply }
    }
}

/// Where a request of the portal comes from.
package struct PortalContext: InitializableFromSource, Sendable {
    /// The TCP peer; `nil` on a Unix socket.
    let peer: IPAddress?

    package init(source: ApplicationRequestContextSource) {
        peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    }

    init(peer: IPAddress?) { self.peer = peer }
}
