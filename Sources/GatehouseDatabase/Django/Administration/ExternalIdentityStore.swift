package import GatehouseCore

/// People of providers and whom they are here: `gatehouse_external_identities`.
///
/// Each change is one transaction, and of our transactions one runs at a time: whoever looks whether a name is free and takes it
/// cannot be overtaken.
package struct ExternalIdentityStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    // MARK: - Looking

    /// Who somebody is; `nil` if they never came.
    package func identity(of key: ExternalKey) async throws(DatabaseError) -> ExternalIdentity? {
        try await database.run { connection throws(DatabaseError) in try ExternalRows.find(key, connection) }
    }

    /// The identities that an account is linked to, in the order in which they were.
    package func identities(ofAccount id: UTF8Text) async throws(DatabaseError) -> [ExternalIdentity] {
        guard let key = ASCII.decimal(id.bytes.span, limit: .max) else { return [] }
        return try await database.run { connection throws(DatabaseError) in
            try ExternalRows.all(where: "user_id = ?", [.integer(Int64(key))], connection)
        }
    }

    /// Who holds a name without having an account.
    package func holder(of name: UserName) async throws(DatabaseError) -> ExternalIdentity? {
        guard !name.text.bytes.contains(0) else { return nil }
        return try await database.run { connection throws(DatabaseError) in
            try ExternalRows.holder(of: name, connection)
        }
    }

    /// Everybody, with the names of their accounts, a page at a time.
    package func page(
        after last: Int64, limit: Int = 500
    ) async throws(DatabaseError) -> [(identity: ExternalIdentity, account: UserName?)] {
        try await database.run { connection throws(DatabaseError) in
            let page = "SELECT id FROM gatehouse_external_identities WHERE id > ? ORDER BY id LIMIT ?"
            let found = try ExternalRows.all(
                where: "id IN (\(page))", [.integer(last), .integer(Int64(limit))], connection)
            var listed: [(identity: ExternalIdentity, account: UserName?)] = []
            for identity in found {
                guard case .account(let id) = identity.owner, let key = ASCII.decimal(id.bytes.span, limit: .max) else {
                    listed.append((identity, nil))
                    continue
                }
                let name = try connection.execute(
                    "SELECT username FROM auth_user WHERE id = ?", [.integer(Int64(key))]
                ).first?.text(0)
                listed.append((identity, name.map { UserName(UTF8Text(wellFormed: $0)) }))
            }
            return listed
        }
    }

    /// Whether an account of the name is there, in whatever letter case.
    package func isAccount(_ name: UserName) async throws(DatabaseError) -> Bool {
        try await database.run { connection throws(DatabaseError) in
            do throws(DatabaseError) { try DjangoUserStore.refuseAccounts(name, connection) } catch .duplicate {
                return true
            } catch { throw error }
            return false
        }
    }

    /// The same without looking at every account: letter case counts beyond ASCII, so that it is for asking again and again.
    package func isAccountPlainly(_ name: UserName) async throws(DatabaseError) -> Bool {
        guard !name.text.bytes.contains(0) else { return false }
        return try await database.run { connection throws(DatabaseError) in
            try !connection.execute(
                "SELECT 1 FROM auth_user WHERE username = ? OR lower(username) = ? LIMIT 1",
                [.text(name.text.bytes), .text(name.text.bytes.map { ASCII.lowercased($0) })]
            ).isEmpty
        }
    }

    // MARK: - Coming

    /// What became of somebody who came.
    package enum Standing: Equatable, Sendable {
        case known(ExternalIdentity)
        /// Known from now on, with an account that was made.
        case made(ExternalIdentity)
        /// Somebody else has the name, in whatever letter case.
        case taken
    }

    /// Notes somebody of whom no account is made, with a name that nobody else has; whoever is known stays who they are.
    package func hold(
        _ name: UserName, for seen: SeenPerson, now: Timestamp
    ) async throws(DatabaseError) -> Standing {
        try await change { connection throws(DatabaseError) in
            if let known = try ExternalRows.find(seen.key, connection) { return .known(known) }
            guard try DjangoUserStore.isFree(name, connection) else { return .taken }
            _ = try ExternalRows.insert(seen, .name(name), usedAt: nil, now: now, connection)
            return try ExternalRows.find(seen.key, connection).map { .known($0) } ?? .taken
        }
    }

    /// Makes an account for somebody who has none, and links it; whoever has one by now keeps it.
    ///
    /// Whoever held the name without an account gets one of that name.
    package func make(
        _ user: NewUser, for seen: SeenPerson, now: Timestamp
    ) async throws(DatabaseError) -> Standing {
        try DjangoUserStore.refuseMisfits(user)
        return try await change { connection throws(DatabaseError) in
            let known = try ExternalRows.find(seen.key, connection)
            if let known, case .account = known.owner { return .known(known) }
            guard try DjangoUserStore.isFree(user.name, but: known?.id, connection) else { return .taken }
            let id = try DjangoUserStore.insert(user, now: DjangoTime.text(now), connection)
            let owner = ExternalIdentity.Owner.account(UTF8Text(String(id)))
            if let known {
                try ExternalRows.setOwner(of: known.id, to: owner, connection)
            } else {
                _ = try ExternalRows.insert(seen, owner, usedAt: nil, now: now, connection)
            }
            return try ExternalRows.find(seen.key, connection).map { .made($0) } ?? .taken
        }
    }

    /// Notes a sign-in, if it is one, and gives the account what the mapping says, if there is one.
    package func note(
        _ seen: SeenPerson, _ grants: ExternalGrants, isSignIn: Bool, now: Timestamp
    ) async throws(DatabaseError) -> ExternalIdentity? {
        try await change { connection throws(DatabaseError) in
            guard let known = try ExternalRows.find(seen.key, connection) else { return nil }
            if isSignIn { try ExternalRows.note(seen, usedAt: now, of: known.id, connection) }
            if let user = known.accountKey { try ExternalGiving.give(grants, to: user, by: known.id, connection) }
            return try ExternalRows.find(seen.key, connection)
        }
    }

    // MARK: - Links

    /// What became of a wish to link.
    package enum Linking: Equatable, Sendable {
        case linked(ExternalIdentity)
        case alreadyOwn(ExternalIdentity)
        /// Another account has that identity.
        case taken
        /// There is no account of this primary key.
        case noAccount
    }

    /// Links somebody to an account; a link of another account is never moved.
    package func link(
        _ seen: SeenPerson, toAccount id: UTF8Text, now: Timestamp
    ) async throws(DatabaseError) -> Linking {
        guard let user = ASCII.decimal(id.bytes.span, limit: .max) else { return .noAccount }
        return try await change { connection throws(DatabaseError) in
            guard try !connection.execute("SELECT 1 FROM auth_user WHERE id = ?", [.integer(Int64(user))]).isEmpty
            else { return .noAccount }
            return try ExternalIdentityStore.link(seen, to: Int64(user), now, connection)
        }
    }

    private static func link(
        _ seen: SeenPerson, to user: Int64, _ now: Timestamp, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Linking {
        let owner = ExternalIdentity.Owner.account(UTF8Text(String(user)))
        if let known = try ExternalRows.find(seen.key, connection) {
            if known.owner == owner { return .alreadyOwn(known) }
            if case .account = known.owner { return .taken }
            try ExternalRows.setOwner(of: known.id, to: owner, connection)
        } else {
            _ = try ExternalRows.insert(seen, owner, usedAt: nil, now: now, connection)
        }
        return try ExternalRows.find(seen.key, connection).map { .linked($0) } ?? .noAccount
    }

    /// What became of a wish to take a link away.
    package enum Unlinking: Equatable, Sendable {
        case unlinked(ExternalIdentity)
        case unknown
        case lastWayIn
    }

    /// Takes a link away, and with it what its provider's mapping gave; not the last way into the account.
    ///
    /// - Parameters:
    ///   - key: which.
    ///   - id: the account that it has to be a link of.
    ///   - countsPassword: whether a password is a way in; another identity is one in any case.
    /// - Returns: what became of it.
    /// - Throws: `DatabaseError`.
    package func unlink(
        _ key: ExternalKey, fromAccount id: UTF8Text, countsPassword: Bool
    ) async throws(DatabaseError) -> Unlinking {
        try await change { connection throws(DatabaseError) in
            guard let known = try ExternalRows.find(key, connection), known.owner == .account(id),
                let user = known.accountKey
            else { return .unknown }
            let password = try connection.execute(
                "SELECT password FROM auth_user WHERE id = ?", [.integer(user)]
            ).first?.string(0)
            let hasPassword =
                countsPassword && (password.map { !$0.isEmpty && $0.utf8.first != UInt8(ascii: "!") } ?? false)
            let others = try ExternalRows.all(
                where: "user_id = ? AND id <> ?", [.integer(user), .integer(known.id)], connection)
            guard hasPassword || !others.isEmpty else { return .lastWayIn }
            try ExternalGiving.give(.none, to: user, by: known.id, connection)
            try ExternalRows.remove(known.id, connection)
            return .unlinked(known)
        }
    }

    /// Forgets somebody without an account, whose name is free from then on.
    ///
    /// - Returns: who it was; `nil` if nobody of the kind is known.
    package func forget(_ key: ExternalKey) async throws(DatabaseError) -> ExternalIdentity? {
        try await change { connection throws(DatabaseError) in
            guard let known = try ExternalRows.find(key, connection), case .name = known.owner else { return nil }
            try ExternalRows.remove(known.id, connection)
            return known
        }
    }

    /// Links somebody to the one active account of an address, if that may do no more than others and nobody else of the issuer is
    /// linked to it; `nil` if there is none, or several.
    ///
    /// The address is compared without regard to the case of ASCII letters; what the database takes for equal besides is not.
    package func link(
        _ seen: SeenPerson, toOnlyAccountOf email: UTF8Text, now: Timestamp
    ) async throws(DatabaseError) -> Linking? {
        guard !email.isEmpty, !email.bytes.contains(0) else { return nil }
        let wanted = email.bytes.map { ASCII.lowercased($0) }
        return try await change { connection throws(DatabaseError) in
            let rows = try connection.execute(
                """
                SELECT id, email, is_staff, is_superuser FROM auth_user
                WHERE lower(email) = lower(?) AND is_active LIMIT 10
                """, [.text(email.bytes)]
            ).filter { ($0.text(1) ?? []).map { ASCII.lowercased($0) } == wanted }
            guard rows.count == 1, let row = rows.first, !row.flag(2), !row.flag(3), let user = row.integer(0) else {
                return nil
            }
            let same = try ExternalRows.all(
                where: "user_id = ? AND issuer = ?", [.integer(user), .text(seen.key.issuer.bytes)], connection)
            guard same.isEmpty else { return nil }
            return try ExternalIdentityStore.link(seen, to: user, now, connection)
        }
    }

    private func change<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        try await database.run { connection throws(DatabaseError) in try connection.transaction(body) }
    }
}

extension ExternalIdentity {
    fileprivate var accountKey: Int64? {
        guard case .account(let id) = owner else { return nil }
        return ASCII.decimal(id.bytes.span, limit: .max).map { Int64($0) }
    }
}
