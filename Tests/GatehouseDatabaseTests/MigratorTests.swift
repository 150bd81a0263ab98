import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Migrations")
struct MigratorTests {
    private struct Schema: Decodable {
        let schema: [String: String]
        let permissions: [String]
        let migrations: [String]
    }

    private let now = Timestamp(milliseconds: 1_800_000_000_123)

    private func vector(_ path: String = #filePath) throws -> Schema {
        let file = URL(fileURLWithPath: path).deletingLastPathComponent()
            .appendingPathComponent("Vectors/django-schema.json")
        return try JSONDecoder().decode(Schema.self, from: Data(contentsOf: file))
    }

    @Test("make exactly the tables, indexes, permissions and migration rows that Django makes")
    func schema() async throws {
        let folder = try TemporaryFolder()
        let database = try Database(sqlitePath: "\(folder.path)/people.db")
        try await Migrator(database).migrate(declaring: [], now: now)
        let expected = try vector()
        let rows = try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND tbl_name NOT LIKE 'gatehouse_%'"
            )
        }
        var made: [String: String] = [:]
        for row in rows where !row.string(0).hasPrefix("gatehouse_") { made[row.string(0)] = squeezed(row.string(1)) }
        #expect(made == expected.schema.mapValues(squeezed))
        let permissions = try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                """
                SELECT c.app_label || '.' || p.codename FROM auth_permission p
                JOIN django_content_type c ON c.id = p.content_type_id ORDER BY 1
                """)
        }
        #expect(permissions.map { $0.string(0) } == expected.permissions.sorted())
        let migrations = try await database.run { connection throws(DatabaseError) in
            try connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        }
        #expect(migrations.map { $0.string(0) } == expected.migrations)
    }

    @Test("make on PostgreSQL exactly the columns, constraints and indexes that Django makes")
    func schemaOnPostgreSQL() async throws {
        let database = try await FreshDatabase(.postgreSQL).open()
        try await Migrator(database).migrate(declaring: [], now: now)
        let rows = try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                """
                SELECT 'column ' || table_name || '.' || column_name || ' ' || udt_name
                    || coalesce('(' || character_maximum_length || ')', '') || ' ' || is_nullable || ' '
                    || coalesce(identity_generation, '-')
                FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'gatehouse%'
                UNION ALL
                SELECT 'constraint ' || conname || ' ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'gatehouse%'
                UNION ALL
                SELECT 'index ' || indexdef FROM pg_indexes
                WHERE schemaname = 'public' AND tablename NOT LIKE 'gatehouse%'
                """)
        }
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Vectors/django-schema-postgresql.txt")
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        let made = Set(rows.map { $0.string(0) })
        #expect(made.subtracting(expected) == [])
        #expect(Set(expected).subtracting(made) == [])
    }

    @Test(
        "run again, and from several connections at once, without a change or an error",
        arguments: DatabaseKind.allCases)
    func again(kind: DatabaseKind) async throws {
        let fresh = try await FreshDatabase(kind)
        let now = now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let migrator = Migrator(try fresh.open())
                    try await migrator.migrate(declaring: ["reports.view_report"], now: now)
                    try await migrator.migrate(declaring: ["reports.view_report"], now: now)
                }
            }
            try await group.waitForAll()
        }
        let database = try fresh.open()
        #expect(try await Migrator(database).isUpToDate())
        let counts = try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                """
                SELECT (SELECT count(*) FROM django_migrations), (SELECT count(*) FROM auth_permission),
                    (SELECT count(*) FROM gatehouse_migrations),
                    (SELECT model FROM django_content_type WHERE app_label = 'reports')
                """)
        }
        let row = try #require(counts.first)
        #expect(row.integer(0) == 14)
        #expect(row.integer(1) == 17)
        #expect(row.integer(2) == 6)
        #expect(row.string(3) == "report")
    }

    @Test("are missing in a new file, and a file that is no database is an error")
    func missing() async throws {
        let folder = try TemporaryFolder()
        #expect(try await !Migrator(Database(sqlitePath: "\(folder.path)/new.db")).isUpToDate())
        try Data("not a database, but long enough to look at".utf8).write(
            to: URL(fileURLWithPath: "\(folder.path)/text"))
        #expect(throws: DatabaseError.self) { try Database(sqlitePath: "\(folder.path)/text") }
        #expect(throws: DatabaseError.self) { try Database(sqlitePath: "\(folder.path)/no/such/folder.db") }
    }

    @Test("leave the tables of a Django site as they are, and add the declared permissions only")
    func djangoSite() async throws {
        let folder = try TemporaryFolder()
        let database = try Database(sqlitePath: folder.file("site.db"))
        let statements = try vector().schema.values.sorted { $0.contains("TABLE") && !$1.contains("TABLE") }
        try await run(statements + site(try vector().migrations), on: database)
        try await Migrator(database).migrate(declaring: ["reports.view_report"], now: now)
        let rows = try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                "SELECT (SELECT count(*) FROM django_migrations), group_concat(codename) FROM auth_permission")
        }
        #expect(rows.first?.integer(0) == 14)
        #expect(rows.first?.string(1) == "view_report")
        #expect(try await Migrator(database).isUpToDate())
    }

    @Test("refuse the database of an older Django and of a site with its own user model, and change nothing")
    func foreign() async throws {
        let folder = try TemporaryFolder()
        let migrations = try vector().migrations
        let table = try #require(try vector().schema["django_migrations"])
        for (name, applied) in [("old.db", Array(migrations.dropLast())), ("own.db", migrations)] {
            let database = try Database(sqlitePath: folder.file(name))
            try await run([table] + site(applied), on: database)
            await #expect(throws: DatabaseError.self) {
                try await Migrator(database).migrate(declaring: [], now: now)
            }
            let rows = try await database.run { connection throws(DatabaseError) in
                try connection.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
            }
            #expect(rows.map { $0.string(0) } == ["django_migrations"])
        }
    }

    @Test("name a declared permission as Django's admin would, with the model that the codename speaks of")
    func declared() async throws {
        let folder = try TemporaryFolder()
        let database = try Database(sqlitePath: folder.file("people.db"))
        try await Migrator(database).migrate(
            declaring: ["reports.view_report", "reports.publish", "reports.add_", "pages.a.b"], now: now)
        let rows = try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                """
                SELECT c.app_label, c.model, p.codename, p.name FROM auth_permission p
                JOIN django_content_type c ON c.id = p.content_type_id
                WHERE c.app_label NOT IN ('auth', 'contenttypes') ORDER BY p.id
                """)
        }
        #expect(
            rows.map { row in (0..<4).map { row.string($0) } } == [
                ["reports", "report", "view_report", "Can view report"],
                ["reports", "publish", "publish", "Can publish"], ["reports", "add_", "add_", "Can add_"],
                ["pages", "a.b", "a.b", "Can a.b"],
            ])
        for name: PermissionName in [
            "nodot", ".x", "x.", "a.b\0", PermissionName("a." + String(repeating: "é", count: 101)),
        ] {
            await #expect(throws: DatabaseError.self) {
                try await Migrator(database).migrate(declaring: [name], now: now)
            }
        }
    }

    private func site(_ applied: [String]) -> [String] {
        applied.map { name in
            let parts = name.split(separator: ".")
            return
                "INSERT INTO django_migrations (app, name, applied) VALUES ('\(parts[0])', '\(parts[1])', '2025-01-01')"
        }
    }

    private func run(_ statements: [String], on database: Database) async throws {
        try await database.run { connection throws(DatabaseError) in
            for statement in statements { try connection.execute(statement) }
        }
    }

    /// Without the blanks and words that do not count.
    private func squeezed(_ sql: String) -> String {
        sql.replacingOccurrences(of: "IF NOT EXISTS ", with: "").filter { !$0.isWhitespace }
    }
}
