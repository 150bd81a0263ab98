package import GatehouseCore
internal import GatehouseThrottle
package import Hummingbird
package import Logging

/// The portal: finds the place that a request is about, guards it, and lets whoever stands for it answer.
package struct Portal: Sendable {
    let settings: PortalSettings
    let clock: @Sendable () -> Timestamp
    let metrics: PortalMetrics
    private let audit: AuditLog
    private let isRecording: @Sendable () -> Bool
    private let gate: FormGate
    private let posts = ClientPlaces()
    private let tracer: Tracer?
    let places: PlaceTable

    /// One portal serves every address; metrics and log are shared with whoever exports them.
    ///
    /// `tracer` takes the spans of requests, if anybody does. `pause` waits for a while; tests give one that does not.
    package init(
        settings: PortalSettings, services: PortalServices, clock: @escaping @Sendable () -> Timestamp,
        metrics: PortalMetrics, logger: Logger, tracer: Tracer? = nil,
        pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    ) {
        let throttle = services.throttle
        let audit = AuditLog(logger: logger, clock: clock) { throttle.shownID(of: $0) }
        let ports = Ports(
            settings: settings, services: services, clock: clock, audit: audit, pause: pause)
        self.settings = settings
        self.clock = clock
        self.metrics = metrics
        self.audit = audit
        self.tracer = tracer
        isRecording = services.isRecording
        gate = ports.gate
        places = PlaceTable(rows: Portal.places(ports))
    }

    /// Answers a request; every error is a page.
    package func answer(_ request: Request, from context: PortalContext) async -> Response {
        let facts = PortalRequest(request, from: context, settings: settings)
        let parent = facts.trace
        guard parent != nil || tracer != nil,
            let trace = RequestTrace(under: parent, state: facts.traceState, tracer: tracer)
        else { return await answer(facts, request.body) }
        let response = await RequestTrace.$current.withValue(trace) { await answer(facts, request.body) }
        trace.end(facts, route: route(of: facts), parent: parent?.span, status: response.status.code, settings)
        return response
    }

    private func answer(_ facts: PortalRequest, _ body: RequestBody) async -> Response {
        var reply = await reply(to: facts, body: body)
        if reply.isAboutError {
            if reply.line == .missing { reply.line = audit.error(reply.status, facts) ? .written : .leftOut }
            if reply.line == .written { reply.mark(facts.id) }
        }
        return reply.response(settings, isHead: facts.verb == .head, isOwnHost: isOwnHost(facts))
    }

    private func reply(to request: PortalRequest, body: RequestBody) async -> Reply {
        if let defect = request.defect {
            return Reply(.badRequest, settings, isWritten: audit.headRefused(defect, request))
        }
        guard !request.isTooLong else { return Reply(.addressTooLong, settings) }
        let answers = places.row(at: request.path, below: settings.address.prefix)?.answers
        if case .anywhere(let answer) = answers { return await answer(request) }
        guard isOwnHost(request) else {
            return Reply(.otherHost, settings, isWritten: audit.misdirected(settings.address, request))
        }
        guard let answers else { return Reply(.notFound, settings) }
        switch (request.verb, answers) {
        case (.get, .page(let answer, _)), (.head, .page(let answer, _)): return await answer(request)
        case (.post, .page(_, let form?)), (.post, .form(let form)): return await reply(to: form, request, body)
        // Asked for by a person: whatever looks ahead of them (`HEAD`) would use up what is there for one time.
        case (.get, .foreign(let answer?, _)): return await answer(request)
        case (.post, .foreign(_, let answer?)):
            return await posts.with(request.client) { await answer(request, body) } ?? Reply(.tooMany, settings)
        default:
            var reply = Reply(.methodNotAllowed, settings)
            if let methods = answers.methods { reply.add("Allow", methods.description) }
            return reply
        }
    }

    private func reply(to form: Answers.FormAnswer, _ request: PortalRequest, _ body: RequestBody) async -> Reply {
        guard form.endsAccess || isRecording() else {
            return Reply(.unavailable, settings, isWritten: audit.notRecording(request))
        }
        return await posts.with(request.client) {
            guard form.isOffered else { return Reply(.notFound, settings) }
            switch await gate.ownForm(request, body, form.name) {
            case .success(let sent): return await form.answer(request, sent)
            case .failure(let refusal): return refusal.reply
            }
        } ?? Reply(.tooMany, settings)
    }

    /// The place that a request is about, as all requests for it are called.
    private func route(of request: PortalRequest) -> String? {
        places.row(at: request.path, below: settings.address.prefix).map { settings.address.prefix + $0.place.path }
    }

    private func isOwnHost(_ request: PortalRequest) -> Bool {
        request.host == settings.address.origin.authority.host
    }
}
