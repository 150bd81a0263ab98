import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Trying the database of people before the daemon does")
struct PeopleTrialTests {
    @Test("is well after a migration, and leaves nothing", arguments: DatabaseKind.allCases)
    func migrated(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        let before = try await people.sql("SELECT password, last_login FROM auth_user").map(\.values)
        #expect(try await people.store.trial() == [])
        #expect(try await people.sql("SELECT password, last_login FROM auth_user").map(\.values) == before)
        for table in ["gatehouse_must_change_password", "gatehouse_password_history"] {
            #expect(try await people.sql("SELECT count(*) FROM \(table)").first?.integer(0) == 0)
        }
    }

    @Test("names each right that the user lacks, with what grants it")
    func rights() async throws {
        let server = try await PostgresServer.shared()
        let url = try server.makeDatabase()
        let name = try #require(url.split(separator: "/").last.map(String.init))
        let owner = try Database(PostgreSQLSettings(url: url, connections: 1, connectDeadline: .seconds(10)))
        try await Migrator(owner).migrate(declaring: [], now: Timestamp(milliseconds: 1_800_000_000_000))
        let role = "reader_\(name)"
        try server.run(
            """
            CREATE ROLE \(role) LOGIN; GRANT USAGE ON SCHEMA public TO \(role);
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role);
            GRANT INSERT, DELETE ON gatehouse_must_change_password TO \(role);
            """, in: name)
        let database = try Database(
            PostgreSQLSettings(
                url: url.replacing("gatehouse@", with: "\(role)@"), connections: 1, connectDeadline: .seconds(10)))
        let problems = try await DjangoUserStore(database).trial()
        #expect(
            problems == [
                "\(role) may not UPDATE in auth_user; run: GRANT UPDATE ON auth_user TO \(role)",
                "\(role) may not INSERT in gatehouse_password_history; run: GRANT INSERT ON gatehouse_password_history TO \(role)",
                "\(role) may not DELETE in gatehouse_password_history; run: GRANT DELETE ON gatehouse_password_history TO \(role)",
            ])
        try server.run(
            """
            GRANT UPDATE ON auth_user TO \(role); GRANT INSERT, DELETE ON gatehouse_password_history TO \(role);
            """, in: name)
        #expect(try await DjangoUserStore(database).trial() == [])
        // Nobody can write to a standby, whatever the rights.
        try server.run("ALTER ROLE \(role) SET default_transaction_read_only = on", in: name)
        let reader = try Database(
            PostgreSQLSettings(
                url: url.replacing("gatehouse@", with: "\(role)@"), connections: 1, connectDeadline: .seconds(10)))
        let words = try await DjangoUserStore(reader).trial()
        #expect(words.count == 1 && words.first?.contains("read-only") == true, "\(words)")
    }

    @Test("says that people cannot be read where the tables are missing", arguments: DatabaseKind.allCases)
    func missing(kind: DatabaseKind) async throws {
        let fresh = try await FreshDatabase(kind)
        defer { withExtendedLifetime(fresh) {} }
        let database = try fresh.open()
        let problems = try await DjangoUserStore(database).trial()
        #expect(problems.count == 1 && problems.first?.contains("auth_user") == true, "\(problems)")
    }

    @Test("leaves the journal of a file as it is, which is the daemon's to change")
    func journal() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("people.db")
        let made = try Database(sqlitePath: path)
        try await Migrator(made).migrate(declaring: [], now: Timestamp(milliseconds: 1_800_000_000_000))
        try await made.run { connection throws(DatabaseError) in
            _ = try connection.execute("PRAGMA journal_mode = DELETE")
        }
        await made.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let database = Database(existingSQLite: path)
        #expect(try await Migrator(database).isUpToDate())
        #expect(try await DjangoUserStore(database).trial() == [])
        await database.close()
        let after = try Data(contentsOf: URL(fileURLWithPath: path))
        // Octets 18 and 19 of the file format are 2 in WAL mode.
        #expect(before[18...19] == Data([1, 1]) && after[18...19] == Data([1, 1]))
    }

    @Test("makes no file")
    func noFile() async throws {
        let folder = try TemporaryFolder()
        let database = Database(existingSQLite: folder.file("people.db"))
        await #expect(throws: DatabaseError.unavailable(reason: "there is no such file")) {
            _ = try await DjangoUserStore(database).trial()
        }
    }
}
