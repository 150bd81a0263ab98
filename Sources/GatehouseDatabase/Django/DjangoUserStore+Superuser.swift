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

    /// Whether `rememberSuperuser` was called for this database: what is done once, like a migration, is noted beside those.
    package func remembersSuperuser() async throws(BackendError) -> Bool {
        try await asking { connection throws(DatabaseError) in
            try !connection.execute("SELECT 1 FROM gatehouse_migrations WHERE version = 0").isEmpty
        }
    }

    /// Notes for good that there was somebody who may do everything.
    package func rememberSuperuser(at moment: Timestamp) async throws(BackendError) {
        _ = try await asking { connection throws(DatabaseError) in
            try connection.execute(
                "INSERT INTO gatehouse_migrations (version, applied_at) VALUES (0, ?) ON CONFLICT (version) DO NOTHING",
                [.text(DjangoTime.text(moment))])
        }
    }
}
