import Foundation
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("A SQLite connection")
struct SQLiteConnectionTests {
    private let folder: TemporaryFolder
    private let connection: SQLiteConnection

    init() throws {
        folder = try TemporaryFolder()
        connection = try SQLiteConnection(path: folder.file("some.db"))
        try connection.execute("CREATE TABLE things (id integer PRIMARY KEY, value)")
    }

    private func values() throws -> [SQLValue] {
        try connection.execute("SELECT value FROM things ORDER BY id").compactMap(\.values.first)
    }

    @Test("gives back every kind of value as it went in, empty ones and NULs too")
    func roundTrip() throws {
        let values: [SQLValue] = [
            .null, .integer(.min), .integer(.max), .text([]), .text("a\0b"), .text([0xFF, 0xFE]), .blob([]),
            .blob([0, 1, 255]), .text(String(repeating: "x", count: 100_000)),
        ]
        for value in values { try connection.execute("INSERT INTO things (value) VALUES (?)", [value]) }
        #expect(try self.values() == values)
    }

    @Test("forgets the values of the last run when a statement runs again")
    func bindings() throws {
        let insert = "INSERT INTO things (value) VALUES (?)"
        try connection.execute(insert, [.text("kept")])
        try connection.execute(insert)
        #expect(try values() == [.text("kept"), .null])
    }

    @Test("goes on after a failed statement, and after more statements than it keeps prepared")
    func goesOn() throws {
        #expect(throws: DatabaseError.self) { try connection.execute("SELECT nothing FROM nowhere") }
        #expect(throws: DatabaseError.self) { try connection.execute("SELECT ?", [.null, .null]) }
        for number in 0..<100 {
            let rows = try connection.execute("SELECT \(number)")
            #expect(rows.first?.integer(0) == Int64(number))
        }
    }

    @Test("undoes a whole transaction when a part of it fails")
    func rollback() throws {
        #expect(throws: DatabaseError.notFound) {
            try connection.transaction { connection throws(DatabaseError) in
                try connection.execute("INSERT INTO things (value) VALUES (1)")
                throw .notFound
            }
        }
        #expect(try values().isEmpty)
        try connection.transaction { connection throws(DatabaseError) in
            _ = try connection.execute("INSERT INTO things (value) VALUES (2)")
        }
        #expect(try values() == [.integer(2)])
    }

    @Test("reads while another connection writes, and sees one moment only inside a snapshot")
    func snapshot() throws {
        let writer = try SQLiteConnection(path: folder.file("some.db"))
        let counts = try connection.snapshot(of: []) { connection throws(DatabaseError) in
            let before = try connection.execute("SELECT count(*) FROM things").first?.integer(0)
            try writer.execute("INSERT INTO things (value) VALUES (1)")
            return [before, try connection.execute("SELECT count(*) FROM things").first?.integer(0)]
        }
        #expect(counts == [0, 0])
        #expect(try values().count == 1)
    }

    @Test("makes files that only their owner can read")
    func mode() throws {
        for name in ["some.db", "some.db-wal", "some.db-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
    }

    @Test("says that a locked database is unavailable, not that there is nobody")
    func locked() throws {
        let other = try SQLiteConnection(path: folder.file("some.db"))
        let connection = try SQLiteConnection(path: folder.file("some.db"), busyTimeout: 20)
        try other.execute("BEGIN IMMEDIATE")
        #expect(throws: DatabaseError.unavailable(reason: "database is locked")) {
            try connection.execute("INSERT INTO things (value) VALUES (1)")
        }
        try other.execute("ROLLBACK")
        try connection.execute("INSERT INTO things (value) VALUES (1)")
    }

    @Test("refuses a path with a NUL")
    func path() {
        #expect(throws: DatabaseError.self) { try SQLiteConnection(path: folder.file("a\0b")) }
    }
}
