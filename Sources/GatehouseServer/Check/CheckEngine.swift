internal import GatehouseContracts
package import GatehouseCore
package import GatehouseCrypto
internal import GatehouseSessions
package import Logging
internal import NIOCore

/// Answers checks on one event loop: from the head of a request to the bytes of the answer.
///
/// Belongs to its event loop, as do its link to the store, its vault and the sessions it knows: no lock, no hop, no `await`.
package final class CheckEngine<Reader: RecordReader> {
    private(set) var generation: Generation
    let metrics: CheckMetrics
    let reader: Reader
    let vault: SessionVault
    let now: () -> Timestamp
    let refreshIdentity: (UserReference, _ done: @escaping () -> Void) -> Void
    var known: KnownSessions
    private let knownCapacity: Int
    private let ready = ReadyAnswers()
    private var returns = ReturnBudget()
    var log: CheckLog

    /// - Parameters:
    ///   - generation: what checks that begin now are judged by.
    ///   - reader: this loop's own link to the store.
    ///   - metrics: this loop's own counts.
    ///   - logger: for complaints; nothing is logged about a check that passes.
    ///   - knownSessions: how many decoded sessions are kept, as long as they take 64 MiB or less.
    ///   - now: the wall clock.
    ///   - refreshIdentity: called when a backend should be asked again; what it is given is to be called on the same loop once
    ///     that came to an end or takes too long, and may be called more than once.
    /// - Throws: `CryptoError` if OpenSSL cannot make the contexts: the daemon does not start.
    package init(
        generation: Generation, reader: Reader, metrics: CheckMetrics, logger: Logger, knownSessions: Int = 32_768,
        now: @escaping () -> Timestamp,
        refreshIdentity: @escaping (UserReference, _ done: @escaping () -> Void) -> Void
    ) throws(CryptoError) {
        self.generation = generation
        self.reader = reader
        self.metrics = metrics
        self.now = now
        self.refreshIdentity = refreshIdentity
        vault = try generation.secrets.makeVault()
        known = KnownSessions(capacity: knownSessions)
        knownCapacity = knownSessions
        log = CheckLog(logger: logger)
    }

    /// Judges checks that begin from now on by another generation with the same keys; those that are under way keep theirs.
    package func use(_ generation: Generation) {
        self.generation = generation
        // Ready answers are those of the former applications.
        known = KnownSessions(capacity: knownCapacity)
    }

    /// Writes what was only counted; called once a second.
    func sweep() { log.denied.sweep(now()) }

    /// Answers one check.
    ///
    /// - Parameters:
    ///   - head: the head of the proxy's request.
    ///   - bytes: what the head was parsed from.
    ///   - peer: the TCP peer, `nil` on a Unix socket; it was found trusted before.
    ///   - completion: called once on the same loop, possibly before this returns, within 2 s.
    func answer(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, peer: IPAddress?,
        completion: @escaping (CheckAnswer) -> Void
    ) {
        let keepsAlive = head.wantsKeepAlive && !head.announcesBody
        let form = CheckAnswer.Form(isHTTP11: head.isHTTP11, keepsAlive: keepsAlive)
        guard let endpoint = head.withText(at: head.target, in: bytes, { Endpoint(target: $0) }) else {
            metrics.refused.increment()
            log.notAnEndpoint(now())
            return completion(ready.plain(CheckReply(status: 404), form))
        }
        let request: CheckRequest
        do throws(Refused) {
            request = try CheckRequest(
                endpoint, head: head, bytes: bytes, cookies: generation.cookies, proxies: generation.proxies,
                peer: peer)
        } catch {
            metrics.refused.increment()
            log.refused(error, now())
            return completion(ready.plain(CheckReply(status: error.status), form))
        }
        let pending = PendingCheck(
            request: request, form: form, isHead: head.withText(at: head.method, in: bytes) { $0.equals("HEAD") },
            generation: generation, completion: completion)
        let match = generation.policy.match(request.original)
        if !request.unusualNames.isEmpty, let decision = aliasRefusal(request, match.application) {
            return completion(answer(decision, application: nil, session: nil, pending))
        }
        switch match {
        case .decided(let decision, let application):
            completion(answer(decision, application: application, session: nil, pending))
        case .rule(let match):
            pending.match = match
            lookUp(pending)
        }
    }

    /// The refusal of a client that wrote a header which the application could read as one of its identity headers.
    ///
    /// The shipped files remove them; where one of their lines was left out, the request is refused.
    private func aliasRefusal(_ request: CheckRequest, _ application: Int?) -> Decision? {
        guard let application, generation.headers.indices.contains(application),
            request.unusualNames.contains(where: { generation.headers[application].hasAlias($0) })
        else { return nil }
        return Decision(.deny, Trace(.headerAlias, application: generation.policy.applications[application].name))
    }

    // MARK: - The answer

    func decide(_ pending: PendingCheck, _ visitor: Visitor, _ session: KnownSession?) {
        guard let match = pending.match else { return pending.completion(ready.plain(.unavailable, pending.form)) }
        let decision = pending.generation.policy.decide(
            match, visitor: visitor, signedInAt: session?.session.signedInAt,
            now: session == nil ? Timestamp(milliseconds: 0) : now())
        pending.completion(answer(decision, application: match.application, session: session, pending))
    }

    private func answer(
        _ decision: Decision, application: Int?, session: KnownSession?, _ pending: PendingCheck
    ) -> CheckAnswer {
        count(decision)
        guard decision.outcome == .allow, let application, pending.generation.headers.indices.contains(application)
        else {
            if decision.outcome == .deny {
                log.denied.add(decision, session?.stored.identity, pending.request, now())
            }
            let reply = refusal(decision, application, pending)
            return ready.plain(reply, pending.form, body: body(of: reply, pending))
        }
        return allowed(application, session, pending)
    }

    /// What a refused request is told; a way back that does not fit waits in the store.
    private func refusal(_ decision: Decision, _ application: Int?, _ pending: PendingCheck) -> CheckReply {
        let generation = pending.generation
        let applications = generation.policy.applications
        let reply = CheckReply(
            decision, to: pending.request,
            of: application.flatMap { applications.indices.contains($0) ? applications[$0] : nil },
            portal: generation.login)
        guard let long = reply.longReturn, let secret = keep(long.address) else { return reply }
        return reply.returning(by: secret, portal: generation.login)
    }

    /// Puts an address into the store, without waiting for it.
    private func keep(_ address: [UInt8]) -> SecretToken? {
        let moment = now()
        guard returns.take(moment) else {
            log.returnForgotten(moment)
            return nil
        }
        guard let secret = (try? SystemRandom.octets(32)).flatMap(SecretToken.init(octets:)),
            let key = try? vault.returnKey(secret),
            let sealed = try? vault.seal(
                ReturnRecord(address: address, endsAt: moment.advanced(by: ReturnRecord.lifetime)), for: key)
        else { return nil }
        reader.write(sealed, for: key, expiresIn: ReturnRecord.lifetime)
        return secret
    }

    /// The identity headers of an application, and for contracts that ask for them the cookies that go on to it.
    private func allowed(_ application: Int, _ session: KnownSession?, _ pending: PendingCheck) -> CheckAnswer {
        let generation = pending.generation
        let request = pending.request
        let place = KnownSession.AnswerPlace(
            application: application, passesCookies: request.contract.answersCookies)
        // A check that began under another generation must not meet answers that were made for these.
        let isReady = pending.form.isUsual && generation === self.generation
        if isReady, let bytes = session?.answer(for: place) {
            return request.otherCookies.isEmpty
                ? CheckAnswer(ready: bytes) : CheckAnswer(ready: bytes, cookies: request.otherCookies)
        }
        var lines = generation.headers[application].lines(
            for: session?.stored.identity, disclosure: generation.policy.applications[application].disclosure)
        guard CheckReply.fits(identityLines: lines, limit: generation.maxAnswerHead) else {
            log.answerTooLarge(generation.policy.applications[application].name, lines.count, now())
            return ready.plain(CheckReply(status: 500), pending.form)
        }
        let cookies = isReady ? [] : request.otherCookies
        if request.contract.answersCookies { lines += CheckReply.cookieLines(cookies) }
        let answer = CheckAnswer(CheckReply.allowed.head(identityLines: lines, body: []), pending.form)
        guard isReady else { return answer }
        if let session { known.keep(answer.bytes, for: place, of: session) }
        return request.otherCookies.isEmpty
            ? answer : CheckAnswer(ready: answer.bytes, cookies: request.otherCookies)
    }

    private func body(of reply: CheckReply, _ pending: PendingCheck) -> [UInt8] {
        guard !pending.isHead else { return [] }
        return pending.generation.pages[reply.page]
    }

    private func count(_ decision: Decision) {
        switch decision.outcome {
        case .allow: metrics.allowed.increment()
        case .challenge: metrics.challenged.increment()
        case .deny: metrics.denied.increment()
        case .unavailable: metrics.unavailable.increment()
        }
    }
}
