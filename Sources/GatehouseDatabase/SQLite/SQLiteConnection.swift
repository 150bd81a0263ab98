private import CSQLite
private import Glibc

/// An open SQLite database.
///
/// One thread at a time uses it; every call may block for up to the busy timeout.
@safe final class SQLiteConnection: SQLConnection {
    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    private static let mostStatements = 32

    /// Opens or creates the file, readable by its owner only, in WAL mode.
    ///
    /// - Parameters:
    ///   - path: of the file; those beside it get `-wal` and `-shm` at the end.
    ///   - busyTimeout: the longest a statement waits for another writer, in milliseconds.
    /// - Throws: `DatabaseError.unavailable` if it cannot be opened or is no database.
    init(path: String, busyTimeout: Int32 = 2_000) throws(DatabaseError) {
        guard !path.utf8.contains(0) else { throw .unavailable(reason: "the path holds a NUL") }
        SQLiteConnection.makePrivateFile(path)
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX
        let result = unsafe sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK, let opened = unsafe handle else {
            let reason = unsafe String(cString: sqlite3_errstr(result))
            unsafe sqlite3_close(handle)
            throw .unavailable(reason: reason)
        }
        unsafe self.handle = opened
        unsafe sqlite3_extended_result_codes(opened, 1)
        unsafe gatehouse_sqlite3_forbid_quoted_texts(opened)
        unsafe sqlite3_busy_timeout(opened, busyTimeout)
        try enterWAL(within: .milliseconds(busyTimeout))
        for pragma in ["synchronous = NORMAL", "foreign_keys = ON", "trusted_schema = OFF"] {
            try execute("PRAGMA \(pragma)")
        }
    }

    deinit {
        statements = [:]
        unsafe sqlite3_close_v2(handle)
    }

    /// How many rows the last statement changed.
    var changes: Int { Int(unsafe sqlite3_changes(handle)) }
    var dialect: SQLDialect { .sqlite }
    var isStale: Bool { false }

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        if let statement = statements[sql] { return try statement.run(values) }
        let statement = try unsafe SQLiteStatement(sql, on: handle)
        if statements.count >= SQLiteConnection.mostStatements { statements = [:] }
        statements[sql] = statement
        return try statement.run(values)
    }

    func hasTable(_ name: String) throws(DatabaseError) -> Bool {
        try !execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [.text(name)]).isEmpty
    }

    /// Runs statements as one change that others see whole or not at all; waits for its turn to write first.
    func transaction<Result>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try enclosed("BEGIN IMMEDIATE", body)
    }

    /// Runs queries that all see the same moment.
    func snapshot<Result>(_ body: (any SQLConnection) throws(DatabaseError) -> Result) throws(DatabaseError) -> Result {
        try enclosed("BEGIN", body)
    }

    private func enclosed<Result>(
        _ begin: String, _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try execute(begin)
        do {
            let result = try body(self)
            try execute("COMMIT")
            return result
        } catch {
            _ = try? execute("ROLLBACK")
            throw error
        }
    }

    /// Switches to WAL, which SQLite refuses without waiting while another process opens the file for the first time.
    private func enterWAL(within limit: Duration) throws(DatabaseError) {
        let deadline = ContinuousClock.now + limit
        while true {
            do { return _ = try execute("PRAGMA journal_mode = WAL") } catch {
                guard unsafe sqlite3_errcode(handle) & 0xFF == SQLITE_BUSY, ContinuousClock.now < deadline else {
                    throw error
                }
                sqlite3_sleep(10)
            }
        }
    }

    /// Makes a missing file with mode 0600, which SQLite copies to the files beside it.
    ///
    /// A file that exists is not opened here: closing it would drop the locks that this process holds on it.
    private static func makePrivateFile(_ path: String) {
        let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }
}
