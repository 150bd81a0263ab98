package import GatehouseBackends
package import GatehouseCore
package import GatehouseCrypto
package import GatehouseDatabase

/// The database of people with everything that signs them in, for the daemon and for the command line.
///
/// By itself it gives nobody anything to do. What may be asked of people and done to them is given out by handles, one for each
/// kind of caller: `lookup`, `reader()`, `administrator(_:)`, `sessions(_:others:)`, `issuer()`, `ownAccounts`,
/// `arrivals`, `firstAdministrator` and `tables`. Whoever holds one of them cannot reach what another one gives.
package struct People: Sendable {
    let database: Database
    let administration: PeopleAdministration
    let store: DjangoUserStore
    let migrator: Migrator
    let permissions: NamedPermissions
    let now: @Sendable () -> Timestamp
    let isManaged: Bool
    /// The database for messages: the file, or the server without user and password.
    let place: String
    /// How passwords are judged and hashed here.
    package let passwords: PasswordWork
    /// Signs people in by the passwords of the database.
    package let backend: DatabaseBackend

    /// What sessions remember as the backend of people in the database.
    package static let backendName: BackendName = "database"

    /// - Parameters:
    ///   - opened: the database, and where it is.
    ///   - passwords: what new ones must be like, and who computes hashes.
    ///   - permissions: those that the configuration names.
    ///   - now: the wall clock.
    ///   - onRefusal: hears of each person whose stored hash can match nothing.
    package init(
        _ opened: PeopleDatabase, passwords: PasswordWork, permissions: NamedPermissions = NamedPermissions(),
        now: @escaping @Sendable () -> Timestamp,
        onRefusal: @escaping @Sendable (UserName, HashRefusal) -> Void = { _, _ in }
    ) {
        database = opened.database
        administration = PeopleAdministration(opened.database)
        store = DjangoUserStore(opened.database, tables: opened.tables, needs: permissions.needs)
        migrator = Migrator(opened.database, tables: opened.tables)
        isManaged = opened.tables.isManaged
        place = opened.place
        self.permissions = permissions
        self.passwords = passwords
        self.now = now
        backend = DatabaseBackend(
            name: People.backendName, users: store, hashers: passwords.hashers, pool: passwords.pool,
            names: .django, now: now, onRefusal: onRefusal)
    }

    /// What the groups of another backend grant here: they count by their names.
    package func grants(ofGroups groups: [GroupName]) async throws(BackendError) -> GroupGrants {
        try await store.grants(ofGroups: groups)
    }

    /// Closes the database for good.
    package func close() async { await store.close() }
}

/// A database that is open, and how it is called.
package struct PeopleDatabase: Sendable {
    package let database: Database
    package let tables: DjangoTables
    /// For messages: the file, or the server without user and password.
    package let place: String

    package init(_ database: Database, tables: DjangoTables = DjangoTables(), place: String) {
        self.database = database
        self.tables = tables
        self.place = place
    }
}

/// The permissions that a configuration names.
package struct NamedPermissions: Sendable {
    /// One that may be granted, and what people are shown.
    package struct Labelled: Sendable {
        let name: PermissionName
        let label: String

        package init(_ name: PermissionName, label: String) {
            self.name = name
            self.label = label
        }
    }

    /// Those that are read along at a sign-in, because somebody asks for them.
    let needs: PermissionNeeds
    /// Those that rules name.
    let declared: [PermissionName]
    let labelled: [Labelled]

    package init(
        needs: PermissionNeeds = .everything, declared: [PermissionName] = [], labelled: [Labelled] = []
    ) {
        self.needs = needs
        self.declared = declared
        self.labelled = labelled
    }
}
