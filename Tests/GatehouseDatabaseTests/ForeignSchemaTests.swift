import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("A site with a user model of its own")
struct ForeignSchemaTests {
    private static let tables: DjangoTables = {
        var tables = DjangoTables()
        tables.users = "accounts_person"
        tables.userGroups = "accounts_person_groups"
        tables.userPermissions = "accounts_person_user_permissions"
        tables.user = "person_id"
        tables.id = "uid"
        tables.username = "login"
        tables.lastName = ""
        tables.firstName = "order"
        tables.isStaff = ""
        tables.isManaged = false
        tables.writesBack = false
        return tables
    }()

    private static let id = "6f1c2a52-7c1e-4e42-9d5b-0a2f5b8b9b11"

    /// What Django makes for such a model, with one person in it; `order` is a word of SQL.
    private func database(_ fresh: FreshDatabase) async throws -> Database {
        let kind = fresh.kind
        let database = try fresh.open()
        let (serial, uid) = kind == .sqlite ? ("integer PRIMARY KEY", "char(36)") : ("serial PRIMARY KEY", "uuid")
        let statements = [
            "CREATE TABLE django_content_type (id \(serial), app_label varchar(100), model varchar(100))",
            "CREATE TABLE auth_permission (id \(serial), content_type_id integer, codename varchar(100), name varchar(255))",
            "CREATE TABLE auth_group (id \(serial), name varchar(150))",
            "CREATE TABLE auth_group_permissions (id \(serial), group_id integer, permission_id integer)",
            """
            CREATE TABLE accounts_person (uid \(uid) PRIMARY KEY, login varchar(150) UNIQUE, password varchar(128),
            "order" varchar(150), email varchar(254), is_active boolean, is_superuser boolean,
            last_login \(kind == .sqlite ? "datetime" : "timestamp with time zone"))
            """,
            "CREATE TABLE accounts_person_groups (id \(serial), person_id \(uid), group_id integer)",
            "CREATE TABLE accounts_person_user_permissions (id \(serial), person_id \(uid), permission_id integer)",
            "INSERT INTO django_content_type VALUES (1, 'reports', 'report')",
            "INSERT INTO auth_permission VALUES (1, 1, 'view_report', 'x'), (2, 1, 'add_report', 'x'), (3, 1, 'other', 'x')",
            "INSERT INTO auth_group VALUES (1, 'editors'), (2, 'others')",
            "INSERT INTO auth_group_permissions VALUES (1, 1, 1), (2, 2, 3)",
            "INSERT INTO accounts_person VALUES ('\(Self.id)', 'alice', 'old', 'Alice', 'a@example.com', TRUE, FALSE, NULL)",
            "INSERT INTO accounts_person_groups VALUES (1, '\(Self.id)', 1)",
            "INSERT INTO accounts_person_user_permissions VALUES (1, '\(Self.id)', 2)",
        ]
        try await database.run { connection throws(DatabaseError) in
            for statement in statements { try connection.execute(statement) }
        }
        return database
    }

    @Test(
        "can be tried before the daemon does, whatever its keys are", arguments: DatabaseKind.allCases, [true, false])
    func trial(kind: DatabaseKind, writesBack: Bool) async throws {
        let fresh = try await FreshDatabase(kind)
        defer { withExtendedLifetime(fresh) {} }
        let database = try await database(fresh)
        var tables = Self.tables
        tables.writesBack = writesBack
        #expect(try await DjangoUserStore(database, tables: tables).trial() == [])
        tables.password = "secret"
        #expect(try await DjangoUserStore(database, tables: tables).trial().count == 1)
    }

    @Test("is read as it is", arguments: DatabaseKind.allCases)
    func read(kind: DatabaseKind) async throws {
        let fresh = try await FreshDatabase(kind)
        let store = DjangoUserStore(try await database(fresh), tables: Self.tables)
        let account = try #require(try await store.account(named: "alice"))
        #expect(account.id == UTF8Text(Self.id))
        #expect(account.encodedPassword == "old" && account.isActive)
        let identity = try #require(try await store.identity(of: account.id, backend: "database"))
        #expect(identity.name == "alice" && identity.displayName == "Alice" && identity.email == "a@example.com")
        #expect(!identity.isStaff && !identity.isSuperuser)
        #expect(identity.groups == ["editors"])
        #expect(identity.permissions == ["reports.add_report", "reports.view_report"])
        #expect(try await store.account(named: "bob") == nil)
        let nobody = UTF8Text("00000000-0000-0000-0000-000000000000")
        #expect(try await store.identity(of: nobody, backend: "database") == nil)
    }

    @Test("has names to compare a configuration's with", arguments: DatabaseKind.allCases)
    func names(kind: DatabaseKind) async throws {
        let fresh = try await FreshDatabase(kind)
        let store = DjangoUserStore(try await database(fresh), tables: Self.tables)
        let names = try await store.knownNames(asking: ["alice", "alcie"])
        #expect(names.groups == ["editors", "others"])
        #expect(names.permissions == ["reports.view_report", "reports.add_report", "reports.other"])
        #expect(names.granted == names.permissions)
        #expect(names.users == ["alice"] && names.similarUsers == ["alice"])
    }

    @Test("is written only where that is allowed", arguments: DatabaseKind.allCases)
    func write(kind: DatabaseKind) async throws {
        let fresh = try await FreshDatabase(kind)
        let database = try await database(fresh)
        let now = Timestamp(milliseconds: 1_800_000_000_123)
        let id = UTF8Text(Self.id)
        let reader = DjangoUserStore(database, tables: Self.tables)
        #expect(try await !reader.replacePassword(of: id, old: "old", new: "new"))
        try await reader.recordSignIn(of: id, at: now)
        func row() async throws -> [SQLValue] {
            try await database.run { connection throws(DatabaseError) in
                try connection.execute("SELECT password, last_login FROM accounts_person").first?.values ?? []
            }
        }
        #expect(try await row() == [.text("old"), .null])

        var tables = Self.tables
        tables.writesBack = true
        let writer = DjangoUserStore(database, tables: tables)
        #expect(try await writer.replacePassword(of: id, old: "old", new: "new"))
        try await writer.recordSignIn(of: id, at: now)
        let written = try await row()
        #expect(written.first == .text("new"))
        #expect(written.last != .null)
    }

    @Test("is never migrated", arguments: DatabaseKind.allCases)
    func migrate(kind: DatabaseKind) async throws {
        let fresh = try await FreshDatabase(kind)
        let database = try await database(fresh)
        let migrator = Migrator(database, tables: Self.tables)
        let now = Timestamp(milliseconds: 0)
        await #expect(throws: DatabaseError.self) { try await migrator.migrate(declaring: [], now: now) }
        #expect(try await migrator.isUpToDate())
        let made = try await database.run { connection throws(DatabaseError) in
            try connection.hasTable("gatehouse_migrations")
        }
        #expect(!made)
        var wrong = Self.tables
        wrong.username = "nickname"
        #expect(try await !Migrator(database, tables: wrong).isUpToDate())
    }
}
