package import GatehouseCore
private import GatehouseCrypto
internal import GatehouseDatabase
package import GatehouseOIDC
internal import GatehouseSessions

/// Coming back from a provider.
extension ExternalPeople: ExternalAccounts {
    package func arrival(
        of signIn: ProviderSignIn, at provider: Provider, now: Timestamp
    ) async throws(BackendError) -> ExternalArrival {
        try await arrival(of: signIn, at: provider, isSignIn: true, now: now)
    }

    /// Who a person of a provider is now; only a sign-in is noted as one.
    func arrival(
        of signIn: ProviderSignIn, at provider: Provider, isSignIn: Bool, now: Timestamp
    ) async throws(BackendError) -> ExternalArrival {
        let arrival = Arriving(person: signIn.person, provider: provider, isSignIn: isSignIn, now: now)
        let known = try await ask { store throws(DatabaseError) in try await store.identity(of: arrival.seen.key) }
        if case .account(let id)? = known?.owner { return try await entry(of: id, arrival) }
        // A name that was held once is theirs, whatever the provider calls them today.
        var held: UserName?
        if case .name(let name)? = known?.owner { held = name }
        switch provider.accounts.mode {
        case .none: return try await visit(held, arrival)
        case .link: return try await linkByEmail(arrival) ?? .notLinked
        case .create:
            if let linked = try await linkByEmail(arrival) { return linked }
            return try await make(held, arrival)
        }
    }

    /// One sign-in.
    private struct Arriving {
        let person: ExternalPerson
        let provider: Provider
        let isSignIn: Bool
        let now: Timestamp

        var rules: AccountRules { provider.accounts }

        var seen: SeenPerson {
            SeenPerson(
                key: person.subject.key, provider: provider.name.text, email: person.email ?? "",
                name: person.name ?? "")
        }

        /// An address that nobody vouches for is not believed: by it people are found.
        var verifiedEmail: UTF8Text { person.isEmailVerified ? person.email ?? "" : "" }

        /// What the mapping makes of somebody of whom nothing else is known here.
        func mapped(_ user: UserReference, _ name: UserName, _ grants: GroupGrants = GroupGrants()) -> Identity {
            let plain = Identity(
                user: user, name: name, displayName: person.displayName, email: verifiedEmail, groups: person.groups)
            let mapped = rules.groups.applied(to: plain, bringing: grants)
            guard !rules.mayMakeSuperusers else { return mapped }
            return Identity(
                user: user, name: name, displayName: mapped.displayName, email: mapped.email, groups: mapped.groups,
                permissions: mapped.permissions, objectGrants: mapped.objectGrants)
        }

        /// The groups here that the mapping names; others could be called like ours, and an account would have them for good.
        var localGroups: [GroupName] { rules.groups.mapped(person.groups) }
    }

    // MARK: - With an account

    private func entry(of id: UTF8Text, _ arrival: Arriving) async throws(BackendError) -> ExternalArrival {
        guard let before = try await account(id) else { return .inactive }
        let flags = arrival.mapped(before.user, before.name)
        let grants = ExternalGrants(
            groups: Set(arrival.localGroups), isStaff: flags.isStaff, isSuperuser: flags.isSuperuser)
        let noted = try await ask { store throws(DatabaseError) in
            try await store.note(arrival.seen, grants, isSignIn: arrival.isSignIn, now: arrival.now)
        }
        // Somebody took the link away meanwhile.
        guard noted?.owner == .account(id) else { return .notLinked }
        guard let identity = try await account(id) else { return .inactive }
        // It decides nothing about the sign-in.
        if arrival.isSignIn { try? await people.store.recordSignIn(of: id, at: arrival.now) }
        return .person(identity)
    }

    /// Links an account by an address, where every condition holds; `nil` if there is none that may be.
    ///
    /// The provider gives out the domain's addresses itself and vouches for this one; there is exactly one active account of the
    /// address; that may do no more than others; and nobody else of this provider is linked to it: an address that was given to
    /// the next person brings nobody into the account of the one before.
    private func linkByEmail(_ arrival: Arriving) async throws(BackendError) -> ExternalArrival? {
        guard arrival.rules.linksByEmail, let at = arrival.verifiedEmail.bytes.lastIndex(of: UInt8(ascii: "@")) else {
            return nil
        }
        let domain = UTF8Text(wellFormed: arrival.verifiedEmail.bytes[(at + 1)...].map { ASCII.lowercased($0) })
        guard arrival.rules.ownsDomains.contains(domain) else { return nil }
        let (seen, now, email) = (arrival.seen, arrival.now, arrival.verifiedEmail)
        let linking: ExternalIdentityStore.Linking? = try await ask { store throws(DatabaseError) in
            try await store.link(seen, toOnlyAccountOf: email, now: now)
        }
        guard case .linked(let linked)? = linking, case .account(let id) = linked.owner else { return nil }
        if let account = try await account(id) { tell(ExternalNotice(.linked, seen, of: account, .email)) }
        return try await entry(of: id, arrival)
    }

    private func make(_ held: UserName?, _ arrival: Arriving) async throws(BackendError) -> ExternalArrival {
        guard let name = held ?? name(arrival) else { return .nameUnusable }
        guard try await isFree(name, arrival, isFirst: held == nil) else { return try await refused(name, arrival) }
        guard let tail = try? SystemRandom.octets(30) else { throw .unavailable(reason: "no random octets") }
        let display = arrival.person.displayName.string
        let user = NewUser(
            name: name,
            // Django's mark of what is no password, with 40 characters behind it.
            encodedPassword: "!" + String(decoding: Base64URL.encode(tail), as: UTF8.self),
            email: arrival.verifiedEmail.string,
            firstName: display.unicodeScalars.count <= 150 && !display.utf8.contains(0) ? display : "")
        let (seen, now) = (arrival.seen, arrival.now)
        let standing = try await ask { store throws(DatabaseError) in try await store.make(user, for: seen, now: now) }
        switch standing {
        case .taken: return .nameTaken(name.text)
        // Two first sign-ins at once: the other one made it.
        case .known(let identity): return try await entered(identity, arrival)
        case .made(let identity):
            if case .account(let id) = identity.owner, let account = try await account(id) {
                tell(ExternalNotice(made: account, seen))
            }
            return try await entered(identity, arrival)
        }
    }

    /// Somebody has the name: another one, or this very person, whose other sign-in made the account a moment ago.
    private func refused(_ name: UserName, _ arrival: Arriving) async throws(BackendError) -> ExternalArrival {
        let known = try await ask { store throws(DatabaseError) in try await store.identity(of: arrival.seen.key) }
        guard let known, case .account = known.owner else { return .nameTaken(name.text) }
        return try await entered(known, arrival)
    }

    private func entered(
        _ identity: ExternalIdentity, _ arrival: Arriving
    ) async throws(BackendError) -> ExternalArrival {
        guard case .account(let id) = identity.owner else { return .notLinked }
        return try await entry(of: id, arrival)
    }

    // MARK: - Without one

    private func visit(_ held: UserName?, _ arrival: Arriving) async throws(BackendError) -> ExternalArrival {
        guard let wanted = held ?? name(arrival) else { return .nameUnusable }
        guard try await isFree(wanted, arrival, isFirst: held == nil) else { return try await refused(wanted, arrival) }
        let (seen, now) = (arrival.seen, arrival.now)
        let standing = try await ask { store throws(DatabaseError) in
            try await store.hold(wanted, for: seen, now: now)
        }
        guard case .known(let identity) = standing else { return .nameTaken(wanted.text) }
        // Two first sign-ins at once, of which one was by another name, or linked.
        guard case .name(let name) = identity.owner else { return try await entered(identity, arrival) }
        _ = try await ask { store throws(DatabaseError) in
            try await store.note(seen, .none, isSignIn: arrival.isSignIn, now: now)
        }
        let local = arrival.localGroups
        let grants = local.isEmpty ? GroupGrants() : try await people.grants(ofGroups: local)
        let user = try ExternalPeople.reference(seen.key, at: arrival.provider.name.text)
        return .person(arrival.mapped(user, name, grants))
    }

    // MARK: - Names

    /// Accounts are compared where they get their names; those of other backends come without being asked for.
    package func isHeldElsewhere(_ identity: Identity) async throws(BackendError) -> Bool {
        guard identity.user.backend != People.backendName else { return false }
        let name = identity.name
        guard let holder = try await ask({ store throws(DatabaseError) in try await store.holder(of: name) }) else {
            return false
        }
        return try ExternalPeople.reference(holder.key, at: identity.user.backend.text) != identity.user
    }

    /// The name of a first sign-in, by Django's rules; `nil` if there is none, or none that can be one.
    private func name(_ arrival: Arriving) -> UserName? {
        arrival.person.name.flatMap { try? UserNameRule.normalized($0.string) }
    }

    /// Whether nobody else has a name, as far as that can be found out.
    ///
    /// Accounts and people of other providers are looked for again where the name is taken, in one transaction with that. At a
    /// first sign-in a backend that gives no answer keeps it from succeeding; later on it does not lock people out.
    private func isFree(_ name: UserName, _ arrival: Arriving, isFirst: Bool) async throws(BackendError) -> Bool {
        if try await ask({ store throws(DatabaseError) in try await store.isAccount(name) }) { return false }
        do throws(BackendError) {
            if try await backends.knows(name.text, besides: People.backendName) { return false }
        } catch {
            if isFirst { throw error }
        }
        // Whoever signed in by a backend that says nothing without a password may be signed in still.
        let own = try ExternalPeople.reference(arrival.seen.key, at: arrival.provider.name.text)
        for backend in backends.names where backend != People.backendName {
            let found = try await askSessions { keeper throws(SessionError) in
                try await keeper.people(named: name.text, of: backend)
            }
            if found.contains(where: { $0.user != own }) { return false }
        }
        return true
    }
}
