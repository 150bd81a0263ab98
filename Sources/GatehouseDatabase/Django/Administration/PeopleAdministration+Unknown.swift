package import GatehouseCore

/// Names that were probably mistyped: said before anything is changed.
extension PeopleAdministration {
    /// Which of these groups and permissions do not exist.
    ///
    /// - Parameters:
    ///   - groups: names of groups.
    ///   - grants: whose permissions are looked for.
    /// - Returns: those that are missing, each once and by name.
    /// - Throws: `DatabaseError.unavailable` or `DatabaseError.failed`.
    package func unknown(groups: [GroupName], grants: [Grant]) async throws(DatabaseError) -> UnknownNames {
        try await database.run { connection throws(DatabaseError) in
            try PeopleAdministration.unknown(groups, grants.map(\.permission), connection)
        }
    }

    private static func unknown(
        _ groups: [GroupName], _ permissions: [PermissionName], _ connection: any SQLConnection
    ) throws(DatabaseError) -> UnknownNames {
        var names = UnknownNames()
        for group in Set(groups).sorted() where try groupID(group, connection) == nil { names.groups.append(group) }
        for permission in Set(permissions).sorted() where try PermissionRows.ids(permission, connection).isEmpty {
            names.permissions.append(permission)
        }
        return names
    }

    /// - Throws: `DatabaseError.unknown` with every name that is missing and is not to be made.
    static func requireKnown(
        leaving: [GroupName] = [], joining: [GroupName] = [], granted: [Grant] = [], revoked: [Grant] = [],
        _ missing: MissingNames, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        // A group to leave that is not there is a slip in any case; a permission of which there is no row is nobody's.
        let makes = if case .areMade = missing { true } else { false }
        let grants = makes ? [] : granted + revoked
        let names = try unknown(leaving + (makes ? [] : joining), grants.map(\.permission), connection)
        if !names.isEmpty { throw .unknown(names) }
    }
}
