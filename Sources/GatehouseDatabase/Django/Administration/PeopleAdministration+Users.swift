package import GatehouseCore

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
                let id = try UserRows.id(of: name, connection)
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
                        .sorted(),
                    identities: try ExternalRows.all(where: "user_id = ?", [.integer(id)], connection))
            }
        }
    }
}
