package import GatehouseCore

/// The hashes of earlier passwords, in Gatehouse's own table.
extension DjangoUserStore: PasswordHistory {
    package func previousHashes(of userID: UTF8Text, limit: Int) async throws(BackendError) -> [String] {
        guard tables.isManaged, let id = ASCII.decimal(userID.bytes.span, limit: .max) else { return [] }
        return try await asking { connection throws(DatabaseError) in
            try connection.execute(
                "SELECT encoded FROM gatehouse_password_history WHERE user_id = ? ORDER BY id DESC LIMIT ?",
                [.integer(Int64(id)), .integer(Int64(limit))]
            ).map { $0.string(0) }
        }
    }

    /// Sets a password and keeps the hash that it replaces, where somebody wants to know it later.
    ///
    /// - Parameters:
    ///   - name: who.
    ///   - encoded: the new hash.
    ///   - now: noted beside the old one.
    ///   - remembered: how many earlier hashes are kept; the others are removed.
    /// - Throws: `DatabaseError.notFound` if there is nobody of this name.
    package func setPassword(
        of name: UserName, to encoded: String, now: Timestamp, remembering remembered: Int
    ) async throws(DatabaseError) {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let key = SQLValue.integer(try UserRows.id(of: name, connection))
                let old = try connection.execute("SELECT password FROM auth_user WHERE id = ?", [key]).first?.string(0)
                try DjangoUserStore.remember(old ?? "", of: key, remembered, now, connection)
                try connection.execute("UPDATE auth_user SET password = ? WHERE id = ?", [.text(encoded), key])
            }
        }
    }
}
