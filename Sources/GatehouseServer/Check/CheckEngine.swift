internal import GatehouseContracts
package import GatehouseCore
package import GatehouseCrypto
internal import GatehouseSessions
package import Logging
internal import NIOCore

/// Judges checks on one event loop: from a request that a contract has read to the decision and the session it came by.
///
/// It knows no HTTP; what a decision looks like to a proxy is said in `HTTP1/`.
///
/// Belongs to its event loop, as do its link to the store, its vault and the sessions it knows: no lock, no hop, no `await`.
package final class CheckEngine<Reader: RecordReader> {
    private(set) var generation: Generation
    let metrics: CheckMetrics
    /// Where checks of the present generation are counted.
    private var counts: CheckCounts
    let reader: Reader
    let vault: SessionVault
    let logger: Logger
    let now: () -> Timestamp
    let refreshIdentity: (UserReference, _ done: @escaping () -> Void) -> Void
    var known: KnownSessions
    /// Makes spans; `nil` where nothing is traced.
    var tracing: CheckTracing?
    private var returns = ReturnBudget()
    var log: CheckLog

    /// - Parameters:
    ///   - generation: what checks that begin now are judged by.
    ///   - reader: this loop's own link to the store.
    ///   - metrics: this loop's own counts.
    ///   - logger: for complaints; nothing is logged about a check that passes.
    ///   - knownSessions: how many decoded sessions are kept, as long as they take 64 MiB or less.
    ///   - tracing: makes spans; `nil` for none.
    ///   - now: the wall clock.
    ///   - refreshIdentity: called when a backend should be asked again; what it is given is to be called on the same loop once
    ///     that came to an end or takes too long, and may be called more than once.
    /// - Throws: `CryptoError` if OpenSSL cannot make the contexts: the daemon does not start.
    package init(
        generation: Generation, reader: Reader, metrics: CheckMetrics, logger: Logger, knownSessions: Int = 32_768,
        tracing: CheckTracing? = nil, now: @escaping () -> Timestamp,
        refreshIdentity: @escaping (UserReference, _ done: @escaping () -> Void) -> Void
    ) throws(CryptoError) {
        self.generation = generation
        self.reader = reader
        self.metrics = metrics
        counts = metrics.counts(of: generation.policy)
        self.logger = logger
        self.now = now
        self.refreshIdentity = refreshIdentity
        vault = try generation.secrets.makeVault()
        known = KnownSessions(capacity: knownSessions)
        self.tracing = tracing
        log = CheckLog(logger: logger)
    }

    /// Judges checks that begin from now on by another generation with the same keys; those that are under way keep theirs.
    package func use(_ generation: Generation) {
        self.generation = generation
        counts = metrics.counts(of: generation.policy)
        // Prepared answers are those of the former applications.
        known = KnownSessions(capacity: known.capacity)
    }

    /// Writes what was only counted; called once a second.
    func sweep() { log.denied.sweep(now()) }

    /// Judges one check.
    ///
    /// - Parameters:
    ///   - request: the check, read by its contract under the present generation.
    ///   - span: what is to be traced of it; `nil` for nothing.
    ///   - completion: called once on the same loop, possibly before this returns, within 2 s.
    func judge(
        _ request: consuming CheckRequest, span: CheckSpan? = nil, completion: @escaping (Verdict) -> Void
    ) {
        let match = generation.policy.match(request.original, from: request.clientAddress)
        let check = PendingCheck(
            request: request, generation: generation, match: match, begin: uptime(), span: span,
            completion: completion)
        if let refusal = aliasRefusal(check) { return conclude(refusal, nil, nil, check) }
        switch match {
        case .decided(let decision, let application): conclude(decision, application, nil, check)
        case .rule: lookUp(check)
        }
    }

    /// The refusal of a client that wrote a header which the application could read as one of its identity headers.
    ///
    /// The shipped files remove them; where one of their lines was left out, the request is refused.
    private func aliasRefusal(_ check: PendingCheck) -> Decision? {
        guard !check.request.unusualNames.isEmpty, let application = check.match.application,
            check.generation.headers.indices.contains(application),
            check.request.unusualNames.contains(where: { check.generation.headers[application].hasAlias($0) })
        else { return nil }
        let name = check.generation.policy.applications[application].name
        return Decision(.deny, Trace(.headerAlias, application: name))
    }

    // MARK: - The decision

    func decide(_ check: PendingCheck, _ visitor: Visitor, _ session: KnownSession?) {
        switch check.match {
        case .decided(let decision, let application): conclude(decision, application, nil, check)
        case .rule(let rule):
            let decision = check.generation.policy.decide(
                rule, visitor: visitor, signedInAt: session?.session.lastProof, now: now())
            conclude(decision, rule.application, session, check)
        }
    }

    private func conclude(_ decision: Decision, _ application: Int?, _ session: KnownSession?, _ check: PendingCheck) {
        count(decision, application, check)
        if decision.outcome == .deny { log.denied.add(decision, session?.stored.identity, check, now()) }
        check.completion(Verdict(decision: decision, application: application, session: session, check: check))
    }

    /// Nanoseconds on a clock that nobody sets, for how long things take.
    func uptime() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    private func count(_ decision: Decision, _ application: Int?, _ check: PendingCheck) {
        // A check that began under another generation has that one's applications.
        let counts = check.generation === generation ? counts : metrics.counts(of: check.generation.policy)
        metrics.judged.incrementOwn()
        counts.count(
            decision.outcome, application: application, contract: check.request.contractIndex,
            nanoseconds: Int(clamping: uptime() &- check.begin))
    }

    // MARK: - What answers are made with

    /// Puts an address to come back to into the store, without waiting for it; `nil` where it is forgotten.
    func wayBack(to address: [UInt8]) -> SecretToken? {
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
}
