private import CSQLite
package import GatehouseCore

/// One event loop's own connection to the embedded store: read-only, without a cache of records, so that what any process
/// writes counts at the next read.
///
/// A read is synchronous and takes microseconds: it waits for no writer. Renewals go to the store's writing queue.
package final class SQLiteRecordReader: RecordReader {
    private let store: SQLiteRecordStore
    private let path: FilePath
    private let now: () -> Timestamp
    private let onChange: (StoreError?) -> Void
    private var file: RecordFile?
    /// What lay beside the file that was opened last.
    private var sidecars = SQLiteSidecars()
    private var retriesAt: Timestamp?
    private var isDown = false

    private static let retryPause = Duration.milliseconds(100)

    /// Opens the store's file; if that fails, reads are `unavailable` until it succeeds.
    ///
    /// - Parameters:
    ///   - store: the open store, which made the tables.
    ///   - now: the wall clock.
    ///   - onChange: hears why reads began to fail, and with `nil` that they succeed again.
    package init(
        _ store: SQLiteRecordStore, now: @escaping () -> Timestamp, onChange: @escaping (StoreError?) -> Void
    ) {
        self.store = store
        self.now = now
        self.onChange = onChange
        path = FilePath(store.path)
    }

    package func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        completion(reading(first, second))
    }

    package func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        store.post(value, for: key, expiresIn: expiresIn, when: .ifPresent)
    }

    package func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        store.post(value, for: key, expiresIn: expiresIn, when: .always)
    }

    private func reading(_ first: RecordKey, _ second: RecordKey?) -> RecordReading {
        let moment = now()
        do throws(DatabaseError) {
            guard let file = try current(moment) else { return .unavailable }
            let reading = try file.values(first, second, at: moment.milliseconds)
            if isDown {
                isDown = false
                onChange(nil)
            }
            return reading
        } catch {
            file = nil
            retriesAt = moment.advanced(by: SQLiteRecordReader.retryPause)
            if !isDown {
                isDown = true
                onChange(StoreError(error))
            }
            return .unavailable
        }
    }

    /// The file that is there now; `nil` shortly after a failure.
    private func current(_ moment: Timestamp) throws(DatabaseError) -> RecordFile? {
        if file == nil, let retriesAt, moment < retriesAt,
            retriesAt.since(moment) <= SQLiteRecordReader.retryPause
        {
            return nil
        }
        guard let identity = FileIdentity(path) else { throw SQLiteConnection.removed }
        if let file, file.identity == identity { return file }
        file = nil
        // What lies beside the old file must go first, which takes somebody who may write.
        guard !sidecars.areInTheWay(of: identity) else {
            store.noticeReplacement()
            throw .unavailable(reason: "the file was replaced")
        }
        let fresh = try RecordFile(path, identity)
        file = fresh
        sidecars = fresh.sidecars
        return fresh
    }
}

/// The file of records, open for reading with its two statements prepared.
@safe private final class RecordFile {
    let identity: FileIdentity
    private let handle: OpaquePointer
    /// Both are the same: while the first stands on its row the second one sees the same moment, and takes no locks.
    private let first: OpaquePointer
    private let second: OpaquePointer

    /// How long a read waits for another process that repairs the file after a crash, in milliseconds.
    private static let busyLimit: Int32 = 20

    init(_ path: FilePath, _ identity: FileIdentity) throws(DatabaseError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
        let result = unsafe sqlite3_open_v2(path.text, &handle, flags, nil)
        guard result == SQLITE_OK, let opened = unsafe handle else {
            let reason = unsafe String(cString: sqlite3_errstr(result))
            unsafe sqlite3_close(handle)
            throw .unavailable(reason: reason)
        }
        unsafe sqlite3_extended_result_codes(opened, 1)
        unsafe sqlite3_busy_timeout(opened, RecordFile.busyLimit)
        unsafe sqlite3_exec(opened, "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -1024", nil, nil, nil)
        var first: OpaquePointer?
        var second: OpaquePointer?
        let flagsOfStatement = UInt32(SQLITE_PREPARE_PERSISTENT)
        guard unsafe sqlite3_prepare_v3(opened, RecordTables.read, -1, flagsOfStatement, &first, nil) == SQLITE_OK,
            unsafe sqlite3_prepare_v3(opened, RecordTables.read, -1, flagsOfStatement, &second, nil) == SQLITE_OK,
            let one = unsafe first, let other = unsafe second
        else {
            let error = unsafe DatabaseError(of: opened)
            unsafe sqlite3_finalize(first)
            unsafe sqlite3_finalize(second)
            unsafe sqlite3_close_v2(opened)
            throw error
        }
        self.identity = identity
        unsafe self.handle = opened
        unsafe self.first = one
        unsafe self.second = other
    }

    deinit {
        unsafe sqlite3_finalize(first)
        unsafe sqlite3_finalize(second)
        unsafe sqlite3_close_v2(handle)
    }

    /// What lies beside it now.
    var sidecars: SQLiteSidecars { unsafe SQLiteSidecars(of: handle, identity) }

    func values(_ key: RecordKey, _ other: RecordKey?, at moment: Int64) throws(DatabaseError) -> RecordReading {
        defer {
            unsafe sqlite3_reset(first)
            unsafe sqlite3_reset(second)
        }
        let value = try unsafe value(of: key, first, moment)
        guard let other else { return .values(first: value, second: nil) }
        return .values(first: value, second: try unsafe self.value(of: other, second, moment))
    }

    private func value(
        of key: RecordKey, _ statement: OpaquePointer, _ moment: Int64
    ) throws(DatabaseError) -> [UInt8]? {
        let bound = unsafe key.bytes.withUnsafeBytes {
            unsafe gatehouse_sqlite3_bind_blob(statement, 1, $0.baseAddress, Int32(clamping: $0.count))
        }
        guard bound == SQLITE_OK, unsafe sqlite3_bind_int64(statement, 2, moment) == SQLITE_OK else {
            throw unsafe DatabaseError(of: handle)
        }
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW:
            guard let start = unsafe sqlite3_column_blob(statement, 0) else { return [] }
            let count = Int(unsafe sqlite3_column_bytes(statement, 0))
            return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
        case SQLITE_DONE: return nil
        default: throw unsafe DatabaseError(of: handle)
        }
    }
}
