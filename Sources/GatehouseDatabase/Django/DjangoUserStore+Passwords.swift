package import GatehouseCore

/// Choosing a new password: by the person, by a link, or because an operator asked for it.
extension DjangoUserStore {
    /// Whether the tables are ours, and not those of a site with a user model of its own.
    package var isManaged: Bool { tables.isManaged }

    /// Whether passwords may be written here at all.
    package var writesPasswords: Bool { tables.writesBack }

    /// The account with this primary key; inactive ones too.
    package func passwordAccount(of id: UTF8Text) async throws(BackendError) -> PasswordAccount? {
        guard let key = key(id) else { return nil }
        let tables = tables
        let sql = "\(DjangoUserStore.selectAccounts(tables)) WHERE u.\(tables.quoted(tables.id)) = ?"
        return try await asking { connection throws(DatabaseError) in
            try connection.execute(sql, [key]).first.flatMap(DjangoUserStore.passwordAccount)
        }
    }

    /// The accounts that somebody means who types a name or an e-mail address, at most ten.
    ///
    /// A name is compared exactly, an address without regard to the case of ASCII letters. Costs a look at every row.
    package func passwordAccounts(meant typed: UTF8Text) async throws(BackendError) -> [PasswordAccount] {
        guard let name = UserNameRule.typed(typed), !name.text.isEmpty, !name.text.bytes.contains(0) else { return [] }
        let tables = tables
        let isAddress = name.text.bytes.contains(UInt8(ascii: "@")) && !tables.email.isEmpty
        let values = [SQLValue](repeating: .text(name.text.bytes), count: isAddress ? 2 : 1)
        var condition = "u.\(tables.quoted(tables.username)) = ?"
        if isAddress { condition += " OR lower(u.\(tables.quoted(tables.email))) = lower(?)" }
        let sql = "\(DjangoUserStore.selectAccounts(tables)) WHERE \(condition) LIMIT 10"
        let wanted = name.text.bytes.map { ASCII.lowercased($0) }
        return try await asking { connection throws(DatabaseError) in
            try connection.execute(sql, values).compactMap(DjangoUserStore.passwordAccount).filter { account in
                // The database's own idea of equal letters is not ours (CVE-2019-19844).
                account.name == name || isAddress && account.email.bytes.map { ASCII.lowercased($0) } == wanted
            }
        }
    }

    /// Sets a password if the stored hash is still `old`, keeps the old hash where somebody wants to know it later, and
    /// forgets that it had to be changed.
    ///
    /// - Returns: whether it was.
    package func changePassword(
        of id: UTF8Text, from old: String, to new: String, now: Timestamp, remembering remembered: Int
    ) async throws(BackendError) -> Bool {
        guard tables.isManaged else { return try await replacePassword(of: id, old: old, new: new) }
        guard let key = key(id) else { return false }
        return try await asking { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                try connection.execute(
                    "UPDATE auth_user SET password = ? WHERE id = ? AND password = ?", [.text(new), key, .text(old)])
                guard connection.changes == 1 else { return false }
                try DjangoUserStore.remember(old, of: key, remembered, now, connection)
                try connection.execute("DELETE FROM gatehouse_must_change_password WHERE user_id = ?", [key])
                return true
            }
        }
    }

    /// Says whether a person has to choose a new password at the next sign-in.
    ///
    /// - Throws: `DatabaseError.notFound` if there is nobody of this name.
    package func setMustChange(_ mustChange: Bool, of name: UserName) async throws(DatabaseError) {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let key = SQLValue.integer(try UserRows.id(of: name, connection))
                try connection.execute("DELETE FROM gatehouse_must_change_password WHERE user_id = ?", [key])
                guard mustChange else { return }
                _ = try connection.execute("INSERT INTO gatehouse_must_change_password (user_id) VALUES (?)", [key])
            }
        }
    }

    /// Keeps a hash that is no longer used, and no more than `remembered` of them.
    static func remember(
        _ old: String, of key: SQLValue, _ remembered: Int, _ now: Timestamp, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        if remembered > 0, !old.isEmpty, old.utf8.first != UInt8(ascii: "!") {
            try connection.execute(
                "INSERT INTO gatehouse_password_history (user_id, encoded, replaced_at) VALUES (?, ?, ?)",
                [key, .text(old), .text(DjangoTime.text(now))])
        }
        try connection.execute(
            """
            DELETE FROM gatehouse_password_history WHERE user_id = ? AND id NOT IN (
                SELECT id FROM gatehouse_password_history WHERE user_id = ? ORDER BY id DESC LIMIT ?
            )
            """, [key, key, .integer(Int64(max(remembered, 0)))])
    }

    static func selectAccounts(_ tables: DjangoTables) -> String {
        func column(_ name: String, else value: String) -> String {
            name.isEmpty ? value : "u.\(tables.quoted(name))"
        }
        let mustChange =
            tables.isManaged
            ? "EXISTS (SELECT 1 FROM gatehouse_must_change_password m WHERE m.user_id = u.id)" : "FALSE"
        let columns = [
            column(tables.id, else: "NULL"), column(tables.username, else: "NULL"),
            column(tables.firstName, else: "''"),
            column(tables.lastName, else: "''"), column(tables.email, else: "''"),
            column(tables.password, else: "''"), column(tables.lastLogin, else: "NULL"),
            column(tables.isActive, else: "TRUE"), mustChange,
        ]
        return "SELECT \(columns.joined(separator: ", ")) FROM \(tables.quoted(tables.users)) u"
    }

    /// `nil` for a row whose name is no text: nobody can sign in with it.
    private static func passwordAccount(_ row: SQLRow) -> PasswordAccount? {
        guard let id = row.text(0), let name = row.text(1).flatMap(UTF8Text.init(validating:)) else { return nil }
        return PasswordAccount(
            id: UTF8Text(wellFormed: id), name: UserName(name), firstName: UTF8Text(row.string(2)),
            lastName: UTF8Text(row.string(3)), email: UTF8Text(row.string(4)), encodedPassword: row.string(5),
            lastSignIn: UTF8Text(wellFormed: row.text(6) ?? []), isActive: row.flag(7), mustChange: row.flag(8))
    }
}
