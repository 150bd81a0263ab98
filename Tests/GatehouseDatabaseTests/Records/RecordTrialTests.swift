import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Trying a file as the session store before the daemon does")
struct RecordTrialTests {
    private let folder: TemporaryFolder
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private let probe = RecordKey(Array("gh:probe".utf8))

    init() throws { folder = try TemporaryFolder() }

    @Test("writes, reads and leaves nothing, not even the tables")
    func fresh() throws {
        let path = folder.file("people.db")
        do {
            let connection = try SQLiteConnection(path: path)
            try connection.execute("CREATE TABLE other (id integer)")
        }
        #expect(try SQLiteRecordStore.tryOut(path, reading: probe, now: now) == nil)
        let connection = try SQLiteConnection(path: path)
        #expect(try !connection.hasTable("gatehouse_records"))
    }

    @Test("leaves the journal of a file as it is, which is the daemon's to change")
    func journal() throws {
        let path = folder.file("people.db")
        do {
            let connection = try SQLiteConnection(path: path)
            try connection.execute("CREATE TABLE other (id integer)")
            try connection.execute("PRAGMA journal_mode = DELETE")
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(try SQLiteRecordStore.tryOut(path, reading: probe, now: now) == nil)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(before[18...19] == Data([1, 1]), "in WAL mode they are 2")
    }

    @Test("brings a record along")
    func record() async throws {
        let path = folder.file("sessions.db")
        let store = try SQLiteRecordStore(path: path) { [now] in now }
        _ = try await store.write([1, 2], for: probe, expiresIn: .seconds(9), when: .always)
        await store.close()
        #expect(try SQLiteRecordStore.tryOut(path, reading: probe, now: now) == [1, 2])
        let late = now.advanced(by: .seconds(10))
        #expect(try SQLiteRecordStore.tryOut(path, reading: probe, now: late) == nil)
    }

    @Test("says what is wrong with a file that is no database")
    func foreign() throws {
        let path = try folder.write(String(repeating: "no database ", count: 400), to: "sessions.db")
        #expect(throws: StoreError.unavailable(reason: "file is not a database")) {
            _ = try SQLiteRecordStore.tryOut(path, reading: probe, now: now)
        }
    }
}
