internal import GatehouseCore

/// How statements find permissions: the row of one is `p`, and `c` is its content type, which knows the app.
enum PermissionSQL {
    /// What `name` reads.
    static let columns = "c.app_label, p.codename"
    private static let type = "JOIN django_content_type c ON c.id = p.content_type_id"
    /// Every permission.
    static let all = "FROM auth_permission p \(type)"
    /// The ids of the permission of an app and a codename, which are the values of the statement.
    static let ids = "SELECT p.id \(all) WHERE c.app_label = ? AND p.codename = ?"

    /// The permissions that the rows of another table name.
    static func join(_ table: String) -> String { "JOIN auth_permission p ON p.id = \(table).permission_id \(type)" }

    /// The name whose two parts stand in a row from a column on; `nil` for what is no UTF-8.
    static func name(_ row: SQLRow, from column: Int = 0) -> PermissionName? {
        guard let app = row.text(column), let codename = row.text(column + 1) else { return nil }
        return UTF8Text(validating: app + [UInt8(ascii: ".")] + codename).map { PermissionName($0) }
    }

    /// The same for somebody to read, where it is no UTF-8: `\xE9` for each octet outside ASCII.
    static func escapedName(_ row: SQLRow) -> String {
        ((row.text(0) ?? []) + [UInt8(ascii: ".")] + (row.text(1) ?? [])).map { octet in
            guard octet >= 0x80 else { return String(Unicode.Scalar(octet)) }
            return "\\x" + String(octet, radix: 16, uppercase: true)
        }.joined()
    }
}
