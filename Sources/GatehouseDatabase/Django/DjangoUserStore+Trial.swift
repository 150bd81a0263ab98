internal import GatehouseCore

/// Trying everything that the daemon does with the tables, before it does.
extension DjangoUserStore {
    /// What one statement may not do.
    private struct Attempt {
        /// As `GRANT` spells it: `UPDATE`.
        let right: String
        let table: String
        let sql: String
    }

    /// Reads what a sign-in reads, and writes what it writes: on no row where that tells enough, and taken back in any case.
    ///
    /// - Returns: what is wrong, a sentence each; none if everything can be done.
    /// - Throws: `DatabaseError.unavailable` if the database gives no answer.
    package func trial() async throws(DatabaseError) -> [String] {
        do throws(DatabaseError) { try await probe() } catch {
            if case .unavailable = error { throw error }
            return ["people cannot be read: \(error)"]
        }
        let attempts = attempts
        return try await database.run { connection throws(DatabaseError) in
            var problems: [String] = []
            for attempt in attempts {
                do throws(DatabaseError) { try DjangoUserStore.tryOut(attempt.sql, connection) } catch {
                    let reason = error.description
                    if case .unavailable = error, !reason.contains(DjangoUserStore.readOnly) { throw error }
                    guard reason.contains(DjangoUserStore.insufficientPrivilege) else {
                        // Whatever it is, it is the same for every table.
                        return problems + ["\(attempt.table) cannot be written: \(reason)"]
                    }
                    let role = try connection.execute("SELECT quote_ident(current_user)").first?.string(0) ?? ""
                    let grant = "GRANT \(attempt.right) ON \(attempt.table) TO \(role)"
                    if !problems.contains(where: { $0.contains(grant) }) {
                        problems.append("\(role) may not \(attempt.right) in \(attempt.table); run: \(grant)")
                    }
                }
            }
            return problems
        }
    }

    /// PostgreSQL's code for a missing right.
    private static let insufficientPrivilege = "SQLSTATE 42501"
    /// The same for a standby, or a role that only reads: no outage, since it stays so.
    private static let readOnly = "SQLSTATE 25006"

    /// Closes the database, for a program that ends and leaves nothing beside the file.
    package func close() async { await database.close() }

    /// Runs a statement and takes it back.
    private static func tryOut(_ sql: String, _ connection: any SQLConnection) throws(DatabaseError) {
        var isDone = false
        do throws(DatabaseError) {
            try connection.transaction { connection throws(DatabaseError) in
                _ = try connection.execute(sql)
                isDone = true
                // The only way out of a transaction without keeping it.
                throw .notFound
            }
        } catch {
            if !isDone { throw error }
        }
    }

    private var attempts: [Attempt] {
        var attempts: [Attempt] = []
        func add(_ right: String, _ table: String, _ sql: String) {
            attempts.append(Attempt(right: right, table: table, sql: sql))
        }
        if tables.writesBack {
            let (users, id, password) = (
                tables.quoted(tables.users), tables.quoted(tables.id), tables.quoted(tables.password)
            )
            // A row that is really written, where there is one: a full disk and a trigger show.
            add(
                "UPDATE", tables.users,
                "UPDATE \(users) SET \(password) = \(password) WHERE \(id) IN (SELECT \(id) FROM \(users) LIMIT 1)")
            if !tables.lastLogin.isEmpty {
                let column = tables.quoted(tables.lastLogin)
                add("UPDATE", tables.users, "UPDATE \(users) SET \(column) = \(column) WHERE 1 = 0")
            }
        }
        guard tables.isManaged else { return attempts }
        for (table, columns) in [
            ("gatehouse_must_change_password", "user_id"),
            ("gatehouse_password_history", "user_id, encoded, replaced_at"),
        ] {
            add("SELECT", table, "SELECT \(columns) FROM \(table) WHERE 1 = 0")
            add("INSERT", table, "INSERT INTO \(table) (\(columns)) SELECT \(columns) FROM \(table) WHERE 1 = 0")
            add("DELETE", table, "DELETE FROM \(table) WHERE 1 = 0")
        }
        return attempts
    }
}
