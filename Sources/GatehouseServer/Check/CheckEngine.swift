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
    let settings: CheckSettings
    let metrics: CheckMetrics
    private let reader: Reader
    private let vault: SessionVault
    private let now: () -> Timestamp
    private let refreshIdentity: (UserReference) -> Void
    private var known: KnownSessions
    private let ready = ReadyAnswers()
    var log: CheckLog

    /// - Parameters:
    ///   - settings: what does not change while the daemon runs.
    ///   - reader: this loop's own link to the store.
    ///   - metrics: this loop's own counts.
    ///   - logger: for complaints; nothing is logged about a check that passes.
    ///   - knownSessions: how many decoded sessions are kept; about 1 KiB each.
    ///   - now: the wall clock.
    ///   - refreshIdentity: called, at most once a second per session, when a backend should be asked again.
    /// - Throws: `CryptoError` if OpenSSL cannot make the contexts: the daemon does not start.
    package init(
        settings: CheckSettings, reader: Reader, metrics: CheckMetrics, logger: Logger, knownSessions: Int = 32_768,
        now: @escaping () -> Timestamp, refreshIdentity: @escaping (UserReference) -> Void
    ) throws(CryptoError) {
        self.settings = settings
        self.reader = reader
        self.metrics = metrics
        self.now = now
        self.refreshIdentity = refreshIdentity
        vault = try settings.secrets.makeVault()
        known = KnownSessions(capacity: knownSessions)
        log = CheckLog(logger: logger)
    }

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
                endpoint, head: head, bytes: bytes, cookieName: settings.cookieName, proxies: settings.proxies,
                peer: peer)
        } catch {
            metrics.refused.increment()
            log.refused(error, now())
            return completion(ready.plain(CheckReply(status: error.status), form))
        }
        let pending = PendingCheck(
            request: request, form: form, isHead: head.withText(at: head.method, in: bytes) { $0.equals("HEAD") },
            completion: completion)
        let match = settings.policy.match(request.original)
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
        guard let application, settings.headers.indices.contains(application),
            request.unusualNames.contains(where: { settings.headers[application].hasAlias($0) })
        else { return nil }
        return Decision(.deny, Trace(.headerAlias, application: settings.policy.applications[application].name))
    }

    // MARK: - Who asks

    private func lookUp(_ pending: PendingCheck) {
        guard case .token(let token) = pending.request.cookie else { return decide(pending, .stranger, nil) }
        let id: SessionID
        do { id = try vault.id(of: token) } catch { return decide(pending, .unknown, nil) }
        let before = known[id]
        let key = before?.sessionKey ?? vault.sessionKey(id)
        reader.read(key, before?.identityKey) { [self] reading in
            guard case .values(let record, let identityRecord) = reading else { return decide(pending, .unknown, nil) }
            guard let record else {
                known.forget(id)
                return decide(pending, .stranger, nil)
            }
            if let before, let identityRecord, record.span.equals(before.sessionRecord),
                identityRecord.span.equals(before.identityRecord)
            {
                return admit(before, id, pending)
            }
            open(record, key, id, hint: before?.identityKey, hinted: identityRecord, pending)
        }
    }

    /// Opens a session record and, unless it came along, reads the identity it belongs to.
    private func open(
        _ record: [UInt8], _ key: RecordKey, _ id: SessionID, hint: RecordKey?, hinted: [UInt8]?,
        _ pending: PendingCheck
    ) {
        guard let session = vault.session(in: record, of: key) else {
            known.forget(id)
            log.unreadableRecord(now())
            return decide(pending, .stranger, nil)
        }
        let identityKey: RecordKey
        do { identityKey = vault.identityKey(try vault.id(of: session.user)) } catch {
            return decide(pending, .unknown, nil)
        }
        func finish(_ identityRecord: [UInt8]?) {
            guard let identityRecord, let stored = vault.identity(in: identityRecord, of: identityKey) else {
                known.forget(id)
                return decide(pending, .stranger, nil)
            }
            let entry = KnownSession(
                sessionKey: key, identityKey: identityKey, sessionRecord: record, identityRecord: identityRecord,
                session: session,
                stored: stored, identityAge: settings.identityRefresh, following: known[id])
            known.keep(entry, for: id)
            admit(entry, id, pending)
        }
        guard hint != identityKey else { return finish(hinted) }
        reader.read(identityKey, nil) { reading in
            guard case .values(let identityRecord, _) = reading else { return self.decide(pending, .unknown, nil) }
            finish(identityRecord)
        }
    }

    private func admit(_ entry: KnownSession, _ id: SessionID, _ pending: PendingCheck) {
        let moment = now()
        guard entry.isAlive(at: moment) else { return decide(pending, .stranger, nil) }
        if entry.needsRefresh(at: moment) { refreshIdentity(entry.session.user) }
        if entry.needsRenewal(at: moment) { renew(entry, id, at: moment) }
        decide(pending, .person(entry.stored.identity), entry)
    }

    /// Writes the time of last use back, unless the session ended meanwhile.
    private func renew(_ entry: KnownSession, _ id: SessionID, at moment: Timestamp) {
        var session = entry.session
        session.lastSeen = moment
        do {
            let sealed = try vault.seal(session, for: entry.sessionKey)
            reader.refresh(sealed, for: entry.sessionKey, expiresIn: session.expiresAt.since(moment))
            known.keep(
                KnownSession(
                    sessionKey: entry.sessionKey, identityKey: entry.identityKey, sessionRecord: sealed,
                    identityRecord: entry.identityRecord,
                    session: session, stored: entry.stored, identityAge: settings.identityRefresh, following: entry),
                for: id)
        } catch {
            log.cannotRenew(error, moment)
        }
    }

    // MARK: - The answer

    private func decide(_ pending: PendingCheck, _ visitor: Visitor, _ session: KnownSession?) {
        guard let match = pending.match else { return pending.completion(ready.plain(.unavailable, pending.form)) }
        let decision = settings.policy.decide(
            match, visitor: visitor, signedInAt: session?.session.signedInAt,
            now: session == nil ? Timestamp(milliseconds: 0) : now())
        pending.completion(answer(decision, application: match.application, session: session, pending))
    }

    private func answer(
        _ decision: Decision, application: Int?, session: KnownSession?, _ pending: PendingCheck
    ) -> CheckAnswer {
        let reply = CheckReply(decision, to: pending.request, portal: settings.login)
        count(decision)
        guard decision.outcome == .allow, let application, settings.headers.indices.contains(application) else {
            if decision.outcome == .deny { log.denied(decision, session?.stored.identity) }
            return ready.plain(reply, pending.form, body: body(of: reply, isHead: pending.isHead))
        }
        if pending.form.isUsual, let bytes = session?.answer(for: application) { return CheckAnswer(ready: bytes) }
        let lines = settings.headers[application].lines(
            for: session?.stored.identity, disclosure: settings.policy.applications[application].disclosure)
        guard CheckReply.fits(identityLines: lines, limit: settings.maxAnswerHead) else {
            log.answerTooLarge(settings.policy.applications[application].name, lines.count, now())
            return ready.plain(CheckReply(status: 500), pending.form)
        }
        let answer = CheckAnswer(reply.head(identityLines: lines, body: []), pending.form)
        if pending.form.isUsual { session?.keep(answer.bytes, for: application) }
        return answer
    }

    private func body(of reply: CheckReply, isHead: Bool) -> [UInt8] {
        guard !isHead else { return [] }
        switch reply.page {
        case .none: return []
        case .deniedHTML: return settings.deniedHTML
        case .deniedJSON: return settings.deniedJSON
        }
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

/// A check whose visitor is being looked up: one object for all that waits with it.
private final class PendingCheck {
    let request: CheckRequest
    let form: CheckAnswer.Form
    let isHead: Bool
    let completion: (CheckAnswer) -> Void
    /// The rule that decides.
    var match: Policy.RuleMatch?

    init(
        request: CheckRequest, form: CheckAnswer.Form, isHead: Bool, completion: @escaping (CheckAnswer) -> Void
    ) {
        self.request = request
        self.form = form
        self.isHead = isHead
        self.completion = completion
    }
}
