package import GatehouseCore
internal import GatehouseLogging
package import GatehouseOIDC
package import GatehouseSessions
package import Logging

/// Asks providers whether the people of sessions that began there are still there, and what they are now.
///
/// Off the way of checks, and only about sessions that are in use. Of all instances one asks about a session at a time: a provider
/// that gives a new refresh token for each one takes a second use of the old one for theft. What it gave is written down before
/// anything is done with it; a no that another instance overtook is none.
package actor ProviderRechecks {
    private let gates: [UTF8Text: any ProviderGate]
    private let people: ExternalPeople
    private let keeper: SessionKeeper
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let pause: @Sendable (Duration) async throws -> Void
    private var running: [UserReference: Task<Void, Never>] = [:]
    /// Since when the provider of a session gives no answer about it.
    private var silentSince: [SessionID: Timestamp] = [:]

    /// - Parameters:
    ///   - gates: the providers; those without `recheck` are not asked.
    ///   - people: who people of providers are.
    ///   - keeper: the sessions.
    ///   - logger: told of sessions that end, and of providers that give no answer.
    ///   - now: the wall clock.
    ///   - pause: waits; a test has other things to do.
    package init(
        gates: [any ProviderGate], people: ExternalPeople, keeper: SessionKeeper, logger: Logger,
        now: @escaping @Sendable () -> Timestamp,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.gates = Dictionary(
            gates.filter { $0.provider.session.recheck != nil }.map { ($0.provider.name.text, $0) }
        ) { first, _ in first }
        self.people = people
        self.keeper = keeper
        self.logger = logger
        self.now = now
        self.pause = pause
    }

    /// Whether any provider is to be asked again.
    package nonisolated var areWanted: Bool { !gates.isEmpty }

    /// Begins to ask about whatever is due of somebody's sessions, and does not wait for it; one at a time for each person.
    package func begin(_ user: UserReference) {
        guard areWanted, running[user] == nil else { return }
        running[user] = Task {
            await recheck(user)
            running[user] = nil
        }
    }

    /// Asks about whatever is due of somebody's sessions.
    package func recheck(_ user: UserReference) async {
        do throws(SessionError) {
            for session in try await keeper.providerSessions(of: user, now: now()) {
                guard let gate = gates[session.kept.provider], isDue(session.kept, gate.provider) else { continue }
                try await recheck(session.id, gate)
            }
        } catch {
            logger.warning("a provider could not be asked again", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - One session

    private func isDue(_ kept: ProviderRecord, _ provider: Provider) -> Bool {
        guard let interval = provider.session.recheck, kept.tokens != nil else { return false }
        return now().since(kept.checkedAt) >= interval
    }

    private func recheck(_ id: SessionID, _ gate: any ProviderGate) async throws(SessionError) {
        guard let claim = try await keeper.claimRecheck(of: id) else { return }
        do throws(SessionError) {
            // Another instance may have asked and given its claim back since the session was looked at.
            if let session = try await keeper.keptSession(id), isDue(session.kept, gate.provider) {
                try await ask(session, gate, claim)
            }
            try await keeper.release(claim)
        } catch {
            try? await keeper.release(claim)
            throw error
        }
    }

    private func ask(
        _ session: SessionKeeper.KeptSession, _ gate: any ProviderGate, _ claim: SessionKeeper.RecheckClaim
    ) async throws(SessionError) {
        guard let tokens = session.kept.tokens else { return }
        let moment = now()
        // Ends with this function, which is what holds the claim for as long as it needs it.
        async let _: Void = hold(claim)
        let answer: ProviderSignIn
        do throws(ProviderError) {
            answer = try await gate.recheck(ProviderTokens(tokens), of: session.kept.subjectThere, now: moment) { new in
                // The old ones may be taken no more: these must not be lost if the provider falls silent now.
                let kept = session.kept.checked(at: session.kept.checkedAt, tokens: tokens.followed(by: new))
                _ = try? await keeper.replace(session, by: kept, now: moment)
            }
        } catch {
            return try await refused(session, error, gate.provider)
        }
        let checked = session.kept.checked(at: moment, tokens: tokens.followed(by: answer.tokens))
        // It ended, or another instance wrote: what that one was told counts.
        guard let current = try await unchecked(session), try await keeper.replace(current, by: checked, now: moment)
        else { return }
        silentSince[session.id] = nil
        try await follow(answer, session, gate.provider, moment)
    }

    /// Renews a claim until it is cancelled.
    private nonisolated func hold(_ claim: SessionKeeper.RecheckClaim) async {
        while !Task.isCancelled {
            do { try await pause(SessionKeeper.claimLifetime / 3) } catch { return }
            guard (try? await keeper.renew(claim)) == true else { return }
        }
    }

    /// Brings the person up to date with what the provider said, or ends the sessions of somebody who is let in no more.
    private func follow(
        _ answer: ProviderSignIn, _ session: SessionKeeper.KeptSession, _ provider: Provider, _ moment: Timestamp
    ) async throws(SessionError) {
        let user = session.session.user
        guard answer.admission == .admitted, answer.person.subject == session.kept.subjectThere else {
            return try await end(session, "not-admitted")
        }
        let arrival: ExternalArrival
        do throws(BackendError) {
            arrival = try await people.arrival(of: answer, at: provider, isSignIn: false, now: moment)
        } catch {
            throw .unavailable(reason: error.description)
        }
        guard case .person(let identity) = arrival, identity.user == user else {
            return try await end(session, "account")
        }
        try await keeper.refresh(user, now: moment) { _ in identity }
    }

    /// What becomes of a session of which its provider did not say yes.
    private func refused(
        _ session: SessionKeeper.KeptSession, _ error: ProviderError, _ provider: Provider
    ) async throws(SessionError) {
        switch error {
        // A clear no. What else is refused, like a page in place of an answer, says nothing about the person.
        case .denied,
            .refused where error.isAboutThePerson:
            // Another instance may have got new tokens for these: then the no was about the old ones.
            guard try await unchecked(session) != nil else { return }
            try await end(session, "provider")
        case .refused, .outage, .misconfigured, .needsInteraction:
            logger.warning(
                "a provider could not be asked again",
                metadata: ["provider": "\(provider.name)", "error": "\(error)"])
            // Since the first time that nobody answered, and not since the last answer: nobody asks about a session that is not used.
            let moment = now()
            if silentSince.count > 10_000 { silentSince.removeAll() }
            let first = silentSince[session.id] ?? moment
            silentSince[session.id] = first
            guard moment.since(first) >= provider.session.recheckGrace else { return }
            try await end(session, "provider-away")
        }
    }

    /// A session as it is kept now, unless another instance was answered about it meanwhile.
    private func unchecked(_ session: SessionKeeper.KeptSession) async throws(SessionError) -> SessionKeeper
        .KeptSession?
    {
        guard let current = try await keeper.keptSession(session.id),
            current.kept.checkedAt == session.kept.checkedAt
        else { return nil }
        return current
    }

    /// Ends every session of the person that began at the provider.
    private func end(_ session: SessionKeeper.KeptSession, _ reason: String) async throws(SessionError) {
        let user = session.session.user
        let ended = try await keeper.endProviderSessions(
            of: session.kept.issuer, subject: session.kept.subject, session: nil)
        logger.sessionsEnded(
            of: user, reason, ended.count, "sessions ended: their provider does not vouch for the person any more")
    }
}

extension ProviderError {
    /// Whether the provider said of the person, or of what the person gave us, that it is over.
    fileprivate var isAboutThePerson: Bool {
        guard case .refused(let refusal) = self else { return false }
        return [.code, .subject, .accessToken].contains(refusal.code)
    }
}

extension ProviderRecord.Tokens {
    /// The tokens after an answer, which need not repeat those that stay.
    fileprivate func followed(by new: ProviderTokens) -> ProviderRecord.Tokens {
        ProviderRecord.Tokens(
            access: new.access.isEmpty ? access : new.access, refresh: new.refresh ?? refresh, id: new.id ?? id,
            accessExpiresAt: new.access.isEmpty ? accessExpiresAt : new.accessExpiresAt)
    }
}
