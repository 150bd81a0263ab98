private import CSQLite

/// A prepared statement, kept by the connection that made it and used on that connection's thread only.
@safe final class SQLiteStatement {
    private let handle: OpaquePointer

    init(_ sql: String, on connection: OpaquePointer) throws(DatabaseError) {
        var handle: OpaquePointer?
        let result = unsafe sqlite3_prepare_v2(connection, sql, -1, &handle, nil)
        guard result == SQLITE_OK, let handle = unsafe handle else { throw unsafe DatabaseError(of: connection) }
        unsafe self.handle = handle
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs the statement to its end with one value for each `?`; it can be run again afterwards.
    func run(_ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        defer {
            unsafe sqlite3_reset(handle)
            unsafe sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() {
            guard bind(value, Int32(clamping: index + 1)) == SQLITE_OK else { throw error() }
        }
        var rows: [SQLRow] = []
        while true {
            switch unsafe sqlite3_step(handle) {
            case SQLITE_ROW: rows.append(row())
            case SQLITE_DONE: return rows
            default: throw error()
            }
        }
    }

    private func bind(_ value: SQLValue, _ index: Int32) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(handle, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(handle, index, number)
        case .text(let bytes):
            return unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe buffer.withMemoryRebound(to: CChar.self) {
                    unsafe gatehouse_sqlite3_bind_text(handle, index, $0.baseAddress, Int32(clamping: $0.count))
                }
            }
        case .blob(let bytes):
            return unsafe bytes.withUnsafeBytes {
                unsafe gatehouse_sqlite3_bind_blob(handle, index, $0.baseAddress, Int32(clamping: $0.count))
            }
        }
    }

    private func row() -> SQLRow {
        SQLRow(
            values: (0..<(unsafe sqlite3_column_count(handle))).map { index in
                switch unsafe sqlite3_column_type(handle, index) {
                case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, index))
                case SQLITE_NULL: return .null
                case SQLITE_BLOB:
                    guard let start = unsafe sqlite3_column_blob(handle, index) else { return .blob([]) }
                    let count = Int(unsafe sqlite3_column_bytes(handle, index))
                    return .blob(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
                default:
                    guard let start = unsafe sqlite3_column_text(handle, index) else { return .text([]) }
                    let count = Int(unsafe sqlite3_column_bytes(handle, index))
                    return .text(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
                }
            })
    }

    private func error() -> DatabaseError { unsafe DatabaseError(of: sqlite3_db_handle(handle)) }
}

extension DatabaseError {
    /// What SQLite said last; its messages name tables and columns, never values.
    @unsafe init(of connection: OpaquePointer?) {
        let code = unsafe sqlite3_extended_errcode(connection)
        let reason = unsafe String(cString: sqlite3_errmsg(connection))
        // `SQLITE_CONSTRAINT_UNIQUE` is a macro that is not imported.
        let uniqueViolation = SQLITE_CONSTRAINT | 8 << 8
        switch code & 0xFF {
        case SQLITE_CONSTRAINT where code == uniqueViolation: self = .duplicate
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_FULL, SQLITE_NOTADB, SQLITE_CORRUPT:
            self = .unavailable(reason: reason)
        default: self = .failed(reason: reason)
        }
    }
}
