package import GatehouseCore

/// People, groups and permissions in Django's tables, read for sign-ins.
package struct DjangoUserStore: UserStore {
    let database: Database

    package init(_ database: Database) { self.database = database }

    package func account(named name: UserName) async throws(BackendError) -> Account? {
        try await asking { connection throws(DatabaseError) in
            let rows = try connection.execute(
                "SELECT id, username, password, is_active FROM auth_user WHERE username = ?", [.text(name.text.bytes)])
            guard let row = rows.first, let id = row.text(0), let name = row.text(1) else { return nil }
            return Account(
                id: UTF8Text(wellFormed: id), name: UserName(UTF8Text(wellFormed: name)),
                encodedPassword: row.string(2), isActive: row.flag(3))
        }
    }

    package func identity(of id: UTF8Text, backend: BackendName) async throws(BackendError) -> Identity? {
        guard let key = ASCII.decimal(id.bytes.span, limit: .max) else { return nil }
        return try await asking { connection throws(DatabaseError) in
            let rows = try connection.execute(
                """
                SELECT username, first_name, last_name, email, is_staff, is_superuser FROM auth_user
                WHERE id = ? AND is_active = 1
                """, [.integer(Int64(key))])
            guard let row = rows.first, let name = row.text(0) else { return nil }
            let isSuperuser = row.flag(5)
            return Identity(
                user: UserReference(backend: backend, id: id), name: UserName(UTF8Text(wellFormed: name)),
                displayName: DjangoUserStore.fullName(row.text(1) ?? [], row.text(2) ?? []),
                email: UTF8Text(wellFormed: row.text(3) ?? []), isStaff: row.flag(4), isSuperuser: isSuperuser,
                groups: try DjangoUserStore.groups(key, connection),
                permissions: try DjangoUserStore.permissions(key, isSuperuser: isSuperuser, connection))
        }
    }

    package func replacePassword(of id: UTF8Text, old: String, new: String) async throws(BackendError) -> Bool {
        try await asking { connection throws(DatabaseError) in
            try connection.execute(
                "UPDATE auth_user SET password = ? WHERE id = ? AND password = ?",
                [.text(new), .text(id.bytes), .text(old)])
            return connection.changes == 1
        }
    }

    package func recordSignIn(of id: UTF8Text, at moment: Timestamp) async throws(BackendError) {
        _ = try await asking { connection throws(DatabaseError) in
            try connection.execute(
                "UPDATE auth_user SET last_login = ? WHERE id = ?", [.text(DjangoTime.text(moment)), .text(id.bytes)])
        }
    }

    private func asking<Result: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(DatabaseError) -> Result
    ) async throws(BackendError) -> Result {
        do { return try await database.run(body) } catch { throw .unavailable(reason: "database: \(error)") }
    }

    /// First and last name with a blank between, stripped.
    private static func fullName(_ first: [UInt8], _ last: [UInt8]) -> UTF8Text {
        var name = (first + [0x20] + last)[...]
        while name.first == 0x20 { name.removeFirst() }
        while name.last == 0x20 { name.removeLast() }
        return UTF8Text(wellFormed: Array(name))
    }

    private static func groups(_ id: Int, _ connection: SQLiteConnection) throws(DatabaseError) -> [GroupName] {
        try connection.execute(
            "SELECT g.name FROM auth_group g JOIN auth_user_groups u ON u.group_id = g.id WHERE u.user_id = ?",
            [.integer(Int64(id))]
        ).compactMap { $0.text(0) }.map { GroupName(UTF8Text(wellFormed: $0)) }
    }

    /// Own and group permissions; for a superuser every row, as Django answers.
    private static func permissions(
        _ id: Int, isSuperuser: Bool, _ connection: SQLiteConnection
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
                """, [.integer(Int64(id)), .integer(Int64(id))])
        return rows.compactMap { row in
            guard let app = row.text(0), let codename = row.text(1) else { return nil }
            return PermissionName(UTF8Text(wellFormed: app + [UInt8(ascii: ".")] + codename))
        }
    }
}
