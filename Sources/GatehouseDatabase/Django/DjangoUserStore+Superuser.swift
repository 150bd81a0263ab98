package import GatehouseCore

extension DjangoUserStore {
    /// Whether somebody may do everything: an active superuser.
    package func hasSuperuser() async throws(BackendError) -> Bool {
        let users = tables.quoted(tables.users)
        let isSuperuser = tables.column(tables.isSuperuser, else: "FALSE")
        let isActive = tables.column(tables.isActive, else: "TRUE")
        return try await asking { connection throws(DatabaseError) in
            try !connection.execute("SELECT 1 FROM \(users) WHERE \(isSuperuser) AND \(isActive) LIMIT 1").isEmpty
        }
    }
}
