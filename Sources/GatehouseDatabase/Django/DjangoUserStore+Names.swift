package import GatehouseCore

extension DjangoUserStore {
    /// The names of all groups and permissions, and of people only as far as they are asked about.
    ///
    /// - Complexity: six statements at most, and one for each name of a person.
    /// - Throws: `BackendError.unavailable` if the database gives no answer or has other tables.
    package func knownNames(asking people: Set<UserName>) async throws(BackendError) -> KnownNames {
        let tables = tables
        return try await asking { connection throws(DatabaseError) in
            let guardian = try ObjectGrantQueries.Guardian.find(connection)
            return try connection.snapshot(of: tables.aboutPeople(guardian)) { connection throws(DatabaseError) in
                var users: Set<UserName> = []
                for name in people where try Self.isThere(name, tables, connection) { users.insert(name) }
                return KnownNames(
                    groups: Set(try Self.names("SELECT name FROM auth_group", [], connection).map { GroupName($0) }),
                    permissions: Set(try PermissionQueries.all(connection)),
                    granted: Set(try Self.granted(tables, guardian, connection)), users: users,
                    similarUsers: try Self.similar(to: people.subtracting(users), tables, connection))
            }
        }
    }

    private static func isThere(
        _ name: UserName, _ tables: DjangoTables, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Bool {
        guard !name.text.bytes.contains(0) else { return false }
        let column = tables.quoted(tables.username)
        // A collation of the database's own may find other names too.
        return try names(
            "SELECT \(column) FROM \(tables.quoted(tables.users)) WHERE \(column) = ?", [.text(name.text.bytes)],
            connection
        ).contains(name.text)
    }

    /// The most names that are looked at for one that somebody may have meant.
    private static let mostSimilar: Int64 = 100_000

    private static func similar(
        to missing: Set<UserName>, _ tables: DjangoTables, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [UserName] {
        let lengths = missing.map { Int64($0.description.unicodeScalars.count) }
        guard let shortest = lengths.min(), let longest = lengths.max() else { return [] }
        let column = tables.quoted(tables.username)
        return try names(
            """
            SELECT \(column) FROM \(tables.quoted(tables.users)) WHERE length(\(column)) BETWEEN ? AND ? LIMIT ?
            """, [.integer(shortest * 2 / 3), .integer(longest * 3 / 2 + 1), .integer(mostSimilar)], connection
        ).map { UserName($0) }
    }

    /// What somebody has, in Gatehouse's tables and in django-guardian's where a site has them.
    private static func granted(
        _ tables: DjangoTables, _ guardian: ObjectGrantQueries.Guardian, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [PermissionName] {
        var sources = [tables.quoted(tables.userPermissions), "auth_group_permissions"]
        if tables.isManaged { sources.append("gatehouse_object_permissions") }
        sources += guardian.tables
        let ids = sources.map { "SELECT permission_id FROM \($0)" }.joined(separator: " UNION ")
        return PermissionQueries.names(try connection.execute("\(PermissionQueries.select) WHERE p.id IN (\(ids))"))
    }

    private static func names(
        _ sql: String, _ values: [SQLValue], _ connection: any SQLConnection
    ) throws(DatabaseError) -> [UTF8Text] {
        try connection.execute(sql, values).compactMap { $0.text(0).flatMap(UTF8Text.init(validating:)) }
    }
}
