package import GatehouseCore

/// A group and how much hangs on it.
package struct ListedGroup: Equatable, Sendable {
    package let name: GroupName
    package let members: Int
    package let permissions: Int
}

/// Everything about one group.
package struct GroupDetails: Sendable {
    package let group: ListedGroup
    package let permissions: [PermissionName]
    package let objectGrants: [ObjectGrant]
}

/// A permission that can be granted.
package struct ListedPermission: Equatable, Sendable {
    /// With `\xE9` for each octet outside ASCII, where `isUsable` is false.
    package let name: PermissionName
    /// What Django's admin shows.
    package let label: String
    /// Whether it can be granted and counts for those who have it: SQLite also keeps names that are no UTF-8.
    package let isUsable: Bool

    package init(name: PermissionName, label: String, isUsable: Bool = true) {
        self.name = name
        self.label = label
        self.isUsable = isUsable
    }
}

/// What a group's change came to.
package struct ChangedGroup: Sendable {
    /// The primary keys of the members.
    package let members: [UTF8Text]
    package let made: MadeAlongside
    /// What was to be revoked and had not been granted.
    package let notHeld: [Grant]
}

extension PeopleAdministration {
    /// All groups by name.
    package func groups() async throws(DatabaseError) -> [ListedGroup] {
        try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                """
                SELECT g.name, (SELECT count(*) FROM auth_user_groups u WHERE u.group_id = g.id),
                    (SELECT count(*) FROM auth_group_permissions p WHERE p.group_id = g.id)
                FROM auth_group g
                """
            ).map { row in
                ListedGroup(
                    name: GroupName(UTF8Text(row.string(0))), members: Int(row.integer(1) ?? 0),
                    permissions: Int(row.integer(2) ?? 0))
            }.sorted { $0.name < $1.name }
        }
    }

    /// - Throws: `DatabaseError.notFound`.
    package func group(_ name: GroupName) async throws(DatabaseError) -> GroupDetails {
        try await database.run { connection throws(DatabaseError) in
            guard let id = try PeopleAdministration.groupID(name, connection) else { throw .notFound }
            let permissions = PermissionQueries.names(
                try connection.execute(
                    """
                    \(PermissionQueries.select) WHERE p.id IN (
                        SELECT permission_id FROM auth_group_permissions WHERE group_id = ?
                    )
                    """, [.integer(id)]))
            let members = try connection.execute(
                "SELECT count(*) FROM auth_user_groups WHERE group_id = ?", [.integer(id)]
            ).first?.integer(0)
            return GroupDetails(
                group: ListedGroup(name: name, members: Int(members ?? 0), permissions: permissions.count),
                permissions: Set(permissions).sorted(),
                objectGrants: Set(try ObjectGrantQueries.all(ofGroup: id, connection)).sorted())
        }
    }

    /// Makes a group.
    ///
    /// - Throws: `DatabaseError.duplicate`, `DatabaseError.invalidName`.
    package func addGroup(_ name: GroupName) async throws(DatabaseError) {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                guard try PeopleAdministration.makeGroup(name, connection).isNew else { throw .duplicate }
            }
        }
    }

    /// Removes a group.
    ///
    /// - Returns: the primary keys of those who were members.
    /// - Throws: `DatabaseError.notFound`.
    package func removeGroup(_ name: GroupName) async throws(DatabaseError) -> [UTF8Text] {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                guard let id = try PeopleAdministration.groupID(name, connection) else { throw .notFound }
                let members = try PeopleAdministration.members(id, connection)
                var tables = ["auth_user_groups", "auth_group_permissions"]
                if try connection.hasTable("guardian_groupobjectpermission") {
                    tables.append("guardian_groupobjectpermission")
                }
                for table in tables {
                    try connection.execute("DELETE FROM \(table) WHERE group_id = ?", [.integer(id)])
                }
                try connection.execute("DELETE FROM auth_group WHERE id = ?", [.integer(id)])
                return members
            }
        }
    }

    /// Grants a group permissions and takes others away.
    ///
    /// - Parameters:
    ///   - name: the group.
    ///   - granted: what it gets.
    ///   - revoked: what it loses.
    ///   - missing: what becomes of permissions among them that do not exist.
    /// - Returns: whom it concerns, and what came of it.
    /// - Throws: `DatabaseError.notFound`, `DatabaseError.invalidName`, `DatabaseError.unknown`.
    package func changeGroup(
        _ name: GroupName, granted: [Grant], revoked: [Grant], missing: MissingNames = .areMade
    ) async throws(DatabaseError) -> ChangedGroup {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                guard let id = try PeopleAdministration.groupID(name, connection) else { throw .notFound }
                try PeopleAdministration.requireKnown(granted: granted, revoked: revoked, missing, connection)
                var made = MadeAlongside()
                for grant in granted where try PeopleAdministration.grant(grant, to: .group(id), connection) {
                    made.permissions.append(grant.permission)
                }
                var notHeld: [Grant] = []
                for grant in revoked where try !PeopleAdministration.revoke(grant, from: .group(id), connection) {
                    notHeld.append(grant)
                }
                return ChangedGroup(
                    members: try PeopleAdministration.members(id, connection), made: made, notHeld: notHeld)
            }
        }
    }

    static func members(_ group: Int64, _ connection: any SQLConnection) throws(DatabaseError) -> [UTF8Text] {
        try connection.execute("SELECT user_id FROM auth_user_groups WHERE group_id = ?", [.integer(group)])
            .compactMap { $0.integer(0) }.map { UTF8Text(String($0)) }
    }

    // MARK: - Permissions

    /// Every permission there is, by name, also those that count for nobody.
    package func permissions() async throws(DatabaseError) -> [ListedPermission] {
        try await database.run { connection throws(DatabaseError) in
            try connection.execute("SELECT \(PermissionSQL.columns), p.name \(PermissionSQL.all)").map { row in
                if let name = PermissionSQL.name(row) { return ListedPermission(name: name, label: row.string(2)) }
                let name = PermissionName(PermissionSQL.escapedName(row))
                return ListedPermission(name: name, label: row.string(2), isUsable: false)
            }.sorted { $0.name < $1.name }
        }
    }

    /// Makes a permission's row, or gives it another label.
    ///
    /// - Returns: whether it was made now.
    /// - Throws: `DatabaseError.invalidName`.
    package func declare(_ name: PermissionName, label: String?) async throws(DatabaseError) -> Bool {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                try PermissionRows.declare(name, label: label, connection).isNew
            }
        }
    }
}
