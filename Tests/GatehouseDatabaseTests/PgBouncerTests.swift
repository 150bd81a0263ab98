import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("PostgreSQL behind PgBouncer in transaction mode", .enabled(if: PgBouncer.isInstalled))
struct PgBouncerTests {
    private func database(_ url: String, connections: Int = 4) throws -> Database {
        try Database(PostgreSQLSettings(url: url, connections: connections, statementDeadline: .seconds(30)))
    }

    @Test("leaves nothing behind in a connection that the next client gets")
    func nothingLeft() async throws {
        let bouncer = try await PgBouncer.shared()
        let url = try bouncer.makeDatabase()
        let state = """
            SELECT current_setting('TimeZone'), current_setting('statement_timeout'), pg_backend_pid(),
                (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')
            """
        let before = try bouncer.server.run(state, at: url)
        let database = try database(url, connections: 1)
        let own = try await database.run { connection throws(DatabaseError) in
            try connection.execute("CREATE TABLE things (n integer)")
            try connection.execute("INSERT INTO things VALUES (?)", [.integer(1)])
            return try connection.transaction { connection throws(DatabaseError) in
                try connection.execute(state).first?.values ?? []
            }
        }
        let after = try bouncer.server.run(state, at: url)
        #expect(before == after)
        #expect(own.first == .text("UTC"))
        #expect(after.contains("|0|0"))
        let pids = [before, after].map { $0.split(separator: "|").dropFirst(2).first.map(String.init) }
        #expect(own.count == 5 && pids.allSatisfy { $0 == SQLRow(values: own).string(2) }, "all used one connection")
    }

    @Test("many at once get their own answers, and what they write is there once")
    func many() async throws {
        let database = try database(try await PgBouncer.shared().makeDatabase())
        try await database.run { connection throws(DatabaseError) in
            _ = try connection.execute("CREATE TABLE things (n integer)")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in Int64(0)..<60 {
                group.addTask {
                    let answer = try await database.run { connection throws(DatabaseError) in
                        try connection.transaction { connection throws(DatabaseError) in
                            try connection.execute("INSERT INTO things VALUES (?)", [.integer(number)])
                            return try connection.execute("SELECT ?::bigint * 2", [.integer(number)]).first?.integer(0)
                        }
                    }
                    #expect(answer == number * 2)
                }
            }
            try await group.waitForAll()
        }
        let count = try await database.run { connection throws(DatabaseError) in
            try connection.execute("SELECT count(DISTINCT n), count(*) FROM things").first?.values
        }
        #expect(count == [.integer(60), .integer(60)])
    }

    @Test("times are UTC whatever the server's time zone is")
    func timeZone() async throws {
        let bouncer = try await PgBouncer.shared()
        let url = try bouncer.makeDatabase()
        try bouncer.server.run(
            "ALTER ROLE gatehouse IN DATABASE \(url.split(separator: "/").last ?? "") SET timezone = 'Asia/Tokyo'")
        let database = try database(url)
        let people = DjangoUserStore(database)
        let now = Timestamp(milliseconds: 1_800_000_000_123)
        try await Migrator(database).migrate(declaring: [], now: now)
        let alice = NewUser(name: "alice", encodedPassword: "!")
        _ = try await people.add(alice, now: now)
        try await people.recordSignIn(of: "1", at: now)
        let epoch = try bouncer.server.run("SELECT extract(epoch FROM last_login) * 1000 FROM auth_user", at: url)
        #expect(epoch.hasPrefix("1800000000123"))
        #expect(try await people.passwordAccount(of: "1")?.lastSignIn == "2027-01-15 08:00:00.123+00")
    }

    @Test("restarted between two questions, or its server: nobody notices the one, and the other passes")
    func restarted() async throws {
        let server = try await PostgresServer.start()
        defer { server.kill() }
        let bouncer = try await PgBouncer.start(server)
        defer { bouncer.kill() }
        let database = try database(bouncer.url("postgres"), connections: 1)
        func answer() async throws -> Int64? {
            try await database.run { connection throws(DatabaseError) in
                try connection.execute("SELECT 42").first?.integer(0)
            }
        }
        #expect(try await answer() == 42)
        bouncer.kill()
        try await bouncer.restart()
        #expect(try await answer() == 42)
        server.kill()
        try await server.restart()
        #expect(await eventually(within: .seconds(60)) { (try? await answer()) == 42 })
    }
}
