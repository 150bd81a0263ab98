import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("The embedded record store")
struct SQLiteRecordStoreTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private var path: String { folder.file("gatehouse.db") }

    init() throws { folder = try TemporaryFolder() }

    private func open(sweepInterval: Duration = .seconds(60)) throws -> SQLiteRecordStore {
        let clock = clock
        return try SQLiteRecordStore(path: path, sweepInterval: sweepInterval) { clock.now }
    }

    private func key(_ name: String) -> RecordKey { RecordKey(Array("gh:\(name)".utf8)) }

    @Test("keeps every promise of the port", arguments: RecordStoreCheck.allCases)
    func conforms(check: RecordStoreCheck) async throws {
        let store = try open()
        try await check.run(on: store, elapse: { clock.advance(by: $0) })
        await store.close()
    }

    @Test("keeps every promise when another one has the same file", arguments: RecordStoreCheck.allCases)
    func shared(check: RecordStoreCheck) async throws {
        let pair = TakingTurns(first: try open(), second: try open())
        try await check.run(on: pair, elapse: { clock.advance(by: $0) })
        await pair.close()
    }

    @Test("counts records whose keys begin in the same way and that did not expire")
    func counting() async throws {
        let store = try open()
        for (name, seconds) in [("s:a", 9), ("s:b", 9), ("s:c", 1), ("so:a", 9), ("r:a", 9), ("t", 9)] {
            _ = try await store.write([1], for: key(name), expiresIn: .seconds(seconds), when: .always)
        }
        clock.advance(by: .seconds(2))
        #expect(try await store.count(beginningWith: Array("gh:s:".utf8)) == 2)
        #expect(try await store.count(beginningWith: []) == 0)
        #expect(try await store.count(beginningWith: [255]) == 0)
        await store.close()
    }

    @Test("lives beside people's tables")
    func besidePeople() async throws {
        let store = try open()
        let database = try Database(sqlitePath: path)
        try await Migrator(database).migrate(declaring: [], now: clock.now)
        #expect(try await store.write([1], for: key("a"), expiresIn: .seconds(9), when: .always))
        #expect(try await store.value(for: key("a")) == [1])
        await store.close()
    }

    @Test("keeps what it has for the next time it is opened")
    func persistence() async throws {
        let store = try open()
        #expect(try await store.write([7], for: key("a"), expiresIn: .seconds(9), when: .always))
        try await store.addMember([8], to: key("set"), expiresIn: .seconds(9))
        await store.close()
        let again = try open()
        #expect(try await again.value(for: key("a")) == [7])
        #expect(try await again.members(of: key("set")) == [[8]])
        await again.close()
    }

    @Test("makes files that only their owner can read")
    func mode() async throws {
        let store = try open()
        #expect(try await store.write([1], for: key("a"), expiresIn: .seconds(9), when: .always))
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
        await store.close()
    }

    @Test(
        "takes expiries of any length", arguments: [Duration.seconds(Int64.max), .zero, .nanoseconds(1), .seconds(-5)])
    func expiries(expiry: Duration) async throws {
        let store = try open()
        #expect(try await store.write([1], for: key("a"), expiresIn: expiry, when: .always))
        #expect(try await store.value(for: key("a")) == [1])
        try await store.addMember([1], to: key("set"), expiresIn: expiry)
        #expect(try await store.members(of: key("set")) == [[1]])
        await store.close()
    }

    @Test("refuses a value that the other stores would not take")
    func tooLarge() async throws {
        let store = try open()
        let large = [UInt8](repeating: 1, count: RecordLimits.valueBytes + 1)
        await #expect(throws: StoreError.self) {
            try await store.write(large, for: key("a"), expiresIn: .seconds(9), when: .always)
        }
        #expect(try await store.write(Array(large.dropLast()), for: key("a"), expiresIn: .seconds(9), when: .always))
        await store.close()
    }

    @Test("begins an expired set anew")
    func expiredSet() async throws {
        let store = try open()
        try await store.addMember([1], to: key("set"), expiresIn: .seconds(5))
        clock.advance(by: .seconds(6))
        try await store.addMember([2], to: key("set"), expiresIn: .seconds(5))
        #expect(try await store.members(of: key("set")) == [[2]])
        await store.close()
    }

    @Test("sweeps what has expired, in steps, and nothing else")
    func sweeping() async throws {
        let store = try open(sweepInterval: .milliseconds(5))
        try await store.onWriter { connection throws(DatabaseError) in
            let start = 1_750_000_000_000
            try connection.transaction { connection throws(DatabaseError) in
                for number in 0..<1_700 {
                    try connection.execute(
                        "INSERT INTO gatehouse_records VALUES (?, x'01', \(start + 1_000))",
                        [.blob(Array("r\(number)".utf8))])
                    try connection.execute(
                        "INSERT INTO gatehouse_record_members VALUES (x'05', ?)", [.blob(Array("m\(number)".utf8))])
                }
                try connection.execute("INSERT INTO gatehouse_record_sets VALUES (x'05', \(start + 1_000))")
                _ = try connection.execute("INSERT INTO gatehouse_records VALUES (x'06', x'01', \(start + 90_000))")
            }
        }
        try await store.addMember([1], to: key("set"), expiresIn: .seconds(90))
        func rows() async throws -> Int64 {
            try await store.onWriter { connection throws(DatabaseError) in
                var sum: Int64 = 0
                for table in ["gatehouse_records", "gatehouse_record_sets", "gatehouse_record_members"] {
                    sum += try connection.execute("SELECT count(*) FROM \(table)").first?.integer(0) ?? 0
                }
                return sum
            }
        }
        #expect(try await rows() == 3_404)
        clock.advance(by: .seconds(2))
        #expect(try await eventually { try await rows() == 3 })
        #expect(try await store.members(of: key("set")) == [[1]])
        await store.close()
    }

    @Test("is unavailable after it was closed")
    func closed() async throws {
        let store = try open()
        try await store.ping()
        await store.close()
        await #expect(throws: StoreError.unavailable(reason: "the session store is closed")) { try await store.ping() }
    }
}

/// Two stores on one file: each call goes to the other one than the call before.
private final class TakingTurns: RecordStore {
    private let first: SQLiteRecordStore
    private let second: SQLiteRecordStore
    private let turns = Turns()

    private actor Turns {
        private var isFirst = false
        func next() -> Bool {
            isFirst.toggle()
            return isFirst
        }
    }

    init(first: SQLiteRecordStore, second: SQLiteRecordStore) {
        self.first = first
        self.second = second
    }

    private func store() async -> SQLiteRecordStore { await turns.next() ? first : second }

    func close() async {
        await first.close()
        await second.close()
    }

    func value(for key: RecordKey) async throws(StoreError) -> [UInt8]? { try await store().value(for: key) }
    func write(
        _ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition
    ) async throws(StoreError) -> Bool {
        try await store().write(value, for: key, expiresIn: expiresIn, when: condition)
    }
    func remove(_ keys: [RecordKey]) async throws(StoreError) { try await store().remove(keys) }
    func addMember(_ member: [UInt8], to key: RecordKey, expiresIn: Duration) async throws(StoreError) {
        try await store().addMember(member, to: key, expiresIn: expiresIn)
    }
    func removeMember(_ member: [UInt8], from key: RecordKey) async throws(StoreError) {
        try await store().removeMember(member, from: key)
    }
    func members(of key: RecordKey) async throws(StoreError) -> [[UInt8]] { try await store().members(of: key) }
    func ping() async throws(StoreError) { try await store().ping() }
}
