internal import CPostgreSQL
private import GatehouseCore

/// One connection to a PostgreSQL server, or to a pooler in front of it.
///
/// It leaves nothing behind in the server's session, so that a pooler may give each transaction another one: statements are
/// parsed, bound and run in one go and have no name, and what is set is set inside a transaction. So nothing has to be made
/// anew, either, when tables change, or when the server forgets.
///
/// One thread at a time uses it. No call blocks for longer than the deadlines of its settings, whatever the server does;
/// after a deadline or a lost connection `isBroken` is true and the connection is of no more use.
@safe final class PostgreSQLConnection: SQLConnection {
    let library: LibPQ
    let handle: OpaquePointer
    private let deadline: Duration
    /// The most octets of an answer's values.
    let answerLimit: Int
    var changes = 0
    var isBroken = false
    /// How the transaction that is open was begun.
    private var mode: Mode?
    var isReadOnly: Bool { mode == .reading || mode == .snapshot }

    /// What the last fault of the work under way asks for.
    var remedy = PostgreSQLFault.Remedy.none
    /// Whether something of the work under way may count already, so that it must not be done twice.
    private var mayCount = false

    /// Names the lock that makes the writing transactions of all replicas follow one another, as on SQLite.
    private static let writerLock: Int64 = 0x6761_7465_686F_7573

    /// Connects within the deadline.
    ///
    /// - Throws: `DatabaseError.unavailable`, with what libpq says; passwords are not among it.
    init(_ settings: PostgreSQLSettings) throws(DatabaseError) {
        library = try LibPQ()
        deadline = settings.statementDeadline
        answerLimit = settings.answerLimit
        unsafe handle = try PostgreSQLConnection.connect(settings, library)
    }

    deinit { unsafe library.functions.pointee.finish(handle) }

    var dialect: SQLDialect { .postgreSQL }

    func beginWork() {
        remedy = .none
        mayCount = false
    }

    var mayAskAgain: Bool { remedy != .none && !mayCount }

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        if mode != nil { return try ask(sql, values) }
        let isReading = sql.utf8.starts(with: "SELECT".utf8)
        return try enclosed(isReading ? .reading : .writing, nil) { _ throws(DatabaseError) in try ask(sql, values) }
    }

    func hasTable(_ name: String) throws(DatabaseError) -> Bool {
        try !execute(
            """
            SELECT 1 FROM information_schema.tables
            WHERE table_schema = ANY (current_schemas(false)) AND table_name = ?
            """, [.text(name)]
        ).isEmpty
    }

    /// Only one of Gatehouse's own transactions writes at a time, whichever process it is in.
    func transaction<Result>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try enclosed(.writing, "SELECT pg_advisory_xact_lock(\(PostgreSQLConnection.writerLock))", body)
    }

    /// The locks come before the moment that is looked at: a table that is being rewritten or emptied looks empty to whoever
    /// chose the moment first (PostgreSQL, 13.6), and everybody would be gone.
    func snapshot<Result>(
        of tables: [String], _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        let names = tables.joined(separator: ", ")
        var isLocked = false
        do throws(DatabaseError) {
            return try enclosed(.snapshot, names.isEmpty ? nil : "LOCK TABLE \(names) IN ACCESS SHARE MODE") {
                connection throws(DatabaseError) in
                isLocked = true
                return try body(connection)
            }
        } catch {
            guard !isLocked, !isBroken else { throw error }
            switch error {
            // Whoever may read only some columns, or has something other than tables there, may not lock them.
            case .failed, .forbidden: return try enclosed(.snapshot, nil, body)
            default: throw error
            }
        }
    }

    // MARK: - Transactions

    private enum Mode: String {
        case reading = " READ ONLY"
        case writing = ""
        case snapshot = " ISOLATION LEVEL REPEATABLE READ READ ONLY"
    }

    /// Runs statements in a transaction with our limits and our time zone, which end with it.
    private func enclosed<Result>(
        _ mode: Mode, _ first: String?, _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        do throws(DatabaseError) {
            _ = try run(begin(mode, first))
            self.mode = mode
            let result = try body(self)
            self.mode = nil
            try commit(mode)
            return result
        } catch {
            self.mode = nil
            // A connection whose transaction cannot be ended is of no more use.
            if !isBroken {
                do throws(DatabaseError) { _ = try run("ROLLBACK") } catch { isBroken = true }
            }
            throw error
        }
    }

    /// The server gives up a little earlier than we do, so that the connection stays good.
    private func begin(_ mode: Mode, _ first: String?) -> String {
        let limit = max((deadline * 7 / 8).wholeMilliseconds, 1)
        return "BEGIN\(mode.rawValue); SET LOCAL TIME ZONE 'UTC'; SET LOCAL statement_timeout = \(limit); "
            + "SET LOCAL lock_timeout = \(limit); SET LOCAL idle_in_transaction_session_timeout = 60000"
            + (first.map { "; \($0)" } ?? "")
    }

    private func commit(_ mode: Mode) throws(DatabaseError) {
        let (changed, counted) = (changes, mayCount)
        if mode == .writing { mayCount = true }
        do throws(DatabaseError) { _ = try run("COMMIT") } catch {
            // The server said no, and did not go away in the middle of it.
            if !isBroken { mayCount = counted }
            throw error
        }
        changes = changed
    }

    // MARK: - Statements

    private func ask(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        var texts = CTexts()
        for value in values {
            switch value {
            case .null: texts.appendNull()
            case .integer(let number): texts.append(String(number).utf8)
            case .text(let bytes):
                guard !bytes.contains(0) else { throw .failed(reason: "PostgreSQL stores no NUL in a text") }
                texts.append(bytes)
            case .blob(let bytes): texts.append(SQLValue.postgreSQLText(ofBlob: bytes))
            }
        }
        let text = PostgreSQLConnection.numbered(sql)
        let isSent = unsafe texts.withPointers { pointers, count in
            unsafe library.functions.pointee.sendQueryParams(handle, text, count, nil, pointers, nil, nil, 0)
        }
        guard isSent == 1, unsafe library.functions.pointee.setSingleRowMode(handle) == 1 else { throw lost() }
        return try results(until: ContinuousClock.now + deadline)
    }

    /// `$1`, `$2` … in place of each `?`; no statement of ours holds one elsewhere.
    static func numbered(_ sql: String) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(sql.utf8.count + 16)
        var number = 0
        for byte in sql.utf8 {
            if byte == UInt8(ascii: "?") {
                number += 1
                text.append(contentsOf: "$\(number)".utf8)
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Runs statements without values.
    private func run(_ sql: String) throws(DatabaseError) -> [SQLRow] {
        guard unsafe library.functions.pointee.sendQuery(handle, sql) == 1 else { throw lost() }
        return try results(until: ContinuousClock.now + deadline)
    }
}
