internal import GatehouseContracts
internal import GatehouseCore
internal import NIOCore

/// Speaks HTTP for the engine of one event loop: from the head of a request to a check, from a verdict to the bytes of an answer.
final class CheckResponder<Reader: RecordReader> {
    let engine: CheckEngine<Reader>
    var log: HTTP1Log
    private var ready = ReadyAnswers()

    init(_ engine: CheckEngine<Reader>) {
        self.engine = engine
        log = HTTP1Log(logger: engine.logger)
    }

    // MARK: - Requests

    /// Reads a check by the contract of the endpoint that it was sent to.
    ///
    /// - Parameters:
    ///   - head: the head of the proxy's request.
    ///   - bytes: what the head was parsed from.
    ///   - peer: the TCP peer, `nil` on a Unix socket; it was found trusted before.
    /// - Returns: the check.
    /// - Throws: `NoCheck`, counted and logged already.
    func read(_ head: borrowing RequestHead, _ bytes: Span<UInt8>, peer: IPAddress?) throws(NoCheck) -> CheckRequest {
        guard let endpoint = head.withText(at: head.target, in: bytes, { Endpoint(target: $0) }) else {
            engine.metrics.refused.incrementOwn()
            log.notAnEndpoint(engine.now())
            throw NoCheck(status: 404)
        }
        let generation = engine.generation
        do throws(Refused) {
            return try CheckRequest(
                endpoint, head: head, bytes: bytes, cookies: generation.cookies, proxies: generation.proxies, peer: peer
            )
        } catch {
            engine.metrics.refused.incrementOwn()
            log.refused(error, engine.now())
            throw NoCheck(status: error.status)
        }
    }

    /// What is to be traced of a check; `nil` for nothing.
    func span(of check: borrowing CheckRequest, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> CheckSpan? {
        guard let context = engine.tracing?.source.begin(under: check.trace) else { return nil }
        let method = head.withText(at: head.method, in: bytes) { Method(parsing: $0) }
        return CheckSpan(context, under: check.trace, method: method, at: engine.uptime())
    }

    // MARK: - Answers

    /// The answer to a request that is no check.
    func answer(_ refusal: NoCheck, _ form: CheckAnswer.Form) -> ByteBuffer {
        ready.plain(CheckReply(status: refusal.status), form)
    }

    /// The answer that a connection ends with, counted and logged.
    func refusal(_ refusal: HTTP1Connection.Refusal, of peer: IPAddress?, now: Timestamp) -> ByteBuffer {
        switch refusal {
        case .full: log.tooManyConnections(now)
        case .stranger:
            engine.metrics.untrusted.incrementOwn()
            log.untrusted(peer?.description ?? "unknown", now)
        case .malformed(let refusal):
            engine.metrics.refused.incrementOwn()
            log.malformed(refusal, now)
        }
        return ready.plain(
            CheckReply(status: refusal.status), CheckAnswer.Form(isHTTP11: true, keepsAlive: false))
    }

    /// The answer to a check that was judged.
    func answer(_ verdict: Verdict, _ exchange: Exchange) -> ByteBuffer {
        let answer = octets(verdict, exchange)
        if let span = verdict.check.span { engine.tracing?.end(span, verdict) }
        return answer
    }

    private func octets(_ verdict: Verdict, _ exchange: Exchange) -> ByteBuffer {
        guard verdict.decision.outcome == .allow, let application = verdict.application,
            verdict.generation.headers.indices.contains(application)
        else {
            let reply = reply(verdict)
            verdict.check.span?.status = reply.status
            let body = exchange.isHead ? [] : verdict.generation.pages[reply.page]
            return ready.plain(reply, exchange.form, body: body)
        }
        return allowed(application, verdict, exchange.form)
    }

    /// What a refused request is told; a way back that does not fit waits in the store.
    private func reply(_ verdict: Verdict) -> CheckReply {
        let generation = verdict.generation
        let applications = generation.policy.applications
        let reply = CheckReply(
            verdict.decision, to: verdict.request,
            of: verdict.application.flatMap { applications.indices.contains($0) ? applications[$0] : nil },
            portal: generation.login)
        guard let long = reply.longReturn, let secret = engine.wayBack(to: long.address) else { return reply }
        return reply.returning(by: secret, portal: generation.login)
    }

    /// The identity headers of an application, and for contracts that ask for them the cookies that go on to it.
    private func allowed(_ application: Int, _ verdict: Verdict, _ form: CheckAnswer.Form) -> ByteBuffer {
        let generation = verdict.generation
        // Asked for in its place each time: a copy would take hold of everything in it.
        let passed = verdict.check.request.contract.cookies
        let place = KnownSession.AnswerPlace(application: application, cookies: passed)
        // A check that began under another generation must not meet answers that were made for this one.
        let isReady = form.isUsual && generation === engine.generation
        if isReady, let bytes = verdict.session?.answer(for: place) {
            return verdict.check.request.otherCookies.isEmpty
                ? bytes : CheckAnswer.bytes(ready: bytes, passing: verdict.check.request.otherCookies, as: passed)
        }
        var lines = generation.headers[application].lines(
            for: verdict.identity, disclosure: generation.policy.applications[application].disclosure)
        guard CheckReply.fits(identityLines: lines, limit: generation.maxAnswerHead) else {
            log.answerTooLarge(generation.policy.applications[application].name, lines.count, engine.now())
            verdict.check.span?.status = 500
            return ready.plain(CheckReply(status: 500), form)
        }
        let cookies = isReady ? [] : verdict.check.request.otherCookies
        lines += passed.lines(cookies)
        let answer = CheckAnswer.bytes(CheckReply.allowed.head(identityLines: lines, body: []), form)
        guard isReady else { return answer }
        if let session = verdict.session { engine.known.keep(answer, for: place, of: session) }
        return verdict.check.request.otherCookies.isEmpty
            ? answer : CheckAnswer.bytes(ready: answer, passing: verdict.check.request.otherCookies, as: passed)
    }
}

/// A request that is no check: it was sent to no endpoint, or not as its contract says.
struct NoCheck: Error, Equatable {
    let status: Int
}
