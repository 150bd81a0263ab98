private import CSQLite
private import Glibc

/// An open SQLite database.
///
/// One thread at a time uses it; every call may block for up to the busy timeout. Once another file stands at its path, or
/// none, it is stale: SQLite itself would go on with the one that was taken away.
@safe final class SQLiteConnection: SQLConnection {
    private let handle: OpaquePointer
    private let path: FilePath
    /// The file that was opened, and what SQLite keeps beside it.
    let identity: FileIdentity
    private var sidecars = SQLiteSidecars()
    private var statements: [String: SQLiteStatement] = [:]

    private static let mostStatements = 32

    /// Opens the file, readable by its owner only.
    ///
    /// - Parameters:
    ///   - path: of the file; those beside it get `-wal` and `-shm` at the end.
    ///   - makesFile: whether a file that is missing is made.
    ///   - entersWAL: whether it is switched to WAL mode, in which it stays for everybody; not for who only tries it.
    ///   - busyTimeout: the longest a statement waits for another writer, in milliseconds.
    /// - Throws: `DatabaseError.unavailable` if it cannot be opened, is no database, or was just replaced.
    init(
        path: String, makesFile: Bool = true, entersWAL: Bool = true, busyTimeout: Int32 = 2_000
    ) throws(DatabaseError) {
        guard !path.utf8.contains(0) else { throw .unavailable(reason: "the path holds a NUL") }
        self.path = FilePath(path)
        if makesFile { SQLiteConnection.makePrivateFile(path) }
        let before = FileIdentity(self.path)
        if !makesFile, before == nil { throw SQLiteConnection.removed }
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | (makesFile ? SQLITE_OPEN_CREATE : 0)
        let result = unsafe sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK, let opened = unsafe handle else {
            let reason = unsafe String(cString: sqlite3_errstr(result))
            unsafe sqlite3_close(handle)
            throw .unavailable(reason: reason)
        }
        guard let identity = FileIdentity(self.path), before == nil || before == identity else {
            unsafe sqlite3_close(opened)
            throw .unavailable(reason: "the file was replaced while it was opened")
        }
        self.identity = identity
        unsafe self.handle = opened
        unsafe sqlite3_extended_result_codes(opened, 1)
        unsafe gatehouse_sqlite3_forbid_quoted_texts(opened)
        unsafe sqlite3_busy_timeout(opened, busyTimeout)
        if entersWAL { try enterWAL(within: .milliseconds(busyTimeout)) }
        for pragma in ["synchronous = NORMAL", "foreign_keys = ON", "trusted_schema = OFF"] {
            try execute("PRAGMA \(pragma)")
        }
    }

    deinit {
        if isStale { leaveBehind() }
        statements = [:]
        unsafe sqlite3_close_v2(handle)
    }

    static let removed = DatabaseError.unavailable(reason: "the file was removed")

    /// How many rows the last statement changed.
    var changes: Int { Int(unsafe sqlite3_changes(handle)) }
    var dialect: SQLDialect { .sqlite }
    var isStale: Bool { FileIdentity(path) != identity }
    var mayAskAgain: Bool { false }

    func beginWork() {}

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        defer { noteSidecars() }
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
    func snapshot<Result>(
        of tables: [String], _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
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

    /// Remembers what SQLite made beside the file, which it does with the first change.
    private func noteSidecars() {
        guard !sidecars.areKnown else { return }
        let found = unsafe SQLiteSidecars(of: handle, identity)
        if !isStale { sidecars = found }
    }

    /// Makes the file that was taken away whole, and removes what lies beside the place where it was.
    private func leaveBehind() {
        guard sidecars.areLeftBehind else { return }
        let rows = try? execute("PRAGMA wal_checkpoint(TRUNCATE)")
        // Somebody who still reads the old file keeps it from being made whole: then its last changes are kept, but aside.
        sidecars.remove(keepingChanges: rows?.first?.integer(0) != 0)
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
