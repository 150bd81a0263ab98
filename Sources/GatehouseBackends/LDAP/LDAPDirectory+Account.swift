internal import GatehouseCore

/// People who signed in before, and what bars people from signing in.
extension LDAPDirectory {
    /// The entry of somebody who signed in before, if a sign-in would still find it: with what was typed then, or with the name
    /// or address that it has now.
    ///
    /// - Returns: the entry, and what a sign-in would find it by.
    func entry(
        withID id: UTF8Text, known: Identity?, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> (entry: LDAPEntry, typed: [UInt8])? {
        guard let entry = try entry(withID: id, connection) else { return nil }
        let current = [settings.attributes.name, settings.attributes.email].filter { !$0.isEmpty }.flatMap { entry[$0] }
        var tried: [[UInt8]] = []
        for typed in [known?.typed?.bytes].compactMap(\.self) + current where !tried.contains(typed) {
            guard tried.count < LDAPDirectory.maxNames else { break }
            tried.append(typed)
            let filter = LDAPText.filter(settings.filter, [("{name}", typed)])
            if let found = try self.entry(at: entry.name, matching: filter, connection) { return (found, typed) }
        }
        guard known?.typed == nil, let name = current.first else { return nil }
        // What was typed is not known of people who signed in before it was kept.
        let filter = LDAPText.filterForAnybody(settings.filter)
        return try self.entry(at: entry.name, matching: filter, connection).map { ($0, name) }
    }

    /// The one entry that a typed name means; where people may type a whole `alice@example.com`, also by what stands before the
    /// domain.
    func entry(
        typed: [UInt8], _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> (entry: LDAPEntry, typed: [UInt8])? {
        if let entry = try entry(named: typed, connection) { return (entry, typed) }
        guard let template = settings.userDN, let local = LDAPText.localPart(typed, of: template) else { return nil }
        return try entry(named: local, connection).map { ($0, local) }
    }

    /// How many names and addresses of somebody are tried.
    private static let maxNames = 8

    private func entry(
        withID id: UTF8Text, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> LDAPEntry? {
        if isIDTheName {
            return try only(
                try connection.entries(
                    below: id.string, isEntry: true, matching: "(objectClass=*)", wanted, limit: 2))
        }
        let octets = isIDBinary ? try LDAPDirectory.octets(ofHex: id) : id.bytes
        return try only(
            try connection.entries(
                below: settings.base, matching: LDAPText.condition(settings.attributes.id, octets), wanted, limit: 2))
    }

    /// The entry of that very name, if a filter matches it.
    func entry(
        at name: [UInt8], matching filter: String, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> LDAPEntry? {
        try only(
            try connection.entries(
                below: try LDAPDirectory.text(name, "the entry's name"), isEntry: true, matching: filter, wanted,
                limit: 2))
    }

    // MARK: - The account

    /// Why nobody comes in with the account of an entry; `nil` if nothing is in the way, or nobody looks.
    func bar(_ entry: LDAPEntry) throws(LDAPFailure) -> BarredAccount? {
        guard settings.readsAccountState else { return nil }
        return try AccountState(entry).bar(at: AccountTime.now(), passwordPage: settings.passwordPage)
    }

    /// Changes whenever the person's password does; `nil` if the directory never said, or cannot be asked again.
    ///
    /// What it does not say, or what nobody looks at, is no change of what was known.
    func credential(_ entry: LDAPEntry, after known: Identity? = nil) throws(LDAPFailure) -> Octets16? {
        guard settings.readsAccountState, settings.canLookAgain else { return known?.credential }
        return try AccountState(entry).credential(after: known?.credential)
    }

    /// Somebody whose own connection read the entry, as whoever searches will see them at a refresh.
    ///
    /// People may not be allowed to see when their password was changed; told later, it would be taken for a change. Who cannot
    /// be asked now is no reason to refuse anybody.
    func completed(_ identity: Identity, _ searchers: LDAPSearchers, until deadline: LDAPDeadline) -> Identity {
        guard identity.credential == nil, settings.readsAccountState, settings.canLookAgain else { return identity }
        do throws(LDAPFailure) {
            return try searchers.search(until: deadline) { connection throws(LDAPFailure) in
                guard let (entry, _) = try entry(withID: identity.user.id, known: identity, connection) else {
                    return identity
                }
                return identity.with(credential: try credential(entry))
            }
        } catch { return identity }
    }
}
