package import GatehouseCore

/// Changes and listings of people, groups and permissions, for the command line.
///
/// Every change is one transaction. Listings come in pages, so that a hundred thousand people need no memory.
package struct PeopleAdministration: Sendable {
    let database: Database

    package init(_ database: Database) { self.database = database }

    /// How many rows a page has.
    static let pageSize = 1_000

    // MARK: - Looking up

    static func groupID(_ name: GroupName, _ connection: any SQLConnection) throws(DatabaseError) -> Int64? {
        guard !name.text.bytes.contains(0) else { return nil }
        return try connection.execute("SELECT id FROM auth_group WHERE name = ?", [.text(name.text.bytes)])
            .first?.integer(0)
    }

    static func refuseMisfit(_ name: GroupName) throws(DatabaseError) {
        guard (1...150).contains(name.description.unicodeScalars.count), !name.text.bytes.contains(0) else {
            throw .invalidName(reason: "a group's name has 1 to 150 characters and no NUL")
        }
    }

    /// - Throws: `DatabaseError.invalidName` if the group cannot be made.
    static func makeGroup(
        _ name: GroupName, _ connection: any SQLConnection
    ) throws(DatabaseError) -> (id: Int64, isNew: Bool) {
        if let id = try groupID(name, connection) { return (id, false) }
        try refuseMisfit(name)
        let rows = try connection.execute(
            "INSERT INTO auth_group (name) VALUES (?) RETURNING id", [.text(name.text.bytes)])
        guard let id = rows.first?.integer(0) else { throw .failed(reason: "the new group's row has no id") }
        return (id, true)
    }
}

/// A permission on everything or on one object.
package enum Grant: Hashable, Sendable, CustomStringConvertible {
    case everywhere(PermissionName)
    case object(ObjectGrant)

    /// Takes `app.codename` or `app.codename(kind:id)`; `nil` for anything else.
    package init?(_ text: String) {
        if text.utf8.last == UInt8(ascii: ")") {
            guard let grant = ObjectGrant(UTF8Text(text)) else { return nil }
            self = .object(grant)
        } else {
            guard text.utf8.contains(UInt8(ascii: ".")) else { return nil }
            self = .everywhere(PermissionName(text))
        }
    }

    package var permission: PermissionName {
        switch self {
        case .everywhere(let name): name
        case .object(let grant): grant.permission
        }
    }

    /// The object; `nil` for everything.
    package var object: ObjectReference? {
        if case .object(let grant) = self { grant.object } else { nil }
    }

    package var description: String {
        switch self {
        case .everywhere(let name): name.description
        case .object(let grant): grant.description
        }
    }
}

/// Who is granted something.
enum Grantee {
    case user(Int64)
    case group(Int64)
}

extension PeopleAdministration {
    /// Grants a permission, whose row is made if it is missing.
    ///
    /// - Returns: whether the permission's row was made.
    static func grant(
        _ grant: Grant, to grantee: Grantee, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Bool {
        let (permission, isNew) = try PermissionRows.declare(grant.permission, connection)
        switch (grant, grantee) {
        case (.everywhere, .user(let user)):
            try connection.execute(
                """
                INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES (?, ?) ON CONFLICT DO NOTHING
                """, [.integer(user), .integer(permission)])
        case (.everywhere, .group(let group)):
            try connection.execute(
                "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [.integer(group), .integer(permission)])
        case (.object(let grant), _):
            let (column, id) = column(of: grantee)
            try connection.execute(
                """
                INSERT INTO gatehouse_object_permissions (\(column), permission_id, object_kind, object_id)
                VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    .integer(id), .integer(permission), .text(grant.object.kind.bytes), .text(grant.object.id.bytes),
                ])
        }
        return isNew
    }

    /// Takes a permission away.
    ///
    /// - Returns: whether it was there.
    static func revoke(
        _ grant: Grant, from grantee: Grantee, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Bool {
        let (app, codename) = try PermissionRows.parts(grant.permission)
        let permissions = "(\(PermissionSQL.ids))"
        let (column, id) = column(of: grantee)
        let values: [SQLValue] = [.integer(id), .text(app), .text(codename)]
        switch (grant, grantee) {
        case (.everywhere, .user):
            try connection.execute(
                "DELETE FROM auth_user_user_permissions WHERE user_id = ? AND permission_id IN \(permissions)", values)
        case (.everywhere, .group):
            try connection.execute(
                "DELETE FROM auth_group_permissions WHERE group_id = ? AND permission_id IN \(permissions)", values)
        case (.object(let grant), _):
            try connection.execute(
                """
                DELETE FROM gatehouse_object_permissions
                WHERE \(column) = ? AND permission_id IN \(permissions) AND object_kind = ? AND object_id = ?
                """, values + [.text(grant.object.kind.bytes), .text(grant.object.id.bytes)])
        }
        return connection.changes > 0
    }

    private static func column(of grantee: Grantee) -> (name: String, id: Int64) {
        switch grantee {
        case .user(let id): ("user_id", id)
        case .group(let id): ("group_id", id)
        }
    }
}
