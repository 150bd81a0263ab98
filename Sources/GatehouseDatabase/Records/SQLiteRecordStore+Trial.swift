package import GatehouseCore

/// Trying whether a file can be the store, before the daemon does.
extension SQLiteRecordStore {
    /// Opens a file that is there, makes what is missing in it, writes and reads a record, and takes all of that back.
    ///
    /// Blocks for up to some seconds.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - wanted: a record to read on the way.
    ///   - now: the wall clock.
    /// - Returns: the record that was wanted; `nil` if there is none.
    /// - Throws: `StoreError.unavailable` with what SQLite says.
    package static func tryOut(
        _ path: String, reading wanted: RecordKey, now: Timestamp
    ) throws(StoreError) -> [UInt8]? {
        do throws(DatabaseError) {
            let connection = try SQLiteConnection(path: path, entersWAL: false)
            // A record of the far future, under a key that no prefix allows.
            let (key, value) = (RecordKey([0] + Array("check".utf8)), [UInt8](repeating: 7, count: 64))
            let (sql, values) = RecordTables.write(value, key, expiresAt: .max, now: 0, .always)
            try connection.execute("BEGIN IMMEDIATE")
            defer { _ = try? connection.execute("ROLLBACK") }
            for statement in RecordTables.make { try connection.execute(statement) }
            try connection.execute(sql, values)
            let rows = try connection.execute(RecordTables.read, [.blob(key.bytes), .integer(0)])
            guard rows.first?.blob(0) == value else { throw .failed(reason: "what is written cannot be read") }
            return try connection.execute(RecordTables.read, [.blob(wanted.bytes), .integer(now.milliseconds)])
                .first?.blob(0)
        } catch {
            throw StoreError(error)
        }
    }
}
