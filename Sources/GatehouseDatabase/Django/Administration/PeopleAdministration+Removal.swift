package import GatehouseCore

/// Whom the removal of a permission concerns.
package struct PermissionUse: Equatable, Sendable {
    /// How many people and groups have it granted, on everything or on objects.
    package let people: Int
    package let groups: Int
}

extension PeopleAdministration {
    /// Who has a permission granted, not counting superusers and those who have it through a group.
    ///
    /// - Throws: `DatabaseError.notFound` if there is no such permission, `DatabaseError.invalidName`.
    package func use(of permission: PermissionName) async throws(DatabaseError) -> PermissionUse {
        try await database.run { connection throws(DatabaseError) in
            let guardian = try ObjectGrantQueries.Guardian.find(connection)
            return try connection.snapshot(of: DjangoTables().aboutPeople(guardian)) {
                connection throws(DatabaseError) in
                let list = try PeopleAdministration.rows(of: permission, connection)
                return PermissionUse(
                    people: try PeopleAdministration.holders(.people, list, connection).count,
                    groups: try PeopleAdministration.holders(.groups, list, connection).count)
            }
        }
    }

    /// Removes a permission, and takes it from everybody who has it.
    ///
    /// - Parameter permission: the permission; every row of its name, on whatever model.
    /// - Returns: the primary keys of the people who had it: by themselves, through a group, or as superusers.
    /// - Throws: `DatabaseError.notFound` if there is no such permission, `DatabaseError.invalidName`.
    package func removePermission(_ permission: PermissionName) async throws(DatabaseError) -> [UTF8Text] {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let list = try PeopleAdministration.rows(of: permission, connection)
                var people = try PeopleAdministration.holders(.people, list, connection)
                for group in try PeopleAdministration.holders(.groups, list, connection) {
                    for member in try PeopleAdministration.members(group, connection) {
                        if let id = Int64(member.string) { people.insert(id) }
                    }
                }
                for row in try connection.execute("SELECT id FROM auth_user WHERE is_superuser AND is_active") {
                    if let id = row.integer(0) { people.insert(id) }
                }
                for (table, _) in try Kind.people.tables(connection) + Kind.groups.tables(connection) {
                    try connection.execute("DELETE FROM \(table) WHERE permission_id IN (\(list))")
                }
                try connection.execute("DELETE FROM auth_permission WHERE id IN (\(list))")
                return people.sorted().map { UTF8Text(String($0)) }
            }
        }
    }

    /// The ids of a permission's rows.
    ///
    /// They are numbers of our own: nothing from outside stands in a statement with them.
    private static func rows(
        of permission: PermissionName, _ connection: any SQLConnection
    ) throws(DatabaseError) -> String {
        let ids = try PermissionRows.ids(permission, connection)
        guard !ids.isEmpty else { throw .notFound }
        return ids.map(String.init).joined(separator: ", ")
    }

    private enum Kind {
        case people, groups

        /// The tables of grants with the column that says whose they are; django-guardian's where a site has them.
        func tables(_ connection: any SQLConnection) throws(DatabaseError) -> [(name: String, column: String)] {
            let (column, own, guardian) =
                switch self {
                case .people: ("user_id", "auth_user_user_permissions", "guardian_userobjectpermission")
                case .groups: ("group_id", "auth_group_permissions", "guardian_groupobjectpermission")
                }
            let all = [own, "gatehouse_object_permissions"] + (try connection.hasTable(guardian) ? [guardian] : [])
            return all.map { ($0, column) }
        }
    }

    private static func holders(
        _ kind: Kind, _ permissions: String, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Set<Int64> {
        var found: Set<Int64> = []
        for (table, column) in try kind.tables(connection) {
            let rows = try connection.execute(
                "SELECT DISTINCT \(column) FROM \(table) WHERE \(column) IS NOT NULL AND permission_id IN (\(permissions))"
            )
            found.formUnion(rows.compactMap { $0.integer(0) })
        }
        return found
    }
}
