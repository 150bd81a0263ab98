package import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseSessions

/// Identities elsewhere, for whoever runs the installation: listing, linking and unlinking them.
///
/// Nobody's provider is asked, so that it works while one is away; issuer and subject are taken octet by octet.
package struct IdentityAdministrator: Sendable {
    private let people: People
    private let sessions: SessionDoor
    private let takesPasswords: Bool

    fileprivate init(_ people: People, _ sessions: SessionDoor, takesPasswords: Bool) {
        self.people = people
        self.sessions = sessions
        self.takesPasswords = takesPasswords
    }

    /// Somebody at a provider, and whom they are here.
    package struct Listed: Equatable, Sendable {
        /// The name here: the account's, or that of somebody who has none.
        package let name: UserName
        package let hasAccount: Bool
        package let provider: UTF8Text
        package let issuer: UTF8Text
        package let subject: UTF8Text
        package let createdAt: Timestamp
        package let lastUsedAt: Timestamp?
        /// As last seen.
        package let email: UTF8Text
        package let nameThere: UTF8Text
    }

    /// The people of providers in the order in which they came, a page at a time.
    ///
    /// - Parameters:
    ///   - typed: whose identities are meant: the name of an account, or of somebody without one; `nil` for everybody's.
    ///   - page: takes each page.
    /// - Throws: `PeopleError.refused` if there is nobody of the name.
    package func list(_ typed: String?, page: ([Listed]) -> Void) async throws(PeopleError) {
        if let typed { return page(try await identities(typed)) }
        var last: Int64 = 0
        while true {
            let after = last
            let found = try await ask("") { store throws(DatabaseError) in try await store.page(after: after) }
            guard let end = found.last?.identity.id else { return }
            page(found.map { Listed($0.identity, $0.account) })
            last = end
        }
    }

    private func identities(_ typed: String) async throws(PeopleError) -> [Listed] {
        let name = try people.name(typed)
        do throws(PeopleError) {
            let id = try await people.account(typed).id
            return try await ask(typed) { store throws(DatabaseError) in try await store.identities(ofAccount: id) }
                .map { Listed($0, name) }
        } catch .refused(let refusal) {
            guard
                let holder = try await ask(typed, { store throws(DatabaseError) in try await store.holder(of: name) })
            else { throw .refused(refusal) }
            return [Listed(holder, nil)]
        } catch {
            throw error
        }
    }

    /// Links somebody at a provider to an account; sessions that they had without one end.
    ///
    /// - Parameters:
    ///   - issuer: the provider's issuer.
    ///   - subject: the person's id there.
    ///   - provider: what the provider is called, to be looked at; the next sign-in says it anew.
    ///   - typed: the account's name.
    /// - Returns: what to write down.
    /// - Throws: `PeopleError.refused` without such an account, or if the identity is linked already.
    package func link(
        issuer: String, subject: String, provider: String, to typed: String
    ) async throws(PeopleError) -> PeopleChange {
        let account = try await people.account(typed)
        let seen = SeenPerson(
            key: ExternalKey(issuer: UTF8Text(issuer), subject: UTF8Text(subject)), provider: UTF8Text(provider))
        let now = people.now()
        let user = people.reference(id: account.id)
        let linking = try await ask(typed) { store throws(DatabaseError) in
            try await store.link(seen, toAccount: account.id, now: now)
        }
        switch linking {
        case .alreadyOwn: throw .refused(.linkedAlready(typed))
        case .taken: throw .refused(.linkedElsewhere(subject))
        case .noAccount: throw .refused(.noSuchPerson(typed))
        case .linked(let linked):
            let event = self.event(.identityLinked, linked.seen, user, account.name, "linked")
            try await endSessions(of: linked, event, .changed(typed))
            return PeopleChange(event, concerned: [user])
        }
    }

    /// Takes a link away, or frees the name of somebody without an account; sessions that began there end.
    ///
    /// - Throws: `PeopleError.refused` if the name has no such identity, or no other way in.
    package func unlink(
        issuer: String, subject: String, from typed: String
    ) async throws(PeopleError) -> PeopleChange {
        let key = ExternalKey(issuer: UTF8Text(issuer), subject: UTF8Text(subject))
        let account: Account
        do throws(PeopleError) { account = try await people.account(typed) } catch .refused(let refusal) {
            return try await forget(key, typed, refusal)
        } catch { throw error }
        let user = people.reference(id: account.id)
        let unlinking = try await ask(typed) { store throws(DatabaseError) in
            try await store.unlink(
                key, fromAccount: account.id, countsPassword: takesPasswords)
        }
        switch unlinking {
        case .unknown: throw .refused(.noSuchIdentity(typed))
        case .lastWayIn: throw .refused(.lastWayIn(typed, takesPasswords: takesPasswords))
        case .unlinked(let identity):
            let event = self.event(.identityUnlinked, identity.seen, user, account.name, "unlinked")
            let count = try await endSessions(of: identity, event, .changed(typed), refreshing: account.id)
            return PeopleChange(
                event.with(.sessionsEnded, .number(count)), concerned: [user], sessionsEnded: count)
        }
    }

    private func forget(
        _ key: ExternalKey, _ typed: String, _ refusal: PeopleError.Refusal
    ) async throws(PeopleError) -> PeopleChange {
        let name = try people.name(typed)
        guard let holder = try await ask(typed, { store throws(DatabaseError) in try await store.holder(of: name) })
        else { throw .refused(refusal) }
        guard holder.key == key,
            let gone = try await ask(typed, { store throws(DatabaseError) in try await store.forget(key) })
        else { throw .refused(.noSuchIdentity(typed)) }
        let event = self.event(.identityUnlinked, gone.seen, nil, name, "freed")
        let count = try await endSessions(of: gone, event, .changed(typed))
        return PeopleChange(event.with(.sessionsEnded, .number(count)), sessionsEnded: count)
    }

    // MARK: - Helping

    private func event(
        _ name: EventName, _ seen: SeenPerson, _ user: UserReference?, _ account: UserName, _ result: String
    ) -> Event {
        Event(
            name, about: user.map { .person($0) } ?? .nobody,
            ExternalNotice.members(seen, user, account) + [
                (.reason, .text(ExternalNotice.Reason.operator.rawValue)), (.result, .text(result)),
            ])
    }

    @discardableResult
    private func endSessions(
        of identity: ExternalIdentity, _ event: Event, _ change: Unfollowed.Change, refreshing id: UTF8Text? = nil
    ) async throws(PeopleError) -> Int {
        try await sessions.follow(change, .end(isGone: false), event, of: people) { live async throws(PeopleError) in
            let ended = try await live.ask { keeper throws(SessionError) in
                try await keeper.endProviderSessions(
                    of: identity.key.issuer, subject: identity.key.subject, session: nil)
            }
            // Groups that came by the link are gone.
            if let id { try await live.refresh([id]) }
            return ended.count
        }
    }

    private func ask<Result>(
        _ name: String, _ question: (ExternalIdentityStore) async throws(DatabaseError) -> Result
    ) async throws(PeopleError) -> Result {
        do throws(DatabaseError) { return try await question(people.externalIdentities) } catch {
            throw people.failure(error, about: name)
        }
    }
}

extension IdentityAdministrator.Listed {
    fileprivate init(_ identity: ExternalIdentity, _ account: UserName?) {
        var held: UserName?
        if case .name(let name) = identity.owner { held = name }
        self.init(
            name: account ?? held ?? "", hasAccount: held == nil, provider: identity.seen.provider,
            issuer: identity.key.issuer, subject: identity.key.subject, createdAt: identity.createdAt,
            lastUsedAt: identity.lastUsedAt, email: identity.seen.email, nameThere: identity.seen.name)
    }
}

extension People {
    /// The handle for identities elsewhere.
    ///
    /// - Parameters:
    ///   - sessions: where those are that end with a link.
    ///   - takesPasswords: whether anybody signs in with a password: else one is no way in.
    /// - Returns: the handle.
    /// - Throws: `PeopleError.unfit` where the tables are a site's own.
    package func identities(
        _ sessions: SessionDoor, takesPasswords: Bool
    ) async throws(PeopleError) -> IdentityAdministrator {
        try await tables.requireOwn()
        return IdentityAdministrator(self, sessions, takesPasswords: takesPasswords)
    }
}
