import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("The embedded record store in trouble")
struct SQLiteRecordFaultTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private var path: String { folder.file("gatehouse.db") }
    private let a = RecordKey(Array("gh:a".utf8))

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> SQLiteRecordStore {
        let clock = clock
        return try SQLiteRecordStore(path: path) { clock.now }
    }

    @Test("says so when it is opened where there can be no database")
    func cannotOpen() throws {
        try folder.write(String(repeating: "this is no database ", count: 100), to: "text")
        for path in [folder.file("no/such/folder/x.db"), folder.path, folder.file("text"), folder.file("a\0b")] {
            #expect(throws: StoreError.self) {
                try SQLiteRecordStore(path: path) { Timestamp(milliseconds: 0) }
            }
        }
    }

    @Test("refuses writes within a second while another process does not let go, still reads, and recovers")
    func locked() async throws {
        let store = try open()
        #expect(try await store.write([1], for: a, expiresIn: .seconds(60), when: .always))
        let other = try await OtherProcess.lock(path, in: folder)
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for number in UInt8(0)..<20 {
                group.addTask {
                    await #expect(throws: StoreError.self) {
                        try await store.write([number], for: a, expiresIn: .seconds(60), when: .always)
                    }
                }
                group.addTask {
                    await #expect(throws: StoreError.self) {
                        try await store.addMember([1], to: a, expiresIn: .seconds(9))
                    }
                }
            }
        }
        #expect(ContinuousClock.now - start < .seconds(2), "each call ends within a second")
        #expect(try await store.value(for: a) == [1])
        try await store.ping()
        other.kill()
        #expect(try await store.write([2], for: a, expiresIn: .seconds(60), when: .ifEqual([1])))
        #expect(try await store.members(of: a).isEmpty)
        await store.close()
    }

    @Test("refuses writes and still reads when the disk is full")
    func full() async throws {
        let store = try open()
        #expect(try await store.write([1], for: a, expiresIn: .seconds(60), when: .always))
        try await store.onWriter { connection throws(DatabaseError) in
            let pages = try connection.execute("PRAGMA page_count").first?.integer(0) ?? 0
            _ = try connection.execute("PRAGMA max_page_count = \(pages + 2)")
        }
        let large = [UInt8](repeating: 1, count: 60_000)
        await #expect(throws: StoreError.unavailable(reason: "database or disk is full")) {
            try await store.write(large, for: a, expiresIn: .seconds(60), when: .always)
        }
        #expect(try await store.value(for: a) == [1])
        try await store.ping()
        try await store.onWriter { connection throws(DatabaseError) in
            _ = try connection.execute("PRAGMA max_page_count = 1000000")
        }
        #expect(try await store.write(large, for: a, expiresIn: .seconds(60), when: .always))
        await store.close()
    }

    @Test("answers nothing from a file that was removed, and goes on with one that is put there")
    func removed() async throws {
        let store = try open()
        #expect(try await store.write([1], for: a, expiresIn: .seconds(60), when: .always))
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: path + suffix) }
        let gone = StoreError.unavailable(reason: "the file was removed")
        await #expect(throws: gone) { try await store.ping() }
        await #expect(throws: gone) { try await store.value(for: a) }
        await #expect(throws: gone) { try await store.write([2], for: a, expiresIn: .seconds(60), when: .always) }
        #expect(!FileManager.default.fileExists(atPath: path))
        let other = try open()
        #expect(try await other.write([3], for: a, expiresIn: .seconds(60), when: .ifMissing))
        #expect(try await store.value(for: a) == [3])
        #expect(try await store.write([4], for: a, expiresIn: .seconds(60), when: .ifEqual([3])))
        #expect(try await other.value(for: a) == [4])
        await store.close()
        await other.close()
    }

    @Test("lets one of several processes win, and sees what they write")
    func processes() async throws {
        let store = try open()
        #expect(try await store.write([0], for: a, expiresIn: .seconds(60), when: .always))
        let script = """
            for number in range(200):
                db.execute("INSERT INTO gatehouse_records VALUES (?, x'01', 9e15)", (os.urandom(16),))
            """
        let others = try (0..<3).map { _ in
            try ChildProcess(
                "python3",
                [
                    "-c",
                    "import os, sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=9, isolation_level=None)\n"
                        + script, path,
                ])
        }
        for number in UInt8(0)..<200 {
            let next = RecordKey(Array("gh:n\(number)".utf8))
            #expect(try await store.write([number], for: next, expiresIn: .seconds(60), when: .ifMissing))
        }
        for other in others { #expect(other.waitForExit() == 0) }
        let count = try await store.onWriter { connection throws(DatabaseError) in
            try connection.execute("SELECT count(*) FROM gatehouse_records").first?.integer(0)
        }
        #expect(count == 801)
        try OtherProcess.run("db.execute(\"DELETE FROM gatehouse_records WHERE key = ?\", (b'gh:a',))", on: path)
        #expect(try await store.value(for: a) == nil)
        await store.close()
    }
}
