import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Rows of ours beside Django's tables")
struct OwnTriggersTests {
    private static let emptying = """
        TRUNCATE auth_user, auth_group, auth_permission, auth_user_groups, auth_user_user_permissions,
        auth_group_permissions, django_content_type, django_migrations RESTART IDENTITY
        """

    /// Somebody of whom every table of ours knows something.
    private func people(_ kind: DatabaseKind) async throws -> PeopleUnderTest {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"])
        var change = UserChange()
        change.granted = [try #require(Grant("reports.view_report(report:1)"))]
        _ = try await people.administration.change("alice", change)
        _ = try await people.administration.changeGroup(
            "editors", granted: [try #require(Grant("reports.view_report(report:2)"))], revoked: [])
        try await people.store.setPassword(of: "alice", to: "first", now: people.now, remembering: 5)
        try await people.store.setPassword(of: "alice", to: "second", now: people.now, remembering: 5)
        try await people.store.setMustChange(true, of: "alice")
        return people
    }

    private func counts(_ people: PeopleUnderTest) async throws -> [Int64?] {
        let row = try await people.sql(
            """
            SELECT (SELECT count(*) FROM gatehouse_object_permissions WHERE user_id IS NOT NULL),
                (SELECT count(*) FROM gatehouse_object_permissions WHERE group_id IS NOT NULL),
                (SELECT count(*) FROM gatehouse_password_history), (SELECT count(*) FROM gatehouse_must_change_password)
            """
        ).first
        return (0..<4).map { row?.integer($0) }
    }

    @Test("go with the person, the group and the permission they belong to", arguments: DatabaseKind.allCases)
    func deleted(kind: DatabaseKind) async throws {
        let people = try await people(kind)
        #expect(try await counts(people) == [1, 1, 1, 1])
        try await people.sql("DELETE FROM auth_user_groups", "DELETE FROM auth_user WHERE username = 'alice'")
        #expect(try await counts(people) == [0, 1, 0, 0])
        try await people.sql("DELETE FROM auth_group WHERE name = 'editors'")
        #expect(try await counts(people) == [0, 0, 0, 0])
        let other = try await self.people(kind)
        try await other.sql("DELETE FROM auth_permission WHERE codename = 'view_report'")
        #expect(try await counts(other) == [0, 0, 1, 1])
    }

    @Test(
        "are not given to whoever gets the number after everything was emptied",
        arguments: DatabaseKind.allCases.filter { $0 != .sqlite })
    func emptied(kind: DatabaseKind) async throws {
        let people = try await people(kind)
        try await people.sql(Self.emptying)
        #expect(try await counts(people) == [0, 0, 0, 0])
        try await Migrator(people.database).migrate(declaring: ["reports.view_report"], now: people.now)
        try await people.add("mallory", groups: ["others"])
        let account = try #require(try await people.store.account(named: "mallory"))
        #expect(account.id == "1")
        #expect(try await people.identity("mallory")?.objectGrants == [])
        #expect(try await people.store.passwordAccount(of: "1")?.mustChange == false)
        #expect(try await people.store.previousHashes(of: "1", limit: 9) == [])
    }

    @Test("cannot be made for somebody who is gone", arguments: DatabaseKind.allCases)
    func gone(kind: DatabaseKind) async throws {
        let people = try await people(kind)
        for statement in [
            "INSERT INTO gatehouse_must_change_password VALUES (99)",
            "INSERT INTO gatehouse_password_history (user_id, encoded, replaced_at) VALUES (99, 'x', '2026-01-01')",
            """
            INSERT INTO gatehouse_object_permissions (group_id, permission_id, object_kind, object_id)
            SELECT 99, id, 'report', '1' FROM auth_permission WHERE codename = 'view_report'
            """,
            """
            INSERT INTO gatehouse_object_permissions (user_id, permission_id, object_kind, object_id)
            VALUES (1, 99999, 'report', '1')
            """,
        ] {
            await #expect(throws: DatabaseError.self, "\(statement)") { try await people.sql(statement) }
        }
    }

    @Test("of an earlier version lose their foreign keys and nothing else")
    func upgraded() async throws {
        let server = try await PostgresServer.shared()
        let url = try server.makeDatabase()
        let database = try Database(PostgreSQLSettings(url: url, connections: 1))
        let now = Timestamp(milliseconds: 1_800_000_000_123)
        try await database.run { connection throws(DatabaseError) in
            for statement in DjangoSchema.postgreSQLStatements + OwnSchema.objectsAndHistory(.postgreSQL) {
                try connection.execute(statement)
            }
            try connection.execute(OwnSchema.mustChangePassword)
            try connection.execute("CREATE TABLE gatehouse_migrations (version integer PRIMARY KEY, applied_at text)")
            try connection.execute("INSERT INTO gatehouse_migrations VALUES (1, 'x'), (2, 'x'), (3, 'x')")
            try connection.execute(
                """
                INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active, first_name, last_name, email,
                    date_joined) VALUES ('alice', 'x', false, false, true, '', '', '', now())
                """)
            try connection.execute("INSERT INTO gatehouse_must_change_password VALUES (1)")
        }
        #expect(throws: PostgresServer.Failure.self, "a foreign key stands in the way") {
            try server.run(Self.emptying, at: url)
        }
        let migrator = Migrator(database)
        #expect(try await !migrator.isUpToDate())
        try await migrator.migrate(declaring: [], now: now)
        #expect(try await migrator.isUpToDate())
        #expect(try server.run("SELECT user_id FROM gatehouse_must_change_password", at: url) == "1\n")
        let keys = try server.run(
            """
            SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text LIKE 'gatehouse%'
            """, at: url)
        #expect(keys.isEmpty)
        try server.run(Self.emptying, at: url)
        #expect(try server.run("SELECT user_id FROM gatehouse_must_change_password", at: url).isEmpty)
    }

    @Test("are looked after again by the next migration when somebody made the table anew")
    func madeAnew() async throws {
        let people = try await people(.postgreSQL)
        let migrator = Migrator(people.database)
        try await people.sql(
            "ALTER TABLE auth_user RENAME TO before",
            "CREATE TABLE auth_user AS SELECT * FROM before WHERE username <> 'alice'", "DROP TABLE before CASCADE")
        #expect(try await !migrator.isUpToDate())
        try await migrator.migrate(declaring: [], now: people.now)
        #expect(try await migrator.isUpToDate())
        #expect(try await counts(people) == [0, 1, 0, 0])
    }

    @Test(
        "that were left while triggers were off go with the next migration",
        arguments: DatabaseKind.allCases.filter { $0 != .sqlite })
    func triggersOff(kind: DatabaseKind) async throws {
        let people = try await people(kind)
        let tables = ["auth_user", "auth_group", "auth_permission"]
        for table in tables { try await people.sql("ALTER TABLE \(table) DISABLE TRIGGER ALL") }
        try await people.sql(
            "DELETE FROM auth_user_groups", "DELETE FROM auth_user WHERE username = 'alice'", "DELETE FROM auth_group")
        for table in tables { try await people.sql("ALTER TABLE \(table) ENABLE TRIGGER ALL") }
        #expect(try await counts(people) == [1, 1, 1, 1])
        let migrator = Migrator(people.database)
        #expect(try await migrator.isUpToDate())
        #expect(try await migrator.migrate(declaring: [], now: people.now) == 4)
        #expect(try await counts(people) == [0, 0, 0, 0])
        #expect(try await migrator.migrate(declaring: [], now: people.now) == 0)
    }

    @Test("go although Django's role may not touch our tables, and that role gains nothing by it")
    func otherRole() async throws {
        let server = try await PostgresServer.shared()
        let people = try await people(.postgreSQL)
        let name = try await people.sql("SELECT current_database()").first?.string(0) ?? ""
        let role = "django\(name)"
        try server.run(
            """
            CREATE ROLE \(role) LOGIN;
            GRANT CREATE, USAGE ON SCHEMA public TO \(role);
            GRANT SELECT, DELETE ON auth_user, auth_user_groups TO \(role)
            """, in: name)
        let url = server.url(name).replacing("gatehouse@", with: "\(role)@")
        for forbidden in [
            "SELECT * FROM gatehouse_must_change_password",
            """
            CREATE TABLE mine (id integer);
            CREATE TRIGGER mine AFTER DELETE ON mine FOR EACH ROW EXECUTE FUNCTION gatehouse_forget('user')
            """,
        ] {
            #expect(throws: PostgresServer.Failure.self) { try server.run(forbidden, at: url) }
        }
        try server.run("DELETE FROM auth_user_groups; DELETE FROM auth_user WHERE username = 'alice'", at: url)
        #expect(try await counts(people) == [0, 1, 0, 0])
    }

    @Test("survive a dump that is restored into an empty database, with what looks after them")
    func dumped() async throws {
        let server = try await PostgresServer.shared()
        let people = try await people(.postgreSQL)
        let name = try await people.sql("SELECT current_database()").first?.string(0) ?? ""
        let folder = try TemporaryFolder()
        let dump = folder.file("dump.sql")
        #expect(try ChildProcess("pg_dump", ["-f", dump, server.url(name)]).waitForExit() == 0)
        let url = try server.makeDatabase()
        #expect(try ChildProcess("psql", ["-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", dump, url]).waitForExit() == 0)
        let database = try Database(PostgreSQLSettings(url: url, connections: 1))
        #expect(try await Migrator(database).isUpToDate())
        try server.run("DELETE FROM auth_user_groups; DELETE FROM auth_user", at: url)
        #expect(try server.run("SELECT user_id FROM gatehouse_must_change_password", at: url).isEmpty)
    }
}

@Suite("A role that may not migrate")
struct OwnRightsTests {
    /// A database of somebody else's, and its address as a role without rights.
    private func limited(_ grants: String = "") async throws -> (url: String, role: String, server: PostgresServer) {
        let server = try await PostgresServer.shared()
        let url = try server.makeDatabase()
        let role = "role\(url.split(separator: "/").last ?? "")"
        try server.run("CREATE ROLE \(role) LOGIN; \(grants.replacing("ROLE", with: role))", at: url)
        return (url.replacing("gatehouse@", with: "\(role)@"), role, server)
    }

    private func refusal(_ url: String) async throws -> String? {
        let database = try Database(PostgreSQLSettings(url: url, connections: 1))
        do throws(DatabaseError) {
            try await Migrator(database).migrate(declaring: [], now: Timestamp(milliseconds: 1_800_000_000_123))
            return nil
        } catch {
            guard case .forbidden(let reason) = error else { return "something else: \(error)" }
            return reason
        }
    }

    @Test("is told which grant is missing, and with it everything goes well")
    func create() async throws {
        let (url, role, server) = try await limited("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        let reason = try #require(try await refusal(url))
        #expect(reason.contains("`GRANT CREATE ON SCHEMA public TO \(role)`"))
        #expect(reason.contains("OWNER TO \(role)`"))
        try server.run("GRANT CREATE ON SCHEMA public TO \(role)", at: url.replacing("\(role)@", with: "gatehouse@"))
        #expect(try await refusal(url) == nil)
        // What is up to date needs no right to make anything.
        try server.run("REVOKE CREATE ON SCHEMA public FROM \(role)", at: url.replacing("\(role)@", with: "gatehouse@"))
        #expect(try await refusal(url) == nil)
    }

    @Test("needs to read one table where nothing is to be done")
    func nothingToDo() async throws {
        let (url, role, server) = try await limited()
        let whole = url.replacing("\(role)@", with: "gatehouse@")
        let owner = try Database(PostgreSQLSettings(url: whole, connections: 1))
        try await Migrator(owner).migrate(declaring: [], now: Timestamp(milliseconds: 1_800_000_000_123))
        try server.run("GRANT SELECT ON gatehouse_migrations TO \(role)", at: whole)
        #expect(try await refusal(url) == nil)
        try server.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)", at: whole)
        #expect(try await refusal(url) == nil)
    }

    @Test("is told so when there is no schema for it at all")
    func schema() async throws {
        let (url, role, _) = try await limited("DROP SCHEMA public")
        let reason = try #require(try await refusal(url))
        #expect(reason.contains("`CREATE SCHEMA \(role) AUTHORIZATION \(role)`"))
    }

    @Test("is told what it needs on tables that another role made")
    func tables() async throws {
        let (url, role, server) = try await limited("GRANT CREATE ON SCHEMA public TO ROLE")
        let owner = try Database(
            PostgreSQLSettings(url: url.replacing("\(role)@", with: "gatehouse@"), connections: 1))
        try await owner.run { connection throws(DatabaseError) in
            for statement in DjangoSchema.postgreSQLStatements { try connection.execute(statement) }
        }
        let reason = try #require(try await refusal(url))
        let grants = reason.split(separator: "`").filter { $0.hasPrefix("GRANT ") && $0.hasSuffix(" TO \(role)") }
        try #require(grants.count == 2, "\(reason)")
        try server.run(
            """
            \(grants.joined(separator: ";"));
            INSERT INTO django_migrations (app, name, applied) VALUES \(DjangoSchema.appliedMigrations.map {
                "('\($0.app)', '\($0.name)', now())"
            }.joined(separator: ", "))
            """, at: url.replacing("\(role)@", with: "gatehouse@"))
        #expect(try await refusal(url) == nil)
    }
}
