internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseSessions

/// Who asks: from the credential of a check to a session that is alive, or to nobody.
extension CheckEngine {
    func lookUp(_ check: PendingCheck) {
        switch check.request.credential {
        case .none: decide(check, .stranger, nil)
        case .session(let token): lookUp(token, check)
        case .sessions(let tokens):
            check.candidates = SessionCandidates(tokens)
            lookUpNext(check)
        }
    }

    private func lookUp(_ token: SecretToken, _ check: PendingCheck) {
        let id: SessionID
        do { id = try vault.id(of: token) } catch { return settle(.unknown, check) }
        let before = known[id]
        if let before, let held = reader.held(before.sessionKey, before.identityKey),
            held.first.span.equals(before.sessionRecord), held.second.span.equals(before.identityRecord)
        {
            return settle(.session(before, id), check)
        }
        let key = before?.sessionKey ?? vault.sessionKey(id)
        check.askedAt = uptime()
        reader.read(key, before?.identityKey) { [self] reading in
            note(reading, check)
            guard case .values(let record, let identityRecord) = reading else { return settle(.unknown, check) }
            guard let record else {
                known.forget(id)
                return settle(.nobody, check)
            }
            if let before, let identityRecord, record.span.equals(before.sessionRecord),
                identityRecord.span.equals(before.identityRecord)
            {
                return settle(.session(before, id), check)
            }
            open(record, key, id, hint: before?.identityKey, hinted: identityRecord, check)
        }
    }

    /// Opens a session record and, unless it came along, reads the identity it belongs to.
    private func open(
        _ record: [UInt8], _ key: RecordKey, _ id: SessionID, hint: RecordKey?, hinted: [UInt8]?,
        _ check: PendingCheck
    ) {
        guard let session = vault.session(in: record, of: key) else {
            known.forget(id)
            complain(of: record, under: key)
            return settle(.nobody, check)
        }
        let identityKey: RecordKey
        do { identityKey = vault.identityKey(try vault.id(of: session.user)) } catch {
            return settle(.unknown, check)
        }
        func finish(_ identityRecord: [UInt8]?) {
            guard let identityRecord, let stored = vault.identity(in: identityRecord, of: identityKey) else {
                known.forget(id)
                if let identityRecord { complain(of: identityRecord, under: identityKey) }
                return settle(.nobody, check)
            }
            let entry = KnownSession(
                sessionKey: key, identityKey: identityKey, sessionRecord: record, identityRecord: identityRecord,
                session: session,
                stored: stored, identityAge: generation.identityRefresh, identityMaxAge: generation.identityMaxAge,
                following: known[id])
            known.keep(entry, for: id)
            settle(.session(entry, id), check)
        }
        guard hint != identityKey else { return finish(hinted) }
        check.askedAt = uptime()
        reader.read(identityKey, nil) { reading in
            self.note(reading, check)
            guard case .values(let identityRecord, _) = reading else { return self.settle(.unknown, check) }
            finish(identityRecord)
        }
    }

    /// Counts a round trip to the store.
    private func note(_ reading: RecordReading, _ check: PendingCheck) {
        metrics.storeReads.recordOwn(Int(clamping: uptime() &- check.askedAt))
        var isFailure = false
        if case .unavailable = reading { isFailure = true }
        if isFailure { metrics.storeFailures.incrementOwn() }
        if let span = check.span { tracing?.read(for: span, since: check.askedAt, until: uptime(), isFailure) }
    }

    /// Says that a record is none; the visitor is a stranger.
    private func complain(of record: [UInt8], under key: RecordKey) {
        let moment = now()
        guard !record.isEmpty else { return log.unfitRecord(key, moment) }
        metrics.unreadableRecords.note(moment)
        log.unreadableRecord(moment)
    }

    // MARK: - What was found

    private func settle(_ finding: SessionFinding, _ check: PendingCheck) {
        guard check.candidates == nil else { return weigh(finding, check) }
        switch finding {
        case .nobody: decide(check, .stranger, nil)
        case .unknown: decide(check, .unknown, nil)
        case .session(let entry, let id): admit(entry, id, check)
        }
    }

    /// Takes one of several findings, and goes on to the next one.
    private func weigh(_ finding: SessionFinding, _ check: PendingCheck) {
        switch finding {
        case .nobody: break
        case .unknown:
            // The one that counts may be the one that cannot be read.
            check.candidates = nil
            return decide(check, .unknown, nil)
        case .session(let entry, let id):
            let moment = now()
            if entry.isAlive(at: moment) { check.candidates?.add(entry, id) } else { compareClocks(entry, moment) }
        }
        lookUpNext(check)
    }

    private func lookUpNext(_ check: PendingCheck) {
        if let token = check.candidates?.next() { return lookUp(token, check) }
        let finding = check.candidates?.finding ?? .nobody
        if check.candidates?.areOfDifferentPeople == true { log.twoPeople(now()) }
        check.candidates = nil
        settle(finding, check)
    }

    private func admit(_ entry: KnownSession, _ id: SessionID, _ check: PendingCheck) {
        let moment = now()
        guard entry.isAlive(at: moment) else {
            compareClocks(entry, moment)
            return decide(check, .stranger, nil)
        }
        if entry.isTooOld(at: moment) { return hearAgain(of: entry, check) }
        if entry.needsRefresh(at: moment) { refreshIdentity(entry.session.user) {} }
        if entry.needsRenewal(at: moment) { renew(entry, id, at: moment) }
        decide(check, .person(entry.stored.identity), entry)
    }

    /// Waits for the backend, once, before a person passes of whom nothing was heard for too long.
    ///
    /// Whoever comes back after a while is asked about first; while nobody can be asked, the answer is "unavailable": the session
    /// goes on, and counts again as soon as the backend answers.
    private func hearAgain(of entry: KnownSession, _ check: PendingCheck) {
        guard !check.hasWaited else {
            log.identityTooOld(entry.stored.readAt, now())
            return decide(check, .unknown, nil)
        }
        check.hasWaited = true
        var isOver = false
        refreshIdentity(entry.session.user) { [self] in
            guard !isOver else { return }
            isOver = true
            lookUp(check)
        }
    }

    /// Says so if a session is over here and may be alive elsewhere.
    private func compareClocks(_ entry: KnownSession, _ moment: Timestamp) {
        guard let difference = entry.clockDifference(at: moment) else { return }
        metrics.clockDifferences.note(moment)
        log.clocksDiffer(difference, moment)
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
