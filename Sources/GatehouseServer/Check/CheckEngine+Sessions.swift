internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseSessions

/// Who asks: from the credential of a check to a session that is alive, or to nobody.
extension CheckEngine {
    func lookUp(_ pending: PendingCheck) {
        switch pending.request.credential {
        case .none: decide(pending, .stranger, nil)
        case .session(let token): lookUp(token, pending)
        case .sessions(let tokens):
            pending.candidates = SessionCandidates(tokens)
            lookUpNext(pending)
        }
    }

    private func lookUp(_ token: SecretToken, _ pending: PendingCheck) {
        let id: SessionID
        do { id = try vault.id(of: token) } catch { return settle(.unknown, pending) }
        let before = known[id]
        let key = before?.sessionKey ?? vault.sessionKey(id)
        reader.read(key, before?.identityKey) { [self] reading in
            guard case .values(let record, let identityRecord) = reading else { return settle(.unknown, pending) }
            guard let record else {
                known.forget(id)
                return settle(.nobody, pending)
            }
            if let before, let identityRecord, record.span.equals(before.sessionRecord),
                identityRecord.span.equals(before.identityRecord)
            {
                return settle(.session(before, id), pending)
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
            complain(of: record, under: key)
            return settle(.nobody, pending)
        }
        let identityKey: RecordKey
        do { identityKey = vault.identityKey(try vault.id(of: session.user)) } catch {
            return settle(.unknown, pending)
        }
        func finish(_ identityRecord: [UInt8]?) {
            guard let identityRecord, let stored = vault.identity(in: identityRecord, of: identityKey) else {
                known.forget(id)
                if let identityRecord { complain(of: identityRecord, under: identityKey) }
                return settle(.nobody, pending)
            }
            let entry = KnownSession(
                sessionKey: key, identityKey: identityKey, sessionRecord: record, identityRecord: identityRecord,
                session: session,
                stored: stored, identityAge: generation.identityRefresh, identityMaxAge: generation.identityMaxAge,
                following: known[id])
            known.keep(entry, for: id)
            settle(.session(entry, id), pending)
        }
        guard hint != identityKey else { return finish(hinted) }
        reader.read(identityKey, nil) { reading in
            guard case .values(let identityRecord, _) = reading else { return self.settle(.unknown, pending) }
            finish(identityRecord)
        }
    }

    /// Says that a record is none; the visitor is a stranger.
    private func complain(of record: [UInt8], under key: RecordKey) {
        if record.isEmpty { log.unfitRecord(key, now()) } else { log.unreadableRecord(now()) }
    }

    // MARK: - What was found

    private func settle(_ finding: SessionFinding, _ pending: PendingCheck) {
        guard pending.candidates == nil else { return weigh(finding, pending) }
        switch finding {
        case .nobody: decide(pending, .stranger, nil)
        case .unknown: decide(pending, .unknown, nil)
        case .session(let entry, let id): admit(entry, id, pending)
        }
    }

    /// Takes one of several findings, and goes on to the next one.
    private func weigh(_ finding: SessionFinding, _ pending: PendingCheck) {
        switch finding {
        case .nobody: break
        case .unknown:
            // The one that counts may be the one that cannot be read.
            pending.candidates = nil
            return decide(pending, .unknown, nil)
        case .session(let entry, let id):
            let moment = now()
            if entry.isAlive(at: moment) { pending.candidates?.add(entry, id) } else { compareClocks(entry, moment) }
        }
        lookUpNext(pending)
    }

    private func lookUpNext(_ pending: PendingCheck) {
        if let token = pending.candidates?.next() { return lookUp(token, pending) }
        let finding = pending.candidates?.finding ?? .nobody
        if pending.candidates?.areOfDifferentPeople == true { log.twoPeople(now()) }
        pending.candidates = nil
        settle(finding, pending)
    }

    private func admit(_ entry: KnownSession, _ id: SessionID, _ pending: PendingCheck) {
        let moment = now()
        guard entry.isAlive(at: moment) else {
            compareClocks(entry, moment)
            return decide(pending, .stranger, nil)
        }
        if entry.isTooOld(at: moment) { return hearAgain(of: entry, pending) }
        if entry.needsRefresh(at: moment) { refreshIdentity(entry.session.user) {} }
        if entry.needsRenewal(at: moment) { renew(entry, id, at: moment) }
        decide(pending, .person(entry.stored.identity), entry)
    }

    /// Waits for the backend, once, before a person passes of whom nothing was heard for too long.
    ///
    /// Whoever comes back after a while is asked about first; while nobody can be asked, the answer is "unavailable": the session
    /// goes on, and counts again as soon as the backend answers.
    private func hearAgain(of entry: KnownSession, _ pending: PendingCheck) {
        guard !pending.hasWaited else {
            log.identityTooOld(entry.stored.readAt, now())
            return decide(pending, .unknown, nil)
        }
        pending.hasWaited = true
        var isOver = false
        refreshIdentity(entry.session.user) { [self] in
            guard !isOver else { return }
            isOver = true
            lookUp(pending)
        }
    }

    /// Says so if a session is over here and may be alive elsewhere.
    private func compareClocks(_ entry: KnownSession, _ moment: Timestamp) {
        if let difference = entry.clockDifference(at: moment) { log.clocksDiffer(difference, moment) }
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
                    session: session, stored: entry.stored, identityAge: generation.identityRefresh,
                    identityMaxAge: generation.identityMaxAge, following: entry),
                for: id)
        } catch {
            log.cannotRenew(error, moment)
        }
    }
}
