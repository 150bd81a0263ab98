package import GatehouseCore

/// What a migration may find or make: compared before and after, it says what was made.
package struct Inventory: Equatable, Sendable {
    /// How many steps were done; 0 before the first migration.
    package let version: Int
    /// The tables of people and Gatehouse's own, sorted.
    package let tables: [String]
    /// What each permission is called.
    package let permissions: [PermissionName: String]
}

extension Migrator {
    /// Reads what is there, also where nothing is.
    ///
    /// - Throws: `DatabaseError.unavailable` if the database gives no answer.
    package func inventory() async throws(DatabaseError) -> Inventory {
        try await database.run { connection throws(DatabaseError) in
            let tables = try connection.execute(
                connection.dialect == .sqlite
                    ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                    : """
                    SELECT table_name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))
                    """
            ).map { $0.string(0) }.filter { name in
                ["auth_", "django_", "gatehouse_"].contains { name.utf8.starts(with: $0.utf8) }
            }
            var version = 0
            if tables.contains("gatehouse_migrations") {
                let rows = try connection.execute("SELECT max(version) FROM gatehouse_migrations")
                version = Int(rows.first?.integer(0) ?? 0)
            }
            var permissions: [PermissionName: String] = [:]
            if tables.contains("auth_permission"), tables.contains("django_content_type") {
                for row in try connection.execute("SELECT \(PermissionSQL.columns), p.name \(PermissionSQL.all)") {
                    if let name = PermissionSQL.name(row) { permissions[name] = row.string(2) }
                }
            }
            return Inventory(version: version, tables: tables.sorted(), permissions: permissions)
        }
    }
}
