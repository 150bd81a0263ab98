import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("PostgreSQL tables that change while they are asked")
struct PostgreSQLChangeTests {
    private let server: PostgresServer
    private let url: String
    /// One connection, patient enough for a table that is locked.
    private let database: Database
    private let store: DjangoUserStore
    private let now = Timestamp(milliseconds: 1_800_000_000_123)

    init() async throws {
        server = try await PostgresServer.shared()
        url = try server.makeDatabase()
        database = try Database(PostgreSQLSettings(url: url, connections: 1, statementDeadline: .seconds(60)))
        store = DjangoUserStore(database)
        try await Migrator(database).migrate(declaring: ["reports.view_report"], now: now)
        _ = try await store.add(
            NewUser(name: "alice", encodedPassword: "secret", firstName: "Alice", groups: ["editors"]), now: now)
    }

    private func expectAlice(_ place: SourceLocation = #_sourceLocation) async throws {
        let account = try await store.account(named: "alice")
        #expect(account?.encodedPassword == "secret", sourceLocation: place)
        let person = try await store.person(of: "1", backend: "database")
        #expect(person?.identity.displayName == "Alice", sourceLocation: place)
        #expect(person?.identity.groups == ["editors"], sourceLocation: place)
    }

    @Test(
        "answer as before when a column was lengthened, added, moved or dropped, and when the session forgot everything",
        arguments: [
            "ALTER TABLE auth_user ALTER COLUMN first_name TYPE varchar(400)", "ALTER TABLE auth_user ADD phone text",
            "ALTER TABLE auth_user ALTER COLUMN id TYPE bigint", "ALTER TABLE auth_group ALTER COLUMN name TYPE text",
            """
            ALTER TABLE auth_user ADD first text NOT NULL DEFAULT ''; UPDATE auth_user SET first = first_name;
            ALTER TABLE auth_user DROP first_name; ALTER TABLE auth_user RENAME first TO first_name
            """,
            "ALTER TABLE auth_user RENAME TO old_user; CREATE TABLE auth_user AS SELECT * FROM old_user",
        ])
    func shape(change: String) async throws {
        try await expectAlice()
        try server.run(change, at: url)
        try await expectAlice()
    }

    @Test("forget nothing that matters when the session forgets everything")
    func forgetting() async throws {
        try await expectAlice()
        let connection = try PostgreSQLConnection(PostgreSQLSettings(url: url))
        for statement in ["DEALLOCATE ALL", "CLOSE ALL", "RESET ALL"] {
            #expect(try connection.execute("SELECT username FROM auth_user").first?.string(0) == "alice")
            try connection.execute(statement)
        }
        #expect(try connection.execute("SELECT username FROM auth_user").first?.string(0) == "alice")
    }

    /// To whoever chose the moment before the new rows were written, the table is empty.
    @Test(
        "are not empty to whoever waits while they are written anew",
        arguments: [
            "ALTER TABLE auth_user ALTER COLUMN id TYPE bigint",
            "ALTER TABLE auth_user_groups ALTER COLUMN user_id TYPE bigint",
        ])
    func rewritten(change: String) async throws {
        let other = try PostgreSQLConnection(PostgreSQLSettings(url: url, statementDeadline: .seconds(60)))
        let (server, store, url) = (server, store, url)
        let waiting = try other.transaction { connection throws(DatabaseError) in
            try connection.execute(change)
            let waiting = Task { try await store.person(of: "1", backend: "database") }
            var isWaiting = false
            for _ in 0..<300 where !isWaiting {
                let count = try? server.run(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL", at: url)
                isWaiting = count?.first == "1"
            }
            #expect(isWaiting)
            return waiting
        }
        let person = try await waiting.value
        #expect(person?.identity.name == "alice")
        #expect(person?.identity.groups == ["editors"])
    }

    @Test("are asked once more when the connection goes in the middle, from the beginning")
    func again() async throws {
        let (server, runs) = (server, Mutexed(0))
        try await database.run { connection throws(DatabaseError) in
            runs.change { $0 += 1 }
            try connection.transaction { connection throws(DatabaseError) in
                try connection.execute("INSERT INTO auth_group (name) VALUES ('once')")
                let pid = try connection.execute("SELECT pg_backend_pid()").first?.string(0) ?? ""
                if runs.value == 1 { _ = try? server.run("SELECT pg_terminate_backend(\(pid))") }
                _ = try connection.execute("SELECT 1")
            }
        }
        #expect(runs.value == 2)
        let count = try server.run("SELECT count(*) FROM auth_group WHERE name = 'once'", at: url)
        #expect(count == "1\n")
    }

    @Test("are not asked again once something counts")
    func notTwice() async throws {
        let (server, runs) = (server, Mutexed(0))
        await #expect(throws: DatabaseError.self) {
            try await database.run { connection throws(DatabaseError) in
                runs.change { $0 += 1 }
                let pid = try connection.execute("SELECT pg_backend_pid()").first?.string(0) ?? ""
                try connection.execute("INSERT INTO auth_group (name) VALUES ('once')")
                _ = try? server.run("SELECT pg_terminate_backend(\(pid))")
                _ = try connection.execute("SELECT 1")
            }
        }
        #expect(runs.value == 1)
        let count = try server.run("SELECT count(*) FROM auth_group WHERE name = 'once'", at: url)
        #expect(count == "1\n")
    }

    @Test(
        "say by their code whether asking once more helps",
        arguments: [
            ("0A000", PostgreSQLFault.Remedy.askAgain), ("26000", .askAgain), ("42P05", .askAgain),
            ("42P01", .askAgain),
            ("40P01", .askAgain), ("08P01", .reconnect), ("08006", .reconnect), ("57P01", .reconnect),
            ("25006", .reconnect), ("57014", .none), ("55P03", .none), ("23505", .none), ("42501", .none),
        ])
    func remedies(pair: (state: String, remedy: PostgreSQLFault.Remedy)) {
        #expect(PostgreSQLFault(state: pair.state, message: "x").remedy == pair.remedy)
    }

    @Test("make readiness fail when a column of a sign-in is missing or may not be read")
    func probe() async throws {
        try await store.probe()
        for (change, back) in [
            ("ALTER TABLE auth_user RENAME email TO mail", "ALTER TABLE auth_user RENAME mail TO email"),
            (
                "ALTER TABLE gatehouse_must_change_password RENAME TO away",
                "ALTER TABLE away RENAME TO gatehouse_must_change_password"
            ),
            ("ALTER TABLE auth_group RENAME name TO title", "ALTER TABLE auth_group RENAME title TO name"),
        ] {
            try server.run(change, at: url)
            await #expect(throws: DatabaseError.self, "\(change)") { try await store.probe() }
            try server.run(back, at: url)
            try await store.probe()
        }
    }

    @Test("are read by a role that may read single columns only")
    func columnsOnly() async throws {
        let role = "reader\(url.split(separator: "/").last ?? "")"
        try server.run(
            """
            CREATE ROLE \(role) LOGIN;
            GRANT SELECT ON auth_user_groups, auth_user_user_permissions, auth_group, auth_group_permissions, auth_permission,
                django_content_type TO \(role);
            GRANT SELECT (id, username, password, first_name, last_name, email, is_staff, is_superuser, is_active, last_login)
                ON auth_user TO \(role)
            """, at: url)
        let limited = try Database(PostgreSQLSettings(url: url.replacing("gatehouse@", with: "\(role)@")))
        var tables = DjangoTables()
        tables.isManaged = false
        let store = DjangoUserStore(limited, tables: tables)
        #expect(try await store.person(of: "1", backend: "database")?.identity.groups == ["editors"])
    }
}
