internal import GatehouseBackends
package import GatehouseCore
internal import GatehouseDatabase
package import GatehouseOIDC
internal import GatehouseSessions

/// What somebody who has an account links and unlinks.
extension ExternalPeople {
    package func identities(of user: UserReference) async throws(BackendError) -> [LinkedIdentity] {
        guard user.backend == People.backendName else { return [] }
        return try await ask { store throws(DatabaseError) in try await store.identities(ofAccount: user.id) }
            .map(LinkedIdentity.init)
    }

    package func link(
        _ signIn: ProviderSignIn, at provider: Provider, to user: UserReference, now: Timestamp
    ) async throws(BackendError) -> LinkOutcome {
        // Where people of the provider have no accounts, nothing is linked but by an operator.
        guard user.backend == People.backendName, provider.accounts.mode != .none,
            let account = try await account(user.id)
        else { return .noAccount }
        let person = signIn.person
        let seen = SeenPerson(
            key: person.subject.key, provider: provider.name.text, email: person.email ?? "", name: person.name ?? "")
        let linking = try await ask { store throws(DatabaseError) in
            try await store.link(seen, toAccount: user.id, now: now)
        }
        switch linking {
        case .linked:
            tell(ExternalNotice(.linked, seen, of: account, .owner))
            return .linked
        case .alreadyOwn: return .alreadyOwn
        case .taken: return .taken
        case .noAccount: return .noAccount
        }
    }

    /// Sessions that began by the identity end, and what its mapping gave is gone from the others.
    package func unlink(
        _ subject: ExternalSubject, from user: UserReference
    ) async throws(BackendError) -> UnlinkOutcome {
        guard user.backend == People.backendName, let account = try await account(user.id) else { return .unknown }
        let unlinking = try await ask { store throws(DatabaseError) in
            try await store.unlink(
                subject.key, fromAccount: user.id, countsPassword: takesPasswords)
        }
        switch unlinking {
        case .unknown: return .unknown
        case .lastWayIn: return .lastWayIn
        case .unlinked(let identity):
            // The link is gone whatever becomes of the sessions; those learn of it when their identity is refreshed.
            let ended = try? await endSessions(of: identity, user)
            tell(ExternalNotice(.unlinked, identity.seen, of: account, .owner, sessionsEnded: ended))
            return .unlinked
        }
    }

    private func endSessions(
        of identity: ExternalIdentity, _ user: UserReference
    ) async throws(BackendError) -> Int {
        let (backend, now) = (people.backend, people.now())
        return try await askSessions { keeper throws(SessionError) in
            let ended = try await keeper.endProviderSessions(
                of: identity.key.issuer, subject: identity.key.subject, session: nil)
            try await keeper.refresh(user, now: now) { known async throws(BackendError) in
                try await backend.identity(of: user, known: known)
            }
            return ended.count
        }
    }
}

extension LinkedIdentity {
    init(_ identity: ExternalIdentity) {
        self.init(
            provider: identity.seen.provider,
            subject: ExternalSubject(issuer: identity.key.issuer, subject: identity.key.subject),
            createdAt: identity.createdAt, lastUsedAt: identity.lastUsedAt, email: identity.seen.email,
            name: identity.seen.name)
    }
}
