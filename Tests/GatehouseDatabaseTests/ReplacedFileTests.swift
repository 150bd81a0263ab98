import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("A people database whose file is taken away")
struct ReplacedFileTests {
    private let folder: TemporaryFolder
    private let now = Timestamp(milliseconds: 1_800_000_000_123)
    private var path: String { folder.file("people.db") }

    init() throws { folder = try TemporaryFolder() }

    /// A database with one person in it.
    private func make(_ path: String, _ name: UserName, _ encoded: String) async throws -> DjangoUserStore {
        let database = try Database(sqlitePath: path)
        try await Migrator(database).migrate(declaring: [], now: now)
        let store = DjangoUserStore(database)
        _ = try await store.add(NewUser(name: name, encodedPassword: encoded), now: now)
        return store
    }

    /// A copy that is whole, as sqlite3's own backup makes it.
    private func backUp(_ path: String, to copy: String) throws {
        let script = "import sqlite3, sys; s = sqlite3.connect(sys.argv[1]); s.backup(sqlite3.connect(sys.argv[2]))"
        #expect(try ChildProcess("python3", ["-c", script, path, copy]).waitForExit() == 0)
    }

    /// What `mv` does: over a file that is there, too.
    private func move(_ from: String, to path: String) throws {
        let result = unsafe rename(from, path)
        try #require(result == 0)
    }

    @Test("is read where it was put, and nothing of the old one is mixed in")
    func replaced() async throws {
        let store = try await make(path, "alice", "before")
        let copy = folder.file("copy.db")
        try backUp(path, to: copy)
        try await store.setPassword(of: "alice", to: "after", now: now, remembering: 3)
        #expect(try await store.account(named: "alice")?.encodedPassword == "after")
        // Its last changes are still beside it.
        #expect(try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0 > 0)
        try move(copy, to: path)
        #expect(try await store.account(named: "alice")?.encodedPassword == "before")
        #expect(try await store.previousHashes(of: "1", limit: 9) == [])
        try await store.setPassword(of: "alice", to: "again", now: now, remembering: 3)
        let other = DjangoUserStore(try Database(sqlitePath: path))
        #expect(try await other.account(named: "alice")?.encodedPassword == "again")
        #expect(try await store.account(named: "alice")?.encodedPassword == "again")
    }

    @Test("is read where it was put behind a symbolic link, too")
    func behindLink() async throws {
        let store = try await make(path, "alice", "before")
        let (copy, link) = (folder.file("copy.db"), folder.file("link.db"))
        try backUp(path, to: copy)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let linked = DjangoUserStore(try Database(sqlitePath: link))
        try await linked.setPassword(of: "alice", to: "after", now: now, remembering: 3)
        #expect(try await store.account(named: "alice")?.encodedPassword == "after")
        try move(copy, to: path)
        #expect(try await linked.account(named: "alice")?.encodedPassword == "before")
        #expect(try await store.account(named: "alice")?.encodedPassword == "before")
    }

    @Test("is unavailable while there is none, and none is made; the file that comes back is used")
    func removed() async throws {
        let store = try await make(path, "alice", "before")
        let aside = folder.file("aside.db")
        try move(path, to: aside)
        for _ in 0..<3 {
            await #expect(throws: BackendError.unavailable(reason: "database: the file was removed")) {
                try await store.account(named: "alice")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"), "it would be read into whatever comes")
        // What was taken away is whole by itself.
        let taken = DjangoUserStore(try Database(sqlitePath: aside))
        #expect(try await taken.account(named: "alice")?.encodedPassword == "before")
        _ = try await make(folder.file("new.db"), "alice", "new")
        try backUp(folder.file("new.db"), to: path)
        #expect(
            await eventually { (try? await store.account(named: "alice"))??.encodedPassword == "new" })
    }

    /// What a reader finds; `nil` also while it gets no answer.
    private func value(_ key: RecordKey, from reader: SQLiteRecordReader) -> [UInt8]? {
        var value: [UInt8]?
        reader.read(key, nil) { reading in
            if case .values(let first, _) = reading { value = first }
        }
        return value
    }

    /// What `ln -sfn` does.
    private func link(_ link: String, to path: String) throws {
        try FileManager.default.createSymbolicLink(atPath: link + ".new", withDestinationPath: path)
        try move(link + ".new", to: link)
    }

    @Test("keeps its last changes when a symbolic link leads elsewhere, for whoever else uses it")
    func linkElsewhere() async throws {
        let (other, link) = (folder.file("other.db"), folder.file("link.db"))
        let store = try await make(path, "alice", "one")
        _ = try await make(other, "alice", "two")
        try self.link(link, to: path)
        let linked = DjangoUserStore(try Database(sqlitePath: link))
        try await linked.setPassword(of: "alice", to: "changed", now: now, remembering: 3)
        try self.link(link, to: other)
        #expect(try await linked.account(named: "alice")?.encodedPassword == "two")
        #expect(FileManager.default.fileExists(atPath: path + "-wal"), "its database is where it was")
        try await store.setPassword(of: "alice", to: "later", now: now, remembering: 3)
        let fresh = DjangoUserStore(try Database(sqlitePath: path))
        #expect(try await fresh.account(named: "alice")?.encodedPassword == "later")
        #expect(try await linked.account(named: "alice")?.encodedPassword == "two")
    }

    @Test("keeps nobody on an event loop waiting who is led elsewhere by a symbolic link")
    func sessionsElsewhere() async throws {
        let clock = ManualClock()
        let key = RecordKey(Array("gh:a".utf8))
        let (other, link) = (folder.file("other.db"), folder.file("link.db"))
        let (first, second) = (
            try SQLiteRecordStore(path: path) { clock.now }, try SQLiteRecordStore(path: other) { clock.now }
        )
        #expect(try await first.write([1], for: key, expiresIn: .seconds(600), when: .always))
        #expect(try await second.write([2], for: key, expiresIn: .seconds(600), when: .always))
        try self.link(link, to: path)
        let store = try SQLiteRecordStore(path: link) { clock.now }
        let reader = SQLiteRecordReader(store, now: { clock.now }, onChange: { _ in })
        let late = SQLiteRecordReader(store, now: { clock.now }, onChange: { _ in })
        #expect(value(key, from: reader) == [1] && value(key, from: late) == [1])
        try self.link(link, to: other)
        #expect(value(key, from: reader) == [2])
        #expect(try await store.value(for: key) == [2])
        #expect(try await first.write([3], for: key, expiresIn: .seconds(600), when: .always))
        let fresh = try SQLiteRecordStore(path: path) { clock.now }
        #expect(try await fresh.value(for: key) == [3])
        // Taken away from where nobody is led any more: what is left beside it is in nobody's way.
        try move(path, to: folder.file("aside.db"))
        #expect(FileManager.default.fileExists(atPath: path + "-wal"))
        #expect(value(key, from: late) == [2])
        for store in [first, second, store, fresh] { await store.close() }
    }

    @Test("is read again once the same file is back, on an event loop, too")
    func cameBack() async throws {
        let clock = ManualClock()
        let key = RecordKey(Array("gh:a".utf8))
        let store = try SQLiteRecordStore(path: path) { clock.now }
        #expect(try await store.write([1], for: key, expiresIn: .seconds(600), when: .always))
        let reader = SQLiteRecordReader(store, now: { clock.now }, onChange: { _ in })
        #expect(value(key, from: reader) == [1])
        let aside = folder.file("aside.db")
        try move(path, to: aside)
        #expect(value(key, from: reader) == nil)
        try move(aside, to: path)
        clock.advance(by: .milliseconds(200))
        #expect(value(key, from: reader) == [1])
        await store.close()
    }

    @Test("does the same as a file of sessions, for whoever reads it on an event loop, too")
    func sessions() async throws {
        let clock = ManualClock()
        let key = RecordKey(Array("gh:a".utf8))
        let store = try SQLiteRecordStore(path: path) { clock.now }
        let reader = SQLiteRecordReader(store, now: { clock.now }, onChange: { _ in })
        func read() -> [UInt8]? { value(key, from: reader) }
        let copy = folder.file("copy.db")
        #expect(try await store.write([1], for: key, expiresIn: .seconds(600), when: .always))
        try backUp(path, to: copy)
        #expect(try await store.write([2], for: key, expiresIn: .seconds(600), when: .always))
        #expect(read() == [2])
        try move(copy, to: path)
        // The reader cannot clear away what the old file left, and waits for somebody who can.
        var values: [[UInt8]?] = []
        let isNew = await eventually {
            clock.advance(by: .milliseconds(200))
            values.append(read())
            return values.last == [1]
        }
        #expect(isNew && !values.contains([2]))
        #expect(try await store.value(for: key) == [1])
        await store.close()
    }
}
