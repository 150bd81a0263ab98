package import GatehouseCore

/// A person to be made.
package struct NewUser: Sendable {
    package let name: UserName
    package let encodedPassword: String
    package let email: String
    package let firstName: String
    package let lastName: String
    package let isStaff: Bool
    package let isSuperuser: Bool
    package let isActive: Bool
    package let groups: [GroupName]
    package let granted: [Grant]
    /// What becomes of groups and permissions among them that do not exist.
    package let missing: MissingNames

    package init(
        name: UserName, encodedPassword: String, email: String = "", firstName: String = "", lastName: String = "",
        isStaff: Bool = false, isSuperuser: Bool = false, isActive: Bool = true, groups: [GroupName] = [],
        permissions: [PermissionName] = [], granted: [Grant] = [], missing: MissingNames = .areMade
    ) {
        self.name = name
        self.encodedPassword = encodedPassword
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.isStaff = isStaff
        self.isSuperuser = isSuperuser
        self.isActive = isActive
        self.groups = groups
        self.granted = permissions.map(Grant.everywhere) + granted
        self.missing = missing
    }
}

/// What came into being beside a new person.
package struct MadeAlongside: Equatable, Sendable {
    package var groups: [GroupName] = []
    package var permissions: [PermissionName] = []

    package init(groups: [GroupName] = [], permissions: [PermissionName] = []) {
        self.groups = groups
        self.permissions = permissions
    }
}

extension DjangoUserStore {
    /// Makes a person with groups and permissions, all or nothing; of what they name and does not exist becomes what
    /// `NewUser.missing` says.
    ///
    /// - Parameters:
    ///   - user: who; the name as `UserNameRule.normalized` gives it.
    ///   - now: noted as `date_joined`.
    /// - Returns: the groups and permissions that were made.
    /// - Throws: `DatabaseError.duplicate` if the name exists, also in other letter case; `DatabaseError.invalidName` for
    ///   a name or address that does not fit Django's columns; `DatabaseError.unknown`.
    package func add(_ user: NewUser, now: Timestamp) async throws(DatabaseError) -> MadeAlongside {
        try DjangoUserStore.refuseMisfits(user)
        return try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                try DjangoUserStore.refuseClash(user.name, connection)
                try PeopleAdministration.requireKnown(
                    joining: user.groups, granted: user.granted, user.missing, connection)
                let id = try DjangoUserStore.insert(user, now: DjangoTime.text(now), connection)
                return try DjangoUserStore.connect(id, to: user, connection)
            }
        }
    }

    /// Makes the row of a person.
    ///
    /// - Returns: its primary key.
    static func insert(
        _ user: NewUser, now: String, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Int64 {
        let rows = try connection.execute(
            """
            INSERT INTO auth_user (password, last_login, is_superuser, username, last_name, email, is_staff,
                is_active, date_joined, first_name) VALUES (?, NULL, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """,
            [
                .text(user.encodedPassword), .flag(user.isSuperuser), .text(user.name.text.bytes),
                .text(user.lastName), .text(normalizedEmail(user.email)), .flag(user.isStaff), .flag(user.isActive),
                .text(now), .text(user.firstName),
            ])
        guard let id = rows.first?.integer(0) else { throw .failed(reason: "the new user's row has no id") }
        return id
    }

    static func refuseMisfits(_ user: NewUser) throws(DatabaseError) {
        guard try UserNameRule.normalized(user.name.description) == user.name else {
            throw .invalidName(reason: "not stripped and in NFKC")
        }
        for (text, limit, column) in [
            (user.email, 254, "e-mail"), (user.firstName, 150, "first name"), (user.lastName, 150, "last name"),
        ] {
            guard text.unicodeScalars.count <= limit, !text.utf8.contains(0) else {
                throw .invalidName(reason: "the \(column) has more than \(limit) characters or holds a NUL")
            }
        }
    }

    /// Django's `normalize_email`: only what follows the last `@` is put into lower case.
    static func normalizedEmail(_ email: String) -> String {
        guard let at = email.unicodeScalars.lastIndex(of: "@") else { return email }
        return UserNameRule.stripped(email[..<at] + email[at...].lowercased())
    }

    /// One rule for every database: names that are equal after case folding clash.
    ///
    /// Somebody who has the name already and is to keep it is `own`. Those who come from a provider without having an account
    /// have names, too.
    static func refuseClash(
        _ name: UserName, but own: Int64? = nil, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        try refuseAccounts(name, but: own, connection)
        if let holder = try ExternalRows.holder(of: name, connection) {
            throw .invalidName(
                reason: "is the name of somebody who signs in at \(holder.seen.provider); link them to an account, or "
                    + "free the name with `gatehouse user identities unlink`")
        }
    }

    /// Whether a name is nobody's, but for somebody without an account whose row is `own`.
    static func isFree(
        _ name: UserName, but own: Int64? = nil, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Bool {
        do throws(DatabaseError) { try refuseAccounts(name, connection) } catch .duplicate { return false } catch {
            throw error
        }
        let holder = try ExternalRows.holder(of: name, connection)
        return holder == nil || holder?.id == own
    }

    /// - Throws: `DatabaseError.duplicate` if an account has the name, in whatever letter case.
    static func refuseAccounts(
        _ name: UserName, but own: Int64? = nil, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        let folded = UserNameRule.folded(name)
        // None has one, and PostgreSQL takes none.
        guard !folded.contains(0) else { return }
        for row in try connection.execute(candidates(connection.dialect), [.text(folded)])
        where own == nil || row.integer(1) != own {
            let other = UserName(UTF8Text(wellFormed: row.text(0) ?? []))
            if UserNameRule.folded(other) == folded { throw .duplicate }
        }
    }

    /// The accounts that may have a name: those that have it in ASCII, and those with other characters, which the database folds in
    /// its own way or not at all.
    private static func candidates(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            """
            SELECT username, id FROM auth_user
            WHERE lower(username) = ? OR length(CAST(username AS BLOB)) > length(username)
            """
        case .postgreSQL:
            """
            SELECT username, id FROM auth_user
            WHERE lower(username COLLATE "C") = ? OR octet_length(username) > char_length(username)
            """
        }
    }

    private static func connect(
        _ id: Int64, to user: NewUser, _ connection: any SQLConnection
    ) throws(DatabaseError) -> MadeAlongside {
        var made = MadeAlongside()
        for group in Set(user.groups).sorted() {
            let (row, isNew) = try PeopleAdministration.makeGroup(group, connection)
            if isNew { made.groups.append(group) }
            try connection.execute(
                "INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?)", [.integer(id), .integer(row)])
        }
        for grant in Set(user.granted).sorted(by: { $0.description < $1.description })
        where try PeopleAdministration.grant(grant, to: .user(id), connection) {
            made.permissions.append(grant.permission)
        }
        return made
    }
}
