internal import GatehouseCore

/// What people are members of and may do, in few statements however many there are of them.
enum PermissionQueries {
    static let select = "SELECT \(PermissionSQL.columns) \(PermissionSQL.all)"

    static func groups(
        of key: SQLValue, _ tables: DjangoTables, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [GroupName] {
        try connection.execute(
            """
            SELECT g.name FROM auth_group g JOIN \(tables.quoted(tables.userGroups)) u ON u.group_id = g.id
            WHERE u.\(tables.quoted(tables.user)) = ?
            """, [key]
        ).compactMap { $0.text(0).flatMap(UTF8Text.init(validating:)) }.map { GroupName($0) }
    }

    /// Own permissions and those of the groups.
    static func permissions(
        of key: SQLValue, _ tables: DjangoTables, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [PermissionName] {
        let user = tables.quoted(tables.user)
        return names(
            try connection.execute(
                """
                \(select) WHERE p.id IN (
                    SELECT permission_id FROM \(tables.quoted(tables.userPermissions)) WHERE \(user) = ?
                    UNION
                    SELECT gp.permission_id FROM auth_group_permissions gp
                    JOIN \(tables.quoted(tables.userGroups)) ug ON ug.group_id = gp.group_id WHERE ug.\(user) = ?
                )
                """, [key, key]))
    }

    /// Every row, which is what Django answers for a superuser.
    static func all(_ connection: any SQLConnection) throws(DatabaseError) -> [PermissionName] {
        names(try connection.execute(select))
    }

    static func names(_ rows: [SQLRow]) -> [PermissionName] { rows.compactMap { PermissionSQL.name($0) } }
}
