package import GatehouseCore

/// Makes the tables, forward only and each step once.
package struct Migrator: Sendable {
    let database: Database
    private let tables: DjangoTables

    package init(_ database: Database, tables: DjangoTables = DjangoTables()) {
        self.database = database
        self.tables = tables
    }

    /// The steps in order; a step is never changed once it was released.
    private enum Step: CaseIterable {
        case djangoTables
        case objectsAndHistory
        case mustChangePassword
        case noForeignKeys
        case pendingFactor
        case externalIdentities

        func run(_ connection: any SQLConnection, _ now: String) throws(DatabaseError) {
            switch self {
            case .djangoTables: try Migrator.makeDjangoTables(connection, now)
            case .objectsAndHistory:
                for statement in OwnSchema.objectsAndHistory(connection.dialect) { try connection.execute(statement) }
            case .mustChangePassword: try connection.execute(OwnSchema.mustChangePassword)
            case .noForeignKeys:
                guard connection.dialect == .postgreSQL else { return }
                for statement in OwnTriggers.dropForeignKeys { try connection.execute(statement) }
            case .pendingFactor:
                for statement in OwnSchema.pendingFactor(connection.dialect) { try connection.execute(statement) }
            case .externalIdentities:
                for statement in OwnSchema.externalIdentities(connection.dialect) { try connection.execute(statement) }
            }
        }
    }

    /// Brings the tables up to date; safe to run again, and from several places at once.
    ///
    /// - Parameters:
    ///   - permissions: rows to make if they are missing: those that the configuration's rules name.
    ///   - now: the moment to note.
    /// - Returns: how many rows of ours were removed that belonged to nobody any more.
    /// - Throws: `DatabaseError.failed` for the database of an older Django, or of a site with a user model of its own;
    ///   `DatabaseError.forbidden` with the grant that is missing.
    @discardableResult
    package func migrate(declaring permissions: [PermissionName], now: Timestamp) async throws(DatabaseError) -> Int {
        guard tables.isManaged else {
            throw .failed(reason: "the tables belong to a site that makes them itself (database.managed = false)")
        }
        let moment = DjangoTime.text(now)
        return try await database.run { connection throws(DatabaseError) in
            try OwnRights.requireWhatIsMissing(isComplete: try Migrator.isComplete(connection), connection)
            return try OwnRights.explaining(connection) { connection throws(DatabaseError) in
                try Migrator.migrate(declaring: permissions, moment, connection)
            }
        }
    }

    private static func migrate(
        declaring permissions: [PermissionName], _ moment: String, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Int {
        try connection.transaction { connection throws(DatabaseError) in
            // Where it is there, nobody need be allowed to make tables.
            if try !connection.hasTable("gatehouse_migrations") {
                try connection.execute(
                    """
                    CREATE TABLE IF NOT EXISTS gatehouse_migrations (
                        version integer NOT NULL PRIMARY KEY, applied_at text NOT NULL
                    )
                    """)
            }
            let done =
                try connection.execute("SELECT max(version) FROM gatehouse_migrations").first?.integer(0) ?? 0
            for (index, step) in Step.allCases.enumerated() where index >= done {
                try step.run(connection, moment)
                try connection.execute(
                    "INSERT INTO gatehouse_migrations (version, applied_at) VALUES (?, ?)",
                    [.integer(Int64(index + 1)), .text(moment)])
            }
            if try !OwnTriggers.areThere(connection) {
                for statement in OwnTriggers.make { try connection.execute(statement) }
            }
            let removed = try OwnTriggers.sweep(connection)
            for permission in permissions { _ = try PermissionRows.declare(permission, connection) }
            return removed
        }
    }

    /// Whether every step was done here; of a foreign site's tables, whether they can be read.
    ///
    /// - Throws: `DatabaseError.unavailable` if the database gives no answer.
    package func isUpToDate() async throws(DatabaseError) -> Bool {
        guard tables.isManaged else { return try await canRead() }
        return try await database.run { connection throws(DatabaseError) in try Migrator.isComplete(connection) }
    }

    private static func isComplete(_ connection: any SQLConnection) throws(DatabaseError) -> Bool {
        guard try connection.hasTable("gatehouse_migrations") else { return false }
        let done = try connection.execute("SELECT max(version) FROM gatehouse_migrations").first?.integer(0) ?? 0
        guard done >= Step.allCases.count else { return false }
        return try OwnTriggers.areThere(connection)
    }

    private func canRead() async throws(DatabaseError) -> Bool {
        do {
            try await DjangoUserStore(database, tables: tables).probe()
            return true
        } catch .failed {
            return false
        } catch .forbidden {
            return false
        }
    }

    private static func makeDjangoTables(_ connection: any SQLConnection, _ now: String) throws(DatabaseError) {
        // The tables of a Django site are Django's to change, and it makes its permission rows itself.
        if try belongsToDjango(connection) { return }
        let statements =
            connection.dialect == .sqlite ? DjangoSchema.statements : DjangoSchema.postgreSQLStatements
        for statement in statements { try connection.execute(statement) }
        for (app, name) in DjangoSchema.appliedMigrations {
            try connection.execute(
                """
                INSERT INTO django_migrations (app, name, applied) SELECT ?, ?, ?
                WHERE NOT EXISTS (SELECT 1 FROM django_migrations WHERE app = ? AND name = ?)
                """, [.text(app), .text(name), .text(now), .text(app), .text(name)])
        }
        for (app, model, name) in DjangoSchema.models {
            for action in ["add", "change", "delete", "view"] {
                _ = try PermissionRows.make(
                    app: Array(app.utf8), model: Array(model.utf8), codename: Array("\(action)_\(model)".utf8),
                    name: "Can \(action) \(name)", connection)
            }
        }
    }

    /// Whether a Django site made the tables already, all of them.
    private static func belongsToDjango(_ connection: any SQLConnection) throws(DatabaseError) -> Bool {
        guard try connection.hasTable("django_migrations") else { return false }
        let rows = try connection.execute(
            "SELECT app || '.' || name FROM django_migrations WHERE app IN ('auth', 'contenttypes')")
        let applied = Set(rows.compactMap { $0.text(0) })
        if applied.isEmpty { return false }
        let missing = DjangoSchema.appliedMigrations.filter { !applied.contains(Array("\($0.app).\($0.name)".utf8)) }
        if let first = missing.first {
            throw .failed(
                reason: "the Django site of this database has not applied \(first.app).\(first.name): "
                    + "run its own `manage.py migrate` with Django 3.1 or later first")
        }
        guard try connection.hasTable("auth_user") else {
            throw .failed(reason: "the Django site of this database has a user model of its own, not auth_user")
        }
        return true
    }
}
