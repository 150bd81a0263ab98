import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Connections to PostgreSQL")
struct PostgreSQLConnectionTests {
    private func connection() async throws -> PostgreSQLConnection {
        try PostgreSQLConnection(PostgreSQLSettings(url: try await PostgresServer.shared().makeDatabase()))
    }

    @Test("give values back as they went in")
    func values() async throws {
        let connection = try await connection()
        try connection.execute(
            "CREATE TABLE things (n bigint, t text, b bytea, f boolean, d timestamp with time zone)")
        let values: [SQLValue] = [
            .integer(.min), .text("' é ✓ \\ \"?"), .blob([0, 255, 16, 1]), .flag(true),
            .text("2026-01-31 23:59:59.123"),
        ]
        try connection.execute("INSERT INTO things (n, t, b, f, d) VALUES (?, ?, ?, ?, ?)", values)
        try connection.execute(
            "INSERT INTO things (n, t, b, f, d) VALUES (?, ?, ?, ?, ?)", [.null, .text([]), .blob([]), .null, .null])
        #expect(connection.changes == 1)
        let rows = try connection.execute("SELECT n, t, b, f, d FROM things ORDER BY n")
        #expect(rows.count == 2 && connection.changes == 2)
        #expect(Array(rows[0].values.prefix(4)) == Array(values.prefix(4)))
        #expect(rows[0].string(4) == "2026-01-31 23:59:59.123+00")
        #expect(rows[1].values == [.null, .text([]), .blob([]), .null, .null])
        #expect(rows[0].flag(3) && !rows[1].flag(3))
    }

    @Test("say which failures are a clash, which are a refusal, and go on being usable")
    func failures() async throws {
        let connection = try await connection()
        try connection.execute("CREATE TABLE things (n integer UNIQUE)")
        try connection.execute("INSERT INTO things VALUES (?)", [.integer(1)])
        #expect(throws: DatabaseError.duplicate) {
            try connection.execute("INSERT INTO things VALUES (?)", [.integer(1)])
        }
        #expect(throws: DatabaseError.self) { try connection.execute("SELECT * FROM nothing") }
        #expect(throws: DatabaseError.self) { try connection.execute("SELECT ?::text", [.text([65, 0, 66])]) }
        do throws(DatabaseError) {
            try connection.execute("INSERT INTO things VALUES (?::text::integer)", [.text("top secret")])
            Issue.record("a text is no integer")
        } catch {
            #expect(!"\(error)".contains("secret"))
        }
        #expect(!connection.isStale)
        #expect(try connection.execute("SELECT n FROM things").first?.integer(0) == 1)
    }

    @Test("do all of a transaction or nothing")
    func transactions() async throws {
        let connection = try await connection()
        try connection.execute("CREATE TABLE things (n integer UNIQUE)")
        #expect(throws: DatabaseError.duplicate) {
            try connection.transaction { connection throws(DatabaseError) in
                try connection.execute("INSERT INTO things VALUES (1)")
                try connection.execute("INSERT INTO things VALUES (1)")
            }
        }
        #expect(try connection.execute("SELECT count(*) FROM things").first?.integer(0) == 0)
        #expect(throws: DatabaseError.self) {
            try connection.snapshot(of: []) { connection throws(DatabaseError) in
                try connection.execute("INSERT INTO things VALUES (2)")
            }
        }
        _ = try connection.transaction { connection throws(DatabaseError) in
            try connection.execute("INSERT INTO things VALUES (3)")
        }
        #expect(try connection.execute("SELECT n FROM things").map { $0.integer(0) } == [3])
        #expect(try connection.hasTable("things") && !connection.hasTable("thing"))
    }

    @Test("set limits and the time zone in each transaction, and prepare nothing")
    func settings() async throws {
        let connection = try await connection()
        let settings = """
            SELECT current_setting('TimeZone'), current_setting('statement_timeout'), current_setting('lock_timeout'),
                (SELECT count(*) FROM pg_prepared_statements),
                (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory')
            """
        let inside = try connection.transaction { connection throws(DatabaseError) in
            try connection.execute(settings).first?.values
        }
        #expect(inside == [.text("UTC"), .text("1750ms"), .text("1750ms"), .integer(0), .integer(1)])
        let alone = try connection.execute(settings).first?.values
        #expect(alone == [.text("UTC"), .text("1750ms"), .text("1750ms"), .integer(0), .integer(0)])
    }

    @Test("take no answer that is longer than allowed, and are of no more use then")
    func answerLimit() async throws {
        let url = try await PostgresServer.shared().makeDatabase()
        let connection = try PostgreSQLConnection(PostgreSQLSettings(url: url, answerLimit: 1 << 20))
        let rows = try connection.execute("SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
        #expect(rows.count == 1_000)
        #expect(throws: DatabaseError.failed(reason: "the answer is longer than 1 MiB")) {
            try connection.execute("SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
        }
        #expect(connection.isStale)
    }

    @Test(
        "number the places of a statement", arguments: [("a ? b ?", "a $1 b $2"), ("", ""), ("no place", "no place")])
    func numbered(pair: (String, String)) { #expect(PostgreSQLConnection.numbered(pair.0) == pair.1) }

    @Test(
        "are refused with a reason that holds no password",
        arguments: [
            "postgresql://somebody:hunter2@127.0.0.1:1/x", "postgresql://somebody:hunter2@127.0.0.1:port/x",
            "postgresql://somebody:hunter2@127.0.0.1:1/x?nonsense=1", "hunter2",
        ])
    func refused(url: String) {
        do throws(DatabaseError) {
            _ = try PostgreSQLConnection(PostgreSQLSettings(url: url))
            Issue.record("there is no such server")
        } catch {
            guard case .unavailable(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(!reason.contains("hunter2"))
            #expect(!reason.contains("\n"))
        }
    }

    @Test("ask other machines for a certificate unless told otherwise")
    func encryption() throws {
        func mode(_ url: String) throws -> String? {
            try LibPQ().parameters(PostgreSQLSettings(url: url)).first { $0.keyword == "sslmode" }?.value
        }
        #expect(try mode("postgresql://u@db.example.com/x") == "verify-full")
        #expect(try mode("postgresql://u@db.example.com/x?sslmode=require") == "require")
        #expect(try mode("postgresql://u@127.0.0.1,db.example.com/x") == "verify-full")
        for local in ["127.0.0.1", "localhost", "[::1]", "%2Frun%2Fpostgresql"] {
            #expect(try mode("postgresql://u@\(local)/x") == nil, "\(local)")
        }
    }
}

@Suite("PostgreSQL over TLS")
struct PostgreSQLEncryptionTests {
    @Test("a server is believed by its certificate only")
    func certificate() async throws {
        let server = try await PostgresServer.start(tls: true)
        defer { server.kill() }
        let base = "postgresql://gatehouse@localhost:\(server.port)/postgres?sslmode=verify-full"
        let connection = try PostgreSQLConnection(
            PostgreSQLSettings(url: "\(base)&sslrootcert=\(server.certificatePath)"))
        let encrypted = try connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        #expect(encrypted.first?.flag(0) == true)
        #expect(throws: DatabaseError.self) {
            try PostgreSQLConnection(
                PostgreSQLSettings(url: "\(base)&sslrootcert=/etc/ssl/certs/ca-certificates.crt"))
        }
        // The certificate is for another name than the address.
        let address = base.replacing("localhost", with: "127.0.0.1")
        #expect(throws: DatabaseError.self) {
            try PostgreSQLConnection(PostgreSQLSettings(url: "\(address)&sslrootcert=\(server.certificatePath)"))
        }
    }
}

@Suite("PostgreSQL in trouble", .serialized)
struct PostgreSQLTroubleTests {
    private func run(_ database: Database) async throws(DatabaseError) -> Int64? {
        try await database.run { connection throws(DatabaseError) in
            try connection.execute("SELECT 42").first?.integer(0)
        }
    }

    /// Everybody is refused, and nobody waits long.
    private func expectRefusals(_ database: Database) async {
        for _ in 0..<6 {
            let begin = ContinuousClock.now
            await #expect(throws: DatabaseError.self) { try await run(database) }
            #expect(ContinuousClock.now - begin < .seconds(3))
        }
    }

    @Test("killed and started again: refused meanwhile, and then it goes on by itself")
    func killed() async throws {
        let server = try await PostgresServer.start()
        defer { server.kill() }
        let database = try Database(PostgreSQLSettings(url: server.url("postgres"), connections: 2))
        #expect(try await run(database) == 42)
        server.kill()
        await expectRefusals(database)
        try await server.restart()
        let isBack = await eventually(within: .seconds(10)) { (try? await run(database)) == 42 }
        #expect(isBack)
    }

    @Test("restarted between two questions: nobody notices")
    func restarted() async throws {
        let server = try await PostgresServer.start()
        defer { server.kill() }
        let database = try Database(PostgreSQLSettings(url: server.url("postgres"), connections: 1))
        #expect(try await run(database) == 42)
        server.kill()
        try await server.restart()
        #expect(try await run(database) == 42)
    }

    @Test("stopped: refused within the deadline, and good again afterwards")
    func frozen() async throws {
        let server = try await PostgresServer.start()
        defer { server.kill() }
        let database = try Database(PostgreSQLSettings(url: server.url("postgres"), connections: 2))
        #expect(try await run(database) == 42)
        server.freeze()
        await expectRefusals(database)
        server.thaw()
        let isBack = await eventually(within: .seconds(10)) { (try? await run(database)) == 42 }
        #expect(isBack)
    }
}
