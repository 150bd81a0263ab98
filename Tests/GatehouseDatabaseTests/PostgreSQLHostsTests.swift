import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Several PostgreSQL servers in one address")
struct PostgreSQLHostsTests {
    private func hosts(_ url: String) throws -> PostgreSQLHosts {
        PostgreSQLHosts(try LibPQ().parameters(PostgreSQLSettings(url: url)), deadline: .seconds(1))
    }

    private func value(_ keyword: String, _ host: PostgreSQLHosts.Host) -> String? {
        host.parameters.first { $0.keyword == keyword }?.value
    }

    @Test("are tried one by one, each with what belongs to it")
    func split() throws {
        let several = try hosts(
            "postgresql://u@db1.example.com:5433,db2.example.com,127.0.0.1:6432/x?connect_timeout=7")
        #expect(several.candidates.map(\.name) == ["db1.example.com:5433", "db2.example.com:", "127.0.0.1:6432"])
        #expect(several.candidates.map { value("host", $0) } == ["db1.example.com", "db2.example.com", "127.0.0.1"])
        #expect(several.candidates.map { value("port", $0) } == ["5433", "", "6432"])
        #expect(several.candidates.allSatisfy { value("sslmode", $0) == "verify-full" && value("dbname", $0) == "x" })
        #expect(several.deadline == .seconds(7) && several.areSeveral)
        let onePort = try hosts("postgresql:///x?host=db1,db2&port=5433")
        #expect(onePort.candidates.map { value("port", $0) } == ["5433", "5433"])
        let addresses = try hosts("postgresql:///x?host=db1,db2&hostaddr=10.0.0.1,10.0.0.2")
        #expect(addresses.candidates.map { value("hostaddr", $0) } == ["10.0.0.1", "10.0.0.2"])
    }

    @Test("what libpq has to judge, and a single server, goes to it as it is")
    func whole() throws {
        for url in [
            "postgresql://u@db1.example.com/x", "postgresql://u@/x", "postgresql:///x?host=db1,db2&port=1,2,3",
            "postgresql:///x?host=db1,db2&hostaddr=10.0.0.1",
        ] {
            let hosts = try hosts(url)
            #expect(hosts.candidates.count == 1 && !hosts.areSeveral && hosts.deadline == .seconds(1), "\(url)")
        }
    }

    @Test("a standby is preferred by asking each for one first")
    func preferStandby() throws {
        let hosts = try hosts("postgresql://u@a,b/x?target_session_attrs=prefer-standby")
        #expect(hosts.candidates.map { value("host", $0) } == ["a", "b", "a", "b"])
        #expect(
            hosts.candidates.map { value("target_session_attrs", $0) } == ["standby", "standby", "any", "any"])
    }

    @Test("the first that is dead, stopped or takes no writes does not keep from the one that answers")
    func trouble() async throws {
        let (good, bad) = (try await PostgresServer.start(), try await PostgresServer.start())
        defer {
            good.kill()
            bad.kill()
        }
        func port(_ ports: UInt16..., attributes: String = "any") async throws -> String? {
            let hosts = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
            let database = try Database(
                PostgreSQLSettings(
                    url: "postgresql://gatehouse@\(hosts)/postgres?target_session_attrs=\(attributes)", connections: 1))
            return try await database.run { connection throws(DatabaseError) in
                try connection.execute("SELECT current_setting('port')").first?.string(0)
            }
        }
        let dead = try FreePort.any()
        #expect(try await port(dead, good.port) == "\(good.port)")
        bad.freeze()
        #expect(try await port(dead, bad.port, good.port) == "\(good.port)")
        bad.thaw()
        try bad.run("ALTER SYSTEM SET default_transaction_read_only = on")
        try bad.run("SELECT pg_reload_conf()")
        #expect(await eventually { (try? bad.run("SHOW default_transaction_read_only")) == "on\n" })
        #expect(try await port(bad.port, good.port) == "\(bad.port)")
        #expect(try await port(bad.port, good.port, attributes: "read-write") == "\(good.port)")
        #expect(try await port(good.port, bad.port, attributes: "read-only") == "\(bad.port)")
        do {
            _ = try await port(dead, dead)
            Issue.record("nobody answers there")
        } catch {
            #expect("\(error)".contains("127.0.0.1:\(dead): "))
        }
    }

    @Test("a server that takes no writes any more is left for the one that does")
    func demoted() async throws {
        let (first, second) = (try await PostgresServer.start(), try await PostgresServer.start())
        defer {
            first.kill()
            second.kill()
        }
        for server in [first, second] { try server.run("CREATE TABLE things (n integer)") }
        let database = try Database(
            PostgreSQLSettings(
                url: "postgresql://gatehouse@127.0.0.1:\(first.port),127.0.0.1:\(second.port)/postgres"
                    + "?target_session_attrs=read-write", connections: 1))
        func write() async throws {
            try await database.run { connection throws(DatabaseError) in
                _ = try connection.execute("INSERT INTO things VALUES (1)")
            }
        }
        try await write()
        try first.run("ALTER SYSTEM SET default_transaction_read_only = on")
        try first.run("SELECT pg_reload_conf()")
        #expect(await eventually { (try? first.run("SHOW default_transaction_read_only")) == "on\n" })
        // Whoever is connected hears of it a moment later.
        #expect(
            await eventually(within: .seconds(30)) {
                try? await write()
                return (try? second.run("SELECT count(*) > 0 FROM things")) == "t\n"
            })
    }
}
