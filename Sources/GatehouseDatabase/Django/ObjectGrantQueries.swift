internal import GatehouseCore

/// Permissions on single objects: Gatehouse's own table, and the two of django-guardian where a site has them.
enum ObjectGrantQueries {
    /// What a person and their groups were granted of some permissions.
    ///
    /// - Complexity: one statement for each table; none where no rule asks for objects.
    static func grants(
        of key: SQLValue, _ permissions: [PermissionName], _ tables: DjangoTables, _ guardian: Guardian,
        _ connection: any SQLConnection
    ) throws(DatabaseError) -> [ObjectGrant] {
        guard !permissions.isEmpty else { return [] }
        let wanted = Set(permissions)
        return try all(of: key, tables, guardian, connection).filter { wanted.contains($0.permission) }
    }

    /// Which of django-guardian's tables a site has.
    struct Guardian {
        var hasUsers = false
        var hasGroups = false

        static let none = Guardian()
        static let users = "guardian_userobjectpermission"
        static let groups = "guardian_groupobjectpermission"

        /// To be asked for before a snapshot, so that it can name the tables.
        static func find(_ connection: any SQLConnection) throws(DatabaseError) -> Guardian {
            Guardian(hasUsers: try connection.hasTable(users), hasGroups: try connection.hasTable(groups))
        }

        var tables: [String] { (hasUsers ? [Guardian.users] : []) + (hasGroups ? [Guardian.groups] : []) }
    }

    /// Everything that a person and their groups were granted on single objects.
    static func all(
        of key: SQLValue, _ tables: DjangoTables, _ guardian: Guardian, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [ObjectGrant] {
        var rows: [SQLRow] = []
        if tables.isManaged { rows += try connection.execute(own(tables), [key, key]) }
        if guardian.hasUsers {
            rows += try connection.execute("\(guardianSelect(Guardian.users)) WHERE o.user_id = ?", [key])
        }
        if guardian.hasGroups { rows += try connection.execute(guardianGroup(tables), [key]) }
        return grants(rows)
    }

    /// What a group was granted on single objects in Gatehouse's own table.
    static func all(ofGroup id: Int64, _ connection: any SQLConnection) throws(DatabaseError) -> [ObjectGrant] {
        grants(
            try connection.execute(
                """
                \(ownSelect) WHERE o.group_id = ?
                """, [.integer(id)]))
    }

    private static func grants(_ rows: [SQLRow]) -> [ObjectGrant] {
        rows.compactMap { row in
            guard let name = PermissionSQL.name(row), let kind = row.text(2).flatMap(UTF8Text.init(validating:)),
                let id = row.text(3).flatMap(UTF8Text.init(validating:))
            else { return nil }
            return ObjectGrant(name, on: ObjectReference(kind: kind, id: id))
        }
    }

    /// Gatehouse's own table.
    private static let ownSelect = """
        SELECT \(PermissionSQL.columns), o.object_kind, o.object_id FROM gatehouse_object_permissions o
        \(PermissionSQL.join("o"))
        """

    private static func own(_ tables: DjangoTables) -> String {
        let user = tables.quoted(tables.user)
        return """
            \(ownSelect) WHERE o.user_id = ? OR o.group_id IN (
                SELECT group_id FROM \(tables.quoted(tables.userGroups)) WHERE \(user) = ?
            )
            """
    }

    /// One of django-guardian's tables; the kind of an object is the name of its model.
    private static func guardianSelect(_ table: String) -> String {
        """
        SELECT \(PermissionSQL.columns), t.model, o.object_pk FROM \(table) o \(PermissionSQL.join("o"))
        JOIN django_content_type t ON t.id = o.content_type_id AND t.id = p.content_type_id
        """
    }

    private static func guardianGroup(_ tables: DjangoTables) -> String {
        """
        \(guardianSelect(Guardian.groups)) WHERE o.group_id IN (
            SELECT group_id FROM \(tables.quoted(tables.userGroups)) WHERE \(tables.quoted(tables.user)) = ?
        )
        """
    }
}
