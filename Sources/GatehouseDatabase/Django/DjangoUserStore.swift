package import GatehouseCore

/// People, groups and permissions in Django's tables, read for sign-ins.
package struct DjangoUserStore: UserStore {
    let database: Database

    package init(_ database: Database) { self.database = database }

    package func account(named name: UserName) async throws(BackendError) -> Account? {
        // PostgreSQL cannot even be asked about such a name.
        guard !name.text.bytes.contains(0) else { return nil }
        return try await asking { connection throws(DatabaseError) in
            let rows = try connection.execute(
                "SELECT id, username, password, is_active FROM auth_user WHERE username = ?", [.text(name.text.bytes)])
            guard let row = rows.first, let id = row.text(0), row.text(1) == name.text.bytes else { return nil }
            return Account(
                id: UTF8Text(wellFormed: id), name: name, encodedPassword: row.string(2), isActive: row.flag(3))
        }
    }

    package func identity(of id: UTF8Text, backend: BackendName) async throws(BackendError) -> Identity? {
        guard let key = DjangoUserStore.key(id) else { return nil }
        return try await asking { connection throws(DatabaseError) in
            try connection.snapshot { connection throws(DatabaseError) in
                let rows = try connection.execute(
                    """
                    SELECT username, first_name, last_name, email, is_staff, is_superuser FROM auth_user
                    WHERE id = ? AND is_active
                    """, [key])
                // Nobody can sign in under a name that is no text.
                guard let row = rows.first, let name = row.text(0).flatMap(UTF8Text.init(validating:)) else {
                    return nil
                }
                let isSuperuser = row.flag(5)
                return Identity(
                    user: UserReference(backend: backend, id: id), name: UserName(name),
                    displayName: UTF8Text(UserNameRule.stripped("\(row.string(1)) \(row.string(2))")),
                    email: UTF8Text(row.string(3)), isStaff: row.flag(4), isSuperuser: isSuperuser,
                    groups: try DjangoUserStore.groups(key, connection),
                    permissions: try DjangoUserStore.permissions(key, isSuperuser: isSuperuser, connection))
            }
        }
    }

    package func replacePassword(of id: UTF8Text, old: String, new: String) async throws(BackendError) -> Bool {
        guard let key = DjangoUserStore.key(id) else { return false }
        return try await asking { connection throws(DatabaseError) in
            try connection.execute(
                "UPDATE auth_user SET password = ? WHERE id = ? AND password = ?", [.text(new), key, .text(old)])
            return connection.changes == 1
        }
    }

    package func recordSignIn(of id: UTF8Text, at moment: Timestamp) async throws(BackendError) {
        guard let key = DjangoUserStore.key(id) else { return }
        _ = try await asking { connection throws(DatabaseError) in
            try connection.execute(
                "UPDATE auth_user SET last_login = ? WHERE id = ?", [.text(DjangoTime.text(moment)), key])
        }
    }

    /// The primary key that an id spells in the one way that we write it.
    private static func key(_ id: UTF8Text) -> SQLValue? {
        guard let key = ASCII.decimal(id.bytes.span, limit: .max), id.bytes.count == 1 || id.bytes.first != 0x30 else {
            return nil
        }
        return .integer(Int64(key))
    }

    private func asking<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) async throws(BackendError) -> Result {
        do { return try await database.run(body) } catch { throw .unavailable(reason: "database: \(error)") }
    }

    private static func groups(_ key: SQLValue, _ connection: any SQLConnection) throws(DatabaseError) -> [GroupName] {
        try connection.execute(
            "SELECT g.name FROM auth_group g JOIN auth_user_groups u ON u.group_id = g.id WHERE u.user_id = ?", [key]
        ).compactMap { $0.text(0).flatMap(UTF8Text.init(validating:)) }.map { GroupName($0) }
    }

    /// Own and group permissions; for a superuser every row, as Django answers.
    private static func permissions(
        _ key: SQLValue, isSuperuser: Bool, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [PermissionName] {
        let select = """
            SELECT c.app_label, p.codename FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
            """
        let rows =
            isSuperuser
            ? try connection.execute(select)
            : try connection.execute(
                """
                \(select) WHERE p.id IN (SELECT permission_id FROM auth_user_user_permissions WHERE user_id = ?)
                OR p.id IN (
                    SELECT gp.permission_id FROM auth_group_permissions gp
                    JOIN auth_user_groups ug ON ug.group_id = gp.group_id WHERE ug.user_id = ?
                )
                """, [key, key])
        return rows.compactMap { row in
            guard let app = row.text(0), let codename = row.text(1) else { return nil }
            return UTF8Text(validating: app + [UInt8(ascii: ".")] + codename).map { PermissionName($0) }
        }
    }
}
