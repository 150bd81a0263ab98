package import GatehouseCore

/// The rows behind Django's permission questions.
extension PeopleAdministration: PermissionRecords {
    package func permissions(
        of id: UTF8Text, on object: ObjectReference?
    ) async throws(BackendError) -> HeldPermissions {
        guard let key = ASCII.decimal(id.bytes.span, limit: .max) else { return .none }
        return try await asking { connection throws(DatabaseError) in
            let user = SQLValue.integer(Int64(key))
            let (own, ofGroups): (String, String)
            var values = [user]
            if let object {
                let grants = "gatehouse_object_permissions WHERE object_kind = ? AND object_id = ?"
                own = "SELECT permission_id FROM \(grants) AND user_id = ?"
                ofGroups = """
                    SELECT permission_id FROM \(grants)
                    AND group_id IN (SELECT group_id FROM auth_user_groups WHERE user_id = ?)
                    """
                values = [.text(object.kind.bytes), .text(object.id.bytes), user]
            } else {
                own = "SELECT permission_id FROM auth_user_user_permissions WHERE user_id = ?"
                ofGroups = """
                    SELECT gp.permission_id FROM auth_group_permissions gp
                    JOIN auth_user_groups ug ON ug.group_id = gp.group_id WHERE ug.user_id = ?
                    """
            }
            return HeldPermissions(
                own: Set(
                    PermissionQueries.names(
                        try connection.execute("\(PermissionQueries.select) WHERE p.id IN (\(own))", values))),
                ofGroups: Set(
                    PermissionQueries.names(
                        try connection.execute("\(PermissionQueries.select) WHERE p.id IN (\(ofGroups))", values))))
        }
    }

    package func everyPermission() async throws(BackendError) -> Set<PermissionName> {
        try await asking { connection throws(DatabaseError) in Set(try PermissionQueries.all(connection)) }
    }

    package func people(matching search: PermissionSearch) async throws(BackendError) -> Set<UserName> {
        let grant = search.object.map { Grant.object(ObjectGrant(search.permission, on: $0)) }
        var names: Set<UserName> = []
        do {
            try await whoCan(
                grant ?? .everywhere(search.permission), includesSuperusers: search.includesSuperusers,
                isActive: search.isActive
            ) { names.formUnion($0.map(\.user.name)) }
        } catch {
            throw .unavailable(reason: "database: \(error)")
        }
        return names
    }

    private func asking<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) async throws(BackendError) -> Result {
        do { return try await database.run(body) } catch { throw .unavailable(reason: "database: \(error)") }
    }
}
