private import CSQLite

/// A value that goes into a statement or comes out of a row.
enum SQLValue: Equatable, Sendable {
    case null
    case integer(Int64)
    case text([UInt8])

    static func text(_ string: String) -> SQLValue { .text(Array(string.utf8)) }
    static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
}

/// One row, in the order of the statement's columns.
struct SQLRow: Sendable {
    let values: [SQLValue]

    func integer(_ index: Int) -> Int64? {
        guard values.indices.contains(index), case .integer(let value) = values[index] else { return nil }
        return value
    }

    func text(_ index: Int) -> [UInt8]? {
        guard values.indices.contains(index) else { return nil }
        switch values[index] {
        case .text(let bytes): return bytes
        case .integer(let value): return Array(String(value).utf8)
        case .null: return nil
        }
    }

    func string(_ index: Int) -> String { text(index).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    func flag(_ index: Int) -> Bool { integer(index) == 1 }
}

/// An open SQLite database. One thread at a time; every call may block for up to the busy timeout.
@safe final class SQLiteConnection {
    private let handle: OpaquePointer

    /// The longest a statement waits for another writer, in milliseconds.
    private static let busyTimeout: Int32 = 2_000

    /// Opens or creates the file, readable by its owner only, in WAL mode.
    init(path: String) throws(DatabaseError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX
        let result = unsafe sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK, let opened = unsafe handle else {
            let reason = unsafe String(cString: sqlite3_errstr(result))
            unsafe sqlite3_close(handle)
            throw .unavailable(reason: "\(path): \(reason)")
        }
        unsafe self.handle = opened
        unsafe sqlite3_extended_result_codes(opened, 1)
        unsafe sqlite3_busy_timeout(opened, SQLiteConnection.busyTimeout)
        for pragma in ["journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "trusted_schema = OFF"] {
            try execute("PRAGMA \(pragma)")
        }
    }

    deinit { unsafe sqlite3_close_v2(handle) }

    /// How many rows the last statement changed.
    var changes: Int { Int(unsafe sqlite3_changes(handle)) }
    var lastInsertID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

    /// Runs a statement to its end.
    ///
    /// - Parameters:
    ///   - sql: fixed text; values go in through `?`.
    ///   - values: one for each `?`.
    /// - Returns: the rows, in order.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue] = []) throws(DatabaseError) -> [SQLRow] {
        var statement: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement = unsafe statement
        else { throw error() }
        defer { unsafe sqlite3_finalize(statement) }
        for (index, value) in values.enumerated() {
            guard unsafe bind(value, Int32(clamping: index + 1), statement) == SQLITE_OK else { throw error() }
        }
        var rows: [SQLRow] = []
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW: rows.append(unsafe row(statement))
            case SQLITE_DONE: return rows
            default: throw error()
            }
        }
    }

    /// Runs statements as one change that others see whole or not at all; waits for its turn to write first.
    func transaction<Result>(
        _ body: (SQLiteConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body(self)
            try execute("COMMIT")
            return result
        } catch {
            _ = try? execute("ROLLBACK")
            throw error
        }
    }

    private func bind(_ value: SQLValue, _ index: Int32, _ statement: OpaquePointer) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(statement, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(statement, index, number)
        case .text(let bytes):
            return unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe buffer.withMemoryRebound(to: CChar.self) {
                    // An empty array may have no address, and SQLite takes that for NULL.
                    unsafe gatehouse_sqlite3_bind_text(statement, index, $0.baseAddress, Int32(clamping: $0.count))
                }
            }
        }
    }

    private func row(_ statement: OpaquePointer) -> SQLRow {
        SQLRow(
            values: (0..<(unsafe sqlite3_column_count(statement))).map { index in
                switch unsafe sqlite3_column_type(statement, index) {
                case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, index))
                case SQLITE_NULL: return .null
                default:
                    guard let text = unsafe sqlite3_column_text(statement, index) else { return .text([]) }
                    let count = Int(unsafe sqlite3_column_bytes(statement, index))
                    return .text(unsafe Array(UnsafeBufferPointer(start: text, count: count)))
                }
            })
    }

    private func error() -> DatabaseError {
        let code = unsafe sqlite3_extended_errcode(handle)
        let reason = unsafe String(cString: sqlite3_errmsg(handle))
        switch code & 0xFF {
        case SQLITE_CONSTRAINT where code == SQLITE_CONSTRAINT_UNIQUE_: return .duplicate
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_FULL, SQLITE_NOTADB, SQLITE_CORRUPT:
            return .unavailable(reason: reason)
        default: return .failed(reason: reason)
        }
    }

    /// `SQLITE_CONSTRAINT | (8 << 8)`: a macro that is not imported.
    private var SQLITE_CONSTRAINT_UNIQUE_: Int32 { SQLITE_CONSTRAINT | 8 << 8 }
}
