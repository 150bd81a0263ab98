package import GatehouseCore

/// The embedded record store: tables of its own in a SQLite file, which other processes may use at the same time.
///
/// Writes go through one connection and reads through another, each on a queue of its own, so that nobody who reads waits
/// for a writer. What has expired is swept in the background, a bounded number of rows at a time.
///
/// A file that is removed makes every call `unavailable`; one that is put in its place is used from then on.
package struct SQLiteRecordStore: RecordStore {
    let path: String
    let writing: RecordLane
    private let reading: RecordLane
    private let sweeper: RecordSweeper
    let now: @Sendable () -> Timestamp

    /// Opens the file, or makes it, readable by its owner only; the tables are made if they are missing.
    ///
    /// - Parameters:
    ///   - path: of the file; those beside it get `-wal` and `-shm` at the end.
    ///   - sweepInterval: how often expired rows are looked for.
    ///   - now: the wall clock.
    /// - Throws: `StoreError.unavailable` if it cannot be opened, or is no database.
    package init(
        path: String, sweepInterval: Duration = .seconds(60), now: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        do throws(DatabaseError) {
            writing = try RecordLane(path: path, name: "writing")
            reading = try RecordLane(path: path, name: "reading")
        } catch {
            throw StoreError(error)
        }
        self.path = path
        self.now = now
        sweeper = RecordSweeper(writing, interval: sweepInterval, now: now)
        sweeper.start()
    }

    /// Lets go of a file that is not the one at the path any more.
    func noticeReplacement() { writing.post { _ throws(DatabaseError) in } }

    /// Closes the file for good; later calls are `unavailable`.
    package func close() async {
        await writing.close()
        await reading.close()
    }

    package func value(for key: RecordKey) async throws(StoreError) -> [UInt8]? {
        let values = [SQLValue.blob(key.bytes), .integer(now().milliseconds)]
        return try await reading.run { connection throws(DatabaseError) in
            try connection.execute(RecordTables.read, values).first?.blob(0)
        }
    }

    package func write(
        _ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition
    ) async throws(StoreError) -> Bool {
        guard value.count <= RecordLimits.valueBytes else { throw .tooLarge }
        let moment = now()
        let (sql, values) = RecordTables.write(
            value, key, expiresAt: expiry(expiresIn, moment), now: moment.milliseconds, condition)
        return try await writing.run { connection throws(DatabaseError) in
            try connection.execute(sql, values)
            return connection.changes > 0
        }
    }

    /// Writes a record if the condition holds, and returns before that is done.
    ///
    /// Lost when too many wait or another writer does not let go: whoever renews a session does so again.
    func post(_ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition) {
        guard value.count <= RecordLimits.valueBytes else { return }
        let moment = now()
        let (sql, values) = RecordTables.write(
            value, key, expiresAt: expiry(expiresIn, moment), now: moment.milliseconds, condition)
        writing.post { connection throws(DatabaseError) in _ = try connection.execute(sql, values) }
    }

    package func remove(_ keys: [RecordKey]) async throws(StoreError) {
        if keys.isEmpty { return }
        try await writing.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                for key in keys {
                    for statement in RecordTables.remove { try connection.execute(statement, [.blob(key.bytes)]) }
                }
            }
        }
    }

    package func addMember(_ member: [UInt8], to key: RecordKey, expiresIn: Duration) async throws(StoreError) {
        let moment = now()
        let expiresAt = SQLValue.integer(expiry(expiresIn, moment))
        let key = SQLValue.blob(key.bytes)
        try await writing.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                try connection.execute(RecordTables.dropExpiredMembers, [key, .integer(moment.milliseconds)])
                try connection.execute(RecordTables.prolongSet, [key, expiresAt])
                _ = try connection.execute(RecordTables.addMember, [key, .blob(member)])
            }
        }
    }

    package func removeMember(_ member: [UInt8], from key: RecordKey) async throws(StoreError) {
        try await writing.run { connection throws(DatabaseError) in
            _ = try connection.execute(RecordTables.removeMember, [.blob(key.bytes), .blob(member)])
        }
    }

    package func members(of key: RecordKey) async throws(StoreError) -> [[UInt8]] {
        let values = [SQLValue.blob(key.bytes), .integer(now().milliseconds)]
        return try await reading.run { connection throws(DatabaseError) in
            try connection.execute(RecordTables.members, values).compactMap { $0.blob(0) }
        }
    }

    /// How many records there are whose keys begin in the same way; looks at each of them.
    package func count(beginningWith prefix: [UInt8]) async throws(StoreError) -> Int {
        guard let last = prefix.last, last < .max else { return 0 }
        let values = [SQLValue.blob(prefix), .blob(prefix.dropLast() + [last + 1]), .integer(now().milliseconds)]
        return try await reading.run { connection throws(DatabaseError) in
            Int(try connection.execute(RecordTables.count, values).first?.integer(0) ?? 0)
        }
    }

    /// Reads from the tables: a full disk or another writer does not keep anybody from that.
    package func ping() async throws(StoreError) {
        try await reading.run { connection throws(DatabaseError) in
            _ = try connection.execute(RecordTables.read, [.blob([]), .integer(0)])
        }
    }

    /// At least a millisecond ahead.
    private func expiry(_ expiresIn: Duration, _ moment: Timestamp) -> Int64 {
        moment.advanced(by: max(expiresIn, .milliseconds(1))).milliseconds
    }

    /// Runs statements on the connection that writes, for tests that make trouble.
    func onWriter<Result: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(DatabaseError) -> Result
    ) async throws(StoreError) -> Result { try await writing.run(body) }
}

extension SQLRow {
    /// The octets of a blob.
    func blob(_ index: Int) -> [UInt8]? {
        guard values.indices.contains(index), case .blob(let bytes) = values[index] else { return nil }
        return bytes
    }
}
