import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("A loop's reader of the embedded store")
struct SQLiteRecordReaderTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private let store: SQLiteRecordStore
    private var path: String { folder.file("gatehouse.db") }
    private let a = RecordKey(Array("gh:a".utf8))
    private let b = RecordKey(Array("gh:b".utf8))

    init() throws {
        folder = try TemporaryFolder()
        let clock = clock
        store = try SQLiteRecordStore(path: folder.file("gatehouse.db")) { clock.now }
    }

    private final class Changes {
        var heard: [StoreError?] = []
    }

    private func reader(_ changes: Changes = Changes()) -> SQLiteRecordReader {
        let clock = clock
        return SQLiteRecordReader(store, now: { clock.now }) { changes.heard.append($0) }
    }

    /// What a read brings, as text: it must come before `read` returns.
    private func read(_ reader: SQLiteRecordReader, _ first: RecordKey, _ second: RecordKey? = nil) -> String {
        var result = "nothing"
        reader.read(first, second) { reading in
            result =
                switch reading {
                case .values(let first, let second): "\(first as Any) \(second as Any)"
                case .unavailable: "unavailable"
                }
        }
        return result
    }

    private func write(_ value: [UInt8], _ key: RecordKey, _ expiry: Duration = .seconds(60)) async throws {
        #expect(try await store.write(value, for: key, expiresIn: expiry, when: .always))
    }

    @Test("reads one or two records, empty ones too, as they stand at that moment")
    func reads() async throws {
        let reader = reader()
        #expect(read(reader, a, b) == "nil nil")
        try await write([1, 0, 255], a)
        #expect(read(reader, a) == "Optional([1, 0, 255]) nil")
        #expect(read(reader, a, b) == "Optional([1, 0, 255]) nil")
        try await write([], b, .seconds(5))
        #expect(read(reader, a, b) == "Optional([1, 0, 255]) Optional([])")
        #expect(read(reader, b, a) == "Optional([]) Optional([1, 0, 255])")
        #expect(read(reader, a, a) == "Optional([1, 0, 255]) Optional([1, 0, 255])")
        clock.advance(by: .seconds(5))
        #expect(read(reader, a, b) == "Optional([1, 0, 255]) nil")
        try await store.remove([a])
        #expect(read(reader, a, b) == "nil nil")
    }

    @Test("and the store take what is no record for one without octets, which a write replaces")
    func unfit() async throws {
        let reader = reader()
        try await write([7], b)
        for odd in ["'text'", "17", "1.5", "zeroblob(65537)", "zeroblob(1000000)", "''"] {
            try await write([1], a)
            // The table itself refuses it, as long as nobody switches that off.
            try OtherProcess.run(
                """
                update = "UPDATE gatehouse_records SET value = \(odd) WHERE value = x'01'"
                try:
                    db.execute(update)
                    sys.exit(1)
                except sqlite3.IntegrityError:
                    db.execute("PRAGMA ignore_check_constraints = ON")
                    db.execute(update)
                """, on: path)
            #expect(read(reader, a, b) == "Optional([]) Optional([7])", "\(odd)")
            #expect(read(reader, b, a) == "Optional([7]) Optional([])", "\(odd)")
            #expect(try await store.value(for: a) == [])
            #expect(try await !store.write([2], for: a, expiresIn: .seconds(60), when: .ifMissing))
            #expect(try await !store.write([2], for: a, expiresIn: .seconds(60), when: .ifEqual([1])))
            #expect(try await store.write([2], for: a, expiresIn: .seconds(60), when: .ifEqual([])))
            #expect(read(reader, a, b) == "Optional([2]) Optional([7])")
        }
        try await store.addMember([1], to: a, expiresIn: .seconds(60))
        try OtherProcess.run(
            "db.execute(\"INSERT INTO gatehouse_record_members SELECT key, 'x' FROM gatehouse_record_sets\")", on: path)
        #expect(try await store.members(of: a) == [[1]])
    }

    @Test("sees at once what another process writes")
    func otherProcess() async throws {
        let reader = reader()
        try await write([1], a)
        #expect(read(reader, a) == "Optional([1]) nil")
        try OtherProcess.run("db.execute(\"UPDATE gatehouse_records SET value = x'02'\")", on: path)
        #expect(read(reader, a) == "Optional([2]) nil")
        try OtherProcess.run("db.execute(\"DELETE FROM gatehouse_records\")", on: path)
        #expect(read(reader, a) == "nil nil")
    }

    @Test("neither reads nor renews slower while another process writes")
    func locked() async throws {
        let reader = reader()
        try await write([1], a)
        let other = try await OtherProcess.lock(path, in: folder)
        let start = ContinuousClock.now
        for _ in 0..<100 {
            #expect(read(reader, a) == "Optional([1]) nil")
            reader.refresh([2], for: a, expiresIn: .seconds(9))
        }
        // Each would wait for a second if it waited for the lock.
        #expect(ContinuousClock.now - start < .seconds(20), "nothing waited for the lock")
        other.kill()
        reader.refresh([3], for: a, expiresIn: .seconds(9))
        #expect(
            await eventually {
                reader.refresh([3], for: a, expiresIn: .seconds(9))
                return read(reader, a) == "Optional([3]) nil"
            })
    }

    @Test("renews what is there and revives nothing")
    func refresh() async throws {
        let reader = reader()
        try await write([1], a, .seconds(5))
        reader.refresh([2], for: a, expiresIn: .seconds(60))
        reader.refresh([2], for: b, expiresIn: .seconds(60))
        #expect(await eventually { read(reader, a, b) == "Optional([2]) nil" })
        clock.advance(by: .seconds(30))
        #expect(read(reader, a, b) == "Optional([2]) nil")
        try await store.remove([a])
        reader.refresh([3], for: a, expiresIn: .seconds(60))
        // The writing queue keeps its order: the renewal was tried before this counts.
        try await write([4], b)
        #expect(read(reader, a, b) == "nil Optional([4])")
    }

    @Test("writes what was not there, with its expiry")
    func writes() async throws {
        let reader = reader()
        reader.write([1], for: a, expiresIn: .seconds(60))
        #expect(await eventually { read(reader, a) == "Optional([1]) nil" })
        clock.advance(by: .seconds(60))
        #expect(read(reader, a) == "nil nil")
    }

    @Test("knows nobody when the file is gone, says so once, and goes on with the next file")
    func removed() async throws {
        let changes = Changes()
        let reader = reader(changes)
        try await write([1], a)
        #expect(read(reader, a) == "Optional([1]) nil")
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: path + suffix) }
        for _ in 0..<3 {
            #expect(read(reader, a) == "unavailable")
            clock.advance(by: .seconds(1))
        }
        #expect(changes.heard == [.unavailable(reason: "the file was removed")])
        let clock = clock
        let other = try SQLiteRecordStore(path: path) { clock.now }
        #expect(try await other.write([2], for: a, expiresIn: .seconds(60), when: .always))
        #expect(read(reader, a) == "Optional([2]) nil")
        #expect(changes.heard == [.unavailable(reason: "the file was removed"), nil])
        await other.close()
    }

    @Test("does not read what is no database")
    func overwritten() async throws {
        let changes = Changes()
        try await write([1], a)
        await store.close()
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try folder.write(String(repeating: "this is no database ", count: 1_000), to: "gatehouse.db")
        let reader = reader(changes)
        #expect(read(reader, a) == "unavailable")
        #expect(changes.heard == [.unavailable(reason: "file is not a database")])
    }
}
