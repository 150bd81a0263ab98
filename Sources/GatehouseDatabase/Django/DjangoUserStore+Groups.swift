package import GatehouseCore

extension DjangoUserStore {
    /// What groups bring to their members, as far as somebody asks for it; unknown names bring nothing.
    ///
    /// Three statements for each group: people from elsewhere are mapped to few.
    package func grants(ofGroups names: [GroupName]) async throws(BackendError) -> GroupGrants {
        let (tables, needs) = (tables, needs)
        return try await asking { connection throws(DatabaseError) in
            try connection.snapshot(
                of: DjangoTables.aboutGroups + (tables.isManaged ? ["gatehouse_object_permissions"] : [])
            ) { connection throws(DatabaseError) in
                var permissions: [PermissionName] = []
                var objectGrants: [ObjectGrant] = []
                for name in Set(names) {
                    // A collation of the database's own may find other names too.
                    let rows = try connection.execute(
                        "SELECT id, name FROM auth_group WHERE name = ?", [.text(name.text.bytes)])
                    guard let id = rows.first(where: { $0.text(1) == name.text.bytes })?.integer(0) else { continue }
                    permissions += PermissionQueries.names(
                        try connection.execute(
                            """
                            \(PermissionQueries.select) JOIN auth_group_permissions gp ON gp.permission_id = p.id
                            WHERE gp.group_id = ?
                            """, [.integer(id)]))
                    if tables.isManaged, !needs.onObjects.isEmpty {
                        objectGrants += try ObjectGrantQueries.all(ofGroup: id, connection)
                    }
                }
                let wanted = Set(needs.onObjects)
                return GroupGrants(
                    permissions: permissions.filter(needs.includes),
                    objectGrants: objectGrants.filter { wanted.contains($0.permission) })
            }
        }
    }
}
