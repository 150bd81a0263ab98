package import GatehouseCore

/// A row of `auth_user`, without the password.
package struct ListedUser: Equatable, Sendable {
    package let id: Int64
    package let name: UserName
    package let email: String
    package let firstName: String
    package let lastName: String
    package let isActive: Bool
    package let isStaff: Bool
    package let isSuperuser: Bool
    /// As RFC 3339 writes it; `nil` for somebody who never signed in.
    package let lastLogin: String?
    package let joined: String
    /// By name; only listings look them up.
    package internal(set) var groups: [GroupName] = []

    static let columns = """
        u.id, u.username, u.email, u.first_name, u.last_name, u.is_active, u.is_staff, u.is_superuser, u.last_login, \
        u.date_joined
        """

    init(_ row: SQLRow) {
        id = row.integer(0) ?? 0
        name = UserName(UTF8Text(wellFormed: Array(row.string(1).utf8)))
        email = row.string(2)
        firstName = row.string(3)
        lastName = row.string(4)
        isActive = row.flag(5)
        isStaff = row.flag(6)
        isSuperuser = row.flag(7)
        lastLogin = row.text(8).map { DjangoTime.rfc3339(String(decoding: $0, as: UTF8.self)) }
        joined = DjangoTime.rfc3339(row.string(9))
    }

    /// The primary key as sessions remember it.
    package var reference: UTF8Text { UTF8Text(String(id)) }
}

/// Everything about one person.
package struct UserDetails: Sendable {
    package let user: ListedUser
    /// Whether any password can match.
    package let hasUsablePassword: Bool
    package let groups: [GroupName]
    /// Granted to the person, not through a group.
    package let ownPermissions: [PermissionName]
    /// Own ones and those of the groups; for a superuser every one there is.
    package let permissions: [PermissionName]
    /// On single objects, own ones and those of the groups.
    package let objectGrants: [ObjectGrant]
}

/// Which people a listing is about; `nil` is everybody.
package struct UserFilter: Sendable {
    package var isActive: Bool?
    package var isStaff: Bool?
    package var isSuperuser: Bool?
    package var group: GroupName?
    /// What the name begins with.
    package var prefix: UTF8Text?

    package init() {}
}

/// What is to become of a person; `nil` leaves things as they are.
package struct UserChange: Sendable {
    package var isActive: Bool?
    package var isStaff: Bool?
    package var isSuperuser: Bool?
    package var email: String?
    package var firstName: String?
    package var lastName: String?
    package var addedGroups: [GroupName] = []
    package var removedGroups: [GroupName] = []
    package var granted: [Grant] = []
    package var revoked: [Grant] = []
    package var missing = MissingNames.areMade

    package init() {}
}

/// What a change came to.
package struct ChangedUser: Sendable {
    /// The primary key.
    package let id: UTF8Text
    package let made: MadeAlongside
    /// What was to be revoked and had not been granted.
    package let notHeld: [Grant]
}

extension PeopleAdministration {
    /// Lists people in the order in which they were made, with their groups, a page at a time.
    ///
    /// - Parameters:
    ///   - filter: who is meant.
    ///   - page: takes each page; what it throws ends the listing.
    /// - Throws: `DatabaseError.notFound` for a group that does not exist.
    package func users<Stop: Error>(_ filter: UserFilter, page: ([ListedUser]) throws(Stop) -> Void) async throws {
        var conditions = ["u.id > ?"]
        var values: [SQLValue] = []
        for (column, wanted) in [
            ("is_active", filter.isActive), ("is_staff", filter.isStaff), ("is_superuser", filter.isSuperuser),
        ] {
            if let wanted { conditions.append(wanted ? "u.\(column)" : "NOT u.\(column)") }
        }
        if let group = filter.group {
            let id = try await database.run { connection throws(DatabaseError) in
                try PeopleAdministration.groupID(group, connection)
            }
            guard let id else { throw DatabaseError.notFound }
            conditions.append(
                "EXISTS (SELECT 1 FROM auth_user_groups ug WHERE ug.user_id = u.id AND ug.group_id = ?)")
            values.append(.integer(id))
        }
        if let prefix = filter.prefix {
            // Rather than LIKE, whose wild cards would need a thought.
            conditions.append("substr(u.username, 1, ?) = ?")
            values += [.integer(Int64(prefix.string.unicodeScalars.count)), .text(prefix.bytes)]
        }
        try await pages(
            where: conditions, values,
            adding: { users, connection throws(DatabaseError) in
                let groups = try PeopleAdministration.groups(of: users, connection)
                return users.map { user in
                    var listed = user
                    listed.groups = (groups[user.id] ?? []).sorted()
                    return listed
                }
            }, page)
    }

    /// The groups of the people of a page, by the people's ids.
    private static func groups(
        of users: [ListedUser], _ connection: any SQLConnection
    ) throws(DatabaseError) -> [Int64: [GroupName]] {
        guard !users.isEmpty else { return [:] }
        let rows = try connection.execute(
            """
            SELECT ug.user_id, g.name FROM auth_user_groups ug JOIN auth_group g ON g.id = ug.group_id
            WHERE ug.user_id IN (\(idList(users)))
            """)
        return Dictionary(grouping: rows) { $0.integer(0) ?? 0 }.mapValues {
            $0.map { GroupName(UTF8Text($0.string(1))) }
        }
    }

    /// Numbers of our own making: nothing from outside stands in the statement.
    static func idList(_ users: [ListedUser]) -> String { users.map { String($0.id) }.joined(separator: ", ") }

    /// Runs a listing page by page; the first value of each statement is the id after which the page begins.
    ///
    /// - Parameters:
    ///   - conditions: of `u`, a row of `auth_user`.
    ///   - values: those that the conditions ask for.
    ///   - adding: makes the entries of a page, in one view with its rows.
    ///   - page: takes each page; what it throws ends the listing.
    /// - Throws: `DatabaseError`, and what `page` throws.
    func pages<Entry: Sendable, Stop: Error>(
        where conditions: [String], _ values: [SQLValue],
        adding: @escaping @Sendable ([ListedUser], any SQLConnection) throws(DatabaseError) -> [Entry],
        _ page: ([Entry]) throws(Stop) -> Void
    ) async throws {
        let sql = """
            SELECT \(ListedUser.columns) FROM auth_user u WHERE \(conditions.joined(separator: " AND "))
            ORDER BY u.id LIMIT \(PeopleAdministration.pageSize)
            """
        var last: Int64 = 0
        while true {
            let after = last
            let (entries, end) = try await database.run { connection throws(DatabaseError) in
                let guardian = try ObjectGrantQueries.Guardian.find(connection)
                return try connection.snapshot(of: DjangoTables().aboutPeople(guardian)) {
                    connection throws(DatabaseError) in
                    let users = try connection.execute(sql, [.integer(after)] + values).map(ListedUser.init)
                    return (try adding(users, connection), users.last?.id)
                }
            }
            if let end {
                try page(entries)
                last = end
            }
            if entries.count < PeopleAdministration.pageSize { return }
        }
    }

    /// Everything about a person; inactive people too.
    ///
    /// - Throws: `DatabaseError.notFound`.
    package func user(_ name: UserName) async throws(DatabaseError) -> UserDetails {
        try await database.run { connection throws(DatabaseError) in
            let guardian = try ObjectGrantQueries.Guardian.find(connection)
            return try connection.snapshot(of: DjangoTables().aboutPeople(guardian)) {
                connection throws(DatabaseError) in
                let id = try PeopleAdministration.userID(name, connection)
                let rows = try connection.execute(
                    "SELECT \(ListedUser.columns), u.password FROM auth_user u WHERE u.id = ?", [.integer(id)])
                guard let row = rows.first else { throw .notFound }
                let user = ListedUser(row)
                let tables = DjangoTables()
                let own = try connection.execute(
                    """
                    \(PermissionQueries.select) WHERE p.id IN (
                        SELECT permission_id FROM auth_user_user_permissions WHERE user_id = ?
                    )
                    """, [.integer(id)])
                return UserDetails(
                    user: user, hasUsablePassword: row.string(10).utf8.first != UInt8(ascii: "!"),
                    groups: try PermissionQueries.groups(of: .integer(id), tables, connection).sorted(),
                    ownPermissions: Set(PermissionQueries.names(own)).sorted(),
                    permissions: Set(
                        try user.isSuperuser
                            ? PermissionQueries.all(connection)
                            : PermissionQueries.permissions(of: .integer(id), tables, connection)
                    ).sorted(),
                    objectGrants: Set(try ObjectGrantQueries.all(of: .integer(id), tables, guardian, connection))
                        .sorted())
            }
        }
    }

    /// Changes a person; of groups and permissions that do not exist becomes what `UserChange.missing` says.
    ///
    /// - Parameters:
    ///   - name: who.
    ///   - change: what is to become of them.
    /// - Returns: the primary key, and what came of it.
    /// - Throws: `DatabaseError.notFound`, `DatabaseError.invalidName` for what does not fit Django's columns,
    ///   `DatabaseError.unknown`.
    package func change(
        _ name: UserName, _ change: UserChange
    ) async throws(DatabaseError) -> ChangedUser {
        for (text, limit, column) in [
            (change.email, 254, "e-mail"), (change.firstName, 150, "first name"), (change.lastName, 150, "last name"),
        ] {
            if let text, text.unicodeScalars.count > limit || text.utf8.contains(0) {
                throw .invalidName(reason: "the \(column) has more than \(limit) characters or holds a NUL")
            }
        }
        return try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let id = try PeopleAdministration.userID(name, connection)
                try PeopleAdministration.requireKnown(
                    leaving: change.removedGroups, joining: change.addedGroups, granted: change.granted,
                    revoked: change.revoked, change.missing, connection)
                let columns: [(String, SQLValue?)] = [
                    ("is_active", change.isActive.map(SQLValue.flag)), ("is_staff", change.isStaff.map(SQLValue.flag)),
                    ("is_superuser", change.isSuperuser.map(SQLValue.flag)),
                    ("email", change.email.map { .text(DjangoUserStore.normalizedEmail($0)) }),
                    ("first_name", change.firstName.map { .text($0) }),
                    ("last_name", change.lastName.map { .text($0) }),
                ]
                for (column, value) in columns {
                    if let value {
                        try connection.execute(
                            "UPDATE auth_user SET \(column) = ? WHERE id = ?", [value, .integer(id)])
                    }
                }
                var made = MadeAlongside()
                for group in Set(change.addedGroups).sorted() {
                    let (row, isNew) = try PeopleAdministration.makeGroup(group, connection)
                    if isNew { made.groups.append(group) }
                    try connection.execute(
                        "INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                        [.integer(id), .integer(row)])
                }
                for group in change.removedGroups {
                    guard let row = try PeopleAdministration.groupID(group, connection) else {
                        throw .unknown(UnknownNames(groups: [group]))
                    }
                    try connection.execute(
                        "DELETE FROM auth_user_groups WHERE user_id = ? AND group_id = ?",
                        [.integer(id), .integer(row)])
                }
                for grant in change.granted where try PeopleAdministration.grant(grant, to: .user(id), connection) {
                    made.permissions.append(grant.permission)
                }
                var missing: [Grant] = []
                for grant in change.revoked
                where try !PeopleAdministration.revoke(grant, from: .user(id), connection) {
                    missing.append(grant)
                }
                return ChangedUser(id: UTF8Text(String(id)), made: made, notHeld: missing)
            }
        }
    }

    /// Gives a person another name; the primary key stays, and with it everything that hangs on it.
    ///
    /// - Parameters:
    ///   - name: who.
    ///   - new: as `UserNameRule.normalized` gives it.
    /// - Returns: the primary key.
    /// - Throws: `DatabaseError.notFound`; `DatabaseError.duplicate` if somebody else has that name, also in other letter case.
    package func rename(_ name: UserName, to new: UserName) async throws(DatabaseError) -> UTF8Text {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let id = try PeopleAdministration.userID(name, connection)
                try DjangoUserStore.refuseClash(new, but: id, connection)
                try connection.execute(
                    "UPDATE auth_user SET username = ? WHERE id = ?", [.text(new.text.bytes), .integer(id)])
                return UTF8Text(String(id))
            }
        }
    }

    /// Removes a person with everything that belongs to them here.
    ///
    /// - Returns: the primary key that they had.
    /// - Throws: `DatabaseError.notFound`; `DatabaseError.failed` if other tables of a Django site refer to the person.
    package func remove(_ name: UserName) async throws(DatabaseError) -> UTF8Text {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let id = try PeopleAdministration.userID(name, connection)
                var tables = ["auth_user_groups", "auth_user_user_permissions"]
                for table in ["gatehouse_pending_factor", "django_admin_log", "guardian_userobjectpermission"]
                where try connection.hasTable(table) {
                    tables.append(table)
                }
                for table in tables {
                    try connection.execute("DELETE FROM \(table) WHERE user_id = ?", [.integer(id)])
                }
                try connection.execute("DELETE FROM auth_user WHERE id = ?", [.integer(id)])
                return UTF8Text(String(id))
            }
        }
    }
}
