import GatehouseCore
import Testing

@testable import GatehouseDatabase

@Suite("Whether an account has a name")
struct AccountNameTests {
    /// Counts the rows that come over.
    private final class Counting: SQLConnection {
        private let base: any SQLConnection
        private(set) var rows = 0

        init(_ base: any SQLConnection) { self.base = base }

        var dialect: SQLDialect { base.dialect }
        var isStale: Bool { base.isStale }
        var changes: Int { base.changes }
        var mayAskAgain: Bool { base.mayAskAgain }
        func beginWork() { base.beginWork() }
        func hasTable(_ name: String) throws(DatabaseError) -> Bool { try base.hasTable(name) }

        func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
            let found = try base.execute(sql, values)
            rows += found.count
            return found
        }

        func transaction<Result>(
            _ body: (any SQLConnection) throws(DatabaseError) -> Result
        ) throws(DatabaseError) -> Result { try base.transaction(body) }

        func snapshot<Result>(
            of tables: [String], _ body: (any SQLConnection) throws(DatabaseError) -> Result
        ) throws(DatabaseError) -> Result { try base.snapshot(of: tables, body) }
    }

    /// Whether somebody has it, and how many rows were looked at for that.
    private func look(
        _ name: UserName, _ people: PeopleUnderTest
    ) async throws -> (isAccount: Bool, rows: Int) {
        try await people.database.run { connection throws(DatabaseError) in
            let counting = Counting(connection)
            do throws(DatabaseError) { try DjangoUserStore.refuseAccounts(name, counting) } catch .duplicate {
                return (true, counting.rows)
            } catch { throw error }
            return (false, counting.rows)
        }
    }

    @Test("is asked of the database, which has many that have nothing to do with it", arguments: DatabaseKind.allCases)
    func rows(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        for number in 0..<40 { try await people.add("person\(number)") }
        try await people.add("Alice")
        for name: UserName in ["alice", "ALICE", "Alice"] {
            let (isAccount, rows) = try await look(name, people)
            #expect(isAccount && rows == 1, "\(name)")
        }
        let (isAccount, rows) = try await look("nobody", people)
        #expect(!isAccount && rows == 0)
    }

    @Test(
        "is said in whatever letter case and composition, as our own rule folds them", arguments: DatabaseKind.allCases)
    func folded(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        for name in ["Ålice", "groß", "İda", "plain"] { try await people.add(name) }
        // Written by somebody else, who has no rule.
        try await people.sql(
            """
            INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active, date_joined,
                first_name) VALUES ('!', \(kind == .sqlite ? "0" : "false"), 'A\u{30A}da', '', '',
                \(kind == .sqlite ? "0, 1" : "false, true"), '2026-01-01 00:00:00', '')
            """)
        for name: UserName in [
            "ålice", "ÅLICE", "A\u{30A}LICE", "GROSS", "gross", "Groß", "GROẞ", "İDA", "PLAIN", "Plain", "Åda", "åDA",
        ] {
            #expect(try await look(name, people).isAccount, "\(name)")
        }
        for name: UserName in ["alice", "gros", "ida", "plai", "plain ", "%", "p_ain", "a\0b"] {
            #expect(try await !look(name, people).isAccount, "\(name)")
        }
    }
}
