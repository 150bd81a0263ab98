package import GatehouseCore

/// Somebody who has a permission, and all that it comes from.
package struct PermissionHolder: Equatable, Sendable {
    package let user: ListedUser
    /// At least one; in the order in which they are declared, groups by name.
    package let ways: [PermissionWay]
}

/// What a permission comes from.
package enum PermissionWay: Hashable, Comparable, Sendable, CustomStringConvertible {
    case superuser
    /// Granted to the person, on everything or on the one object that was asked about.
    case own(on: ObjectReference?)
    case group(GroupName, on: ObjectReference?)

    package var description: String {
        switch self {
        case .superuser: "superuser"
        case .own(let object): "granted\(PermissionWay.place(object))"
        case .group(let name, let object): "group \(name)\(PermissionWay.place(object))"
        }
    }

    private static func place(_ object: ObjectReference?) -> String { object.map { " on \($0)" } ?? "" }

    private var rank: (Int, String, String) {
        switch self {
        case .superuser: (0, "", "")
        case .own(let object): (1, "", object?.description ?? "")
        case .group(let name, let object): (2, name.description, object?.description ?? "")
        }
    }

    package static func < (left: PermissionWay, right: PermissionWay) -> Bool { left.rank < right.rank }
}

extension PeopleAdministration {
    /// Who has a permission, as Django's `with_perm` answers, and by what.
    ///
    /// - Parameters:
    ///   - grant: the permission, on everything or on one object.
    ///   - globalImpliesObject: whether a permission on everything counts on the object too.
    ///   - includesSuperusers: whether those count who have every permission.
    ///   - isActive: which people; `nil` is both.
    ///   - page: takes each page; what it throws ends the listing.
    /// - Throws: `DatabaseError.invalidName` for what is no permission.
    package func whoCan<Stop: Error>(
        _ grant: Grant, globalImpliesObject: Bool = false, includesSuperusers: Bool = true, isActive: Bool? = true,
        page: ([PermissionHolder]) throws(Stop) -> Void
    ) async throws {
        let ids = try await database.run { connection throws(DatabaseError) in
            try PermissionRows.ids(grant.permission, connection)
        }
        // Numbers of our own making: nothing from outside stands in the statement.
        let list = ids.isEmpty ? "NULL" : ids.map(String.init).joined(separator: ", ")
        let isGlobal = globalImpliesObject || grant.object == nil
        let (found, values) = PeopleAdministration.ways(to: grant.object, orEverywhere: isGlobal, of: list)
        let ways = (includesSuperusers ? ["u.is_superuser"] : []) + found
        var conditions = ["u.id > ?"]
        if let isActive { conditions.append(isActive ? "u.is_active" : "NOT u.is_active") }
        conditions.append("(\(ways.joined(separator: " OR ")))")
        let asked = (object: grant.object, isGlobal: isGlobal)
        try await pages(
            where: conditions, values,
            adding: { users, connection throws(DatabaseError) in
                try PeopleAdministration.holders(
                    users, of: list, on: asked.object, orEverywhere: asked.isGlobal,
                    countsSuperusers: includesSuperusers, connection)
            }, page)
    }

    /// Conditions on `u`, a row of `auth_user`, each of which is a way to a permission, and the values that they ask for.
    private static func ways(
        to object: ObjectReference?, orEverywhere isGlobal: Bool, of list: String
    ) -> (conditions: [String], values: [SQLValue]) {
        var ways: [String] = []
        var values: [SQLValue] = []
        if let object {
            let held = "permission_id IN (\(list)) AND object_kind = ? AND object_id = ?"
            let value: [SQLValue] = [.text(object.kind.bytes), .text(object.id.bytes)]
            ways.append(
                "EXISTS (SELECT 1 FROM gatehouse_object_permissions o WHERE o.user_id = u.id AND \(held))")
            ways.append(
                """
                EXISTS (SELECT 1 FROM auth_user_groups ug WHERE ug.user_id = u.id AND ug.group_id IN (
                    SELECT group_id FROM gatehouse_object_permissions WHERE \(held)))
                """)
            values += value + value
        }
        if isGlobal {
            // Looked up for each person, which a page is a thousand of; sets of all holders would be made for each page.
            ways.append(
                """
                EXISTS (SELECT 1 FROM auth_user_user_permissions up
                    WHERE up.user_id = u.id AND up.permission_id IN (\(list)))
                """)
            ways.append(
                """
                EXISTS (SELECT 1 FROM auth_user_groups ug WHERE ug.user_id = u.id AND ug.group_id IN (
                    SELECT group_id FROM auth_group_permissions WHERE permission_id IN (\(list))))
                """)
        }
        return (ways, values)
    }

    /// What the permission comes from for the people of a page.
    private static func holders(
        _ users: [ListedUser], of permissions: String, on object: ObjectReference?, orEverywhere isGlobal: Bool,
        countsSuperusers: Bool, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [PermissionHolder] {
        guard !users.isEmpty else { return [] }
        let ids = idList(users)
        var ways: [Int64: Set<PermissionWay>] = [:]
        func add(_ sql: String, _ values: [SQLValue], on object: ObjectReference?) throws(DatabaseError) {
            for row in try connection.execute(sql, values) {
                let way = row.text(1).map { PermissionWay.group(GroupName(UTF8Text(wellFormed: $0)), on: object) }
                ways[row.integer(0) ?? 0, default: []].insert(way ?? .own(on: object))
            }
        }
        let members = """
            SELECT ug.user_id, g.name FROM auth_user_groups ug JOIN auth_group g ON g.id = ug.group_id
            WHERE ug.user_id IN (\(ids)) AND ug.group_id IN
            """
        if let object {
            let held = "permission_id IN (\(permissions)) AND object_kind = ? AND object_id = ?"
            let values: [SQLValue] = [.text(object.kind.bytes), .text(object.id.bytes)]
            try add(
                "SELECT user_id, NULL FROM gatehouse_object_permissions WHERE user_id IN (\(ids)) AND \(held)", values,
                on: object)
            try add(
                "\(members) (SELECT group_id FROM gatehouse_object_permissions WHERE \(held))", values, on: object)
        }
        if isGlobal {
            try add(
                """
                SELECT user_id, NULL FROM auth_user_user_permissions
                WHERE user_id IN (\(ids)) AND permission_id IN (\(permissions))
                """, [], on: nil)
            try add(
                "\(members) (SELECT group_id FROM auth_group_permissions WHERE permission_id IN (\(permissions)))", [],
                on: nil)
        }
        return users.map { user in
            var all = ways[user.id] ?? []
            if countsSuperusers, user.isSuperuser { all.insert(.superuser) }
            return PermissionHolder(user: user, ways: all.sorted())
        }
    }
}
