private import CPostgreSQL
private import GatehouseCore
private import Glibc

/// One connection to a PostgreSQL server.
///
/// One thread at a time uses it. No call blocks for longer than the deadlines of its settings, whatever the server does;
/// after a deadline or a lost connection `isBroken` is true and the connection is of no more use.
@safe final class PostgreSQLConnection: SQLConnection {
    private let library: LibPQ
    private let handle: OpaquePointer
    private let deadline: Duration
    private var statements: [String: String] = [:]
    private(set) var changes = 0
    private(set) var isBroken = false

    private static let mostStatements = 64
    /// Names the lock that makes the writing transactions of all replicas follow one another, as on SQLite.
    private static let writerLock: Int64 = 0x6761_7465_686F_7573

    /// Connects within the deadline.
    ///
    /// - Throws: `DatabaseError.unavailable`, with what libpq says; passwords are not among it.
    init(_ settings: PostgreSQLSettings) throws(DatabaseError) {
        library = try LibPQ()
        deadline = settings.statementDeadline
        unsafe handle = try PostgreSQLConnection.connect(settings, library)
        do throws(DatabaseError) {
            let limit = settings.statementDeadline.components.seconds * 1_000
            _ = try run(
                "SET TIME ZONE 'UTC'; SET statement_timeout = \(limit); SET lock_timeout = \(limit); "
                    + "SET idle_in_transaction_session_timeout = 60000")
        } catch {
            unsafe library.functions.pointee.finish(handle)
            throw error
        }
    }

    deinit { unsafe library.functions.pointee.finish(handle) }

    var dialect: SQLDialect { .postgreSQL }

    /// Whether the server closed the connection while nobody used it.
    var isStale: Bool {
        let socket = unsafe library.functions.pointee.socket(handle)
        guard socket >= 0 else { return true }
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        // A server that goes says so first: only what comes after that is the end.
        for _ in 0..<8 {
            guard unsafe poll(&waiting, 1, 0) > 0 else { return isBroken }
            guard unsafe library.functions.pointee.consumeInput(handle) == 1, isConnected else { return true }
        }
        return true
    }

    private var isConnected: Bool { unsafe library.functions.pointee.status(handle) == CONNECTION_OK }

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        let end = ContinuousClock.now + deadline
        let name = try prepared(sql, until: end)
        var texts = CTexts()
        for value in values {
            switch value {
            case .null: texts.appendNull()
            case .integer(let number): texts.append(String(number).utf8)
            case .text(let bytes):
                guard !bytes.contains(0) else { throw .failed(reason: "PostgreSQL stores no NUL in a text") }
                texts.append(bytes)
            case .blob(let bytes):
                texts.append("\\x\(bytes.map { SQLValue.hex($0) }.joined())".utf8)
            }
        }
        let isSent = unsafe texts.withPointers { pointers, count in
            unsafe library.functions.pointee.sendQueryPrepared(handle, name, count, pointers, nil, nil, 0)
        }
        guard isSent == 1 else { throw lost() }
        return try results(until: end)
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
        try enclosed("BEGIN; SELECT pg_advisory_xact_lock(\(PostgreSQLConnection.writerLock))", body)
    }

    func snapshot<Result>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try enclosed("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    private func enclosed<Result>(
        _ begin: String, _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        do throws(DatabaseError) {
            _ = try run(begin)
            let result = try body(self)
            _ = try run("COMMIT")
            return result
        } catch {
            // A connection whose transaction cannot be ended is of no more use.
            do throws(DatabaseError) { _ = try run("ROLLBACK") } catch { isBroken = true }
            throw error
        }
    }

    // MARK: - Statements

    /// The name of a statement's prepared form.
    private func prepared(_ sql: String, until end: ContinuousClock.Instant) throws(DatabaseError) -> String {
        if let name = statements[sql] { return name }
        if statements.count >= PostgreSQLConnection.mostStatements {
            _ = try run("DEALLOCATE ALL")
            statements = [:]
        }
        let name = "gatehouse\(statements.count)"
        let text = PostgreSQLConnection.numbered(sql)
        guard unsafe library.functions.pointee.sendPrepare(handle, name, text, 0, nil) == 1 else { throw lost() }
        _ = try results(until: end)
        statements[sql] = name
        return name
    }

    /// `$1`, `$2` … in place of each `?`; no statement of ours holds one elsewhere.
    static func numbered(_ sql: String) -> String {
        var text = ""
        var number = 0
        for character in sql.unicodeScalars {
            if character == "?" {
                number += 1
                text += "$\(number)"
            } else {
                text.unicodeScalars.append(character)
            }
        }
        return text
    }

    /// Runs statements without values.
    private func run(_ sql: String) throws(DatabaseError) -> [SQLRow] {
        guard unsafe library.functions.pointee.sendQuery(handle, sql) == 1 else { throw lost() }
        return try results(until: ContinuousClock.now + deadline)
    }

    /// Reads results to the end of the command; the rows are those of the last one.
    private func results(until end: ContinuousClock.Instant) throws(DatabaseError) -> [SQLRow] {
        while unsafe library.functions.pointee.flush(handle) == 1 { try wait(Int16(POLLIN | POLLOUT), until: end) }
        var rows: [SQLRow] = []
        var failure: DatabaseError?
        while true {
            while unsafe library.functions.pointee.isBusy(handle) == 1 {
                try wait(Int16(POLLIN), until: end)
                guard unsafe library.functions.pointee.consumeInput(handle) == 1 else { throw lost() }
            }
            guard let result = unsafe library.functions.pointee.getResult(handle) else { break }
            defer { unsafe library.functions.pointee.clear(result) }
            switch unsafe library.functions.pointee.resultStatus(result) {
            case PGRES_TUPLES_OK:
                rows = unsafe self.rows(result)
                changes = unsafe count(result)
            case PGRES_COMMAND_OK:
                changes = unsafe count(result)
            default:
                let error = unsafe error(result)
                failure = failure ?? error
            }
        }
        guard isConnected else { throw lost() }
        if let failure { throw failure }
        return rows
    }

    private func count(_ result: OpaquePointer) -> Int {
        guard let text = unsafe library.functions.pointee.cmdTuples(result) else { return 0 }
        return Int(unsafe String(cString: text)) ?? 0
    }

    private func rows(_ result: OpaquePointer) -> [SQLRow] {
        let columns = unsafe library.functions.pointee.nfields(result)
        let types = (0..<columns).map { unsafe library.functions.pointee.ftype(result, $0) }
        let count = unsafe library.functions.pointee.ntuples(result)
        return (0..<count).map { row in
            SQLRow(
                values: zip(0..<columns, types).map { column, type in
                    guard unsafe library.functions.pointee.getisnull(result, row, column) == 0,
                        let start = unsafe library.functions.pointee.getvalue(result, row, column)
                    else { return .null }
                    let count = Int(unsafe library.functions.pointee.getlength(result, row, column))
                    let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
                    return SQLValue(postgreSQLText: bytes, type: type)
                })
        }
    }

    // MARK: - Waiting and failing

    private func wait(_ events: Int16, until end: ContinuousClock.Instant) throws(DatabaseError) {
        let socket = unsafe library.functions.pointee.socket(handle)
        guard PostgreSQLConnection.wait(socket, events, until: end) else {
            isBroken = true
            throw .unavailable(reason: "PostgreSQL gave no answer in time")
        }
    }

    /// Waits for a socket; `false` after the deadline.
    private static func wait(_ socket: Int32, _ events: Int16, until end: ContinuousClock.Instant) -> Bool {
        while true {
            let left = (end - ContinuousClock.now).wholeMilliseconds
            guard left > 0, socket >= 0 else { return false }
            var waiting = pollfd(fd: socket, events: events, revents: 0)
            let count = unsafe poll(&waiting, 1, Int32(clamping: left))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }

    private func lost() -> DatabaseError {
        isBroken = true
        return .unavailable(reason: unsafe PostgreSQLConnection.message(handle, library))
    }

    /// What libpq says of a connection, on one line.
    private static func message(_ handle: OpaquePointer, _ library: LibPQ) -> String {
        guard let message = unsafe library.functions.pointee.errorMessage(handle) else { return "no reason given" }
        let text = unsafe String(cString: message)
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    /// The classes of SQLSTATE (PostgreSQL, appendix A) that mean "not now" rather than "never".
    private func error(_ result: OpaquePointer) -> DatabaseError {
        func field(_ code: Int32) -> String {
            guard let text = unsafe library.functions.pointee.resultErrorField(result, code) else { return "" }
            return unsafe String(cString: text)
        }
        let state = field(Int32(UInt8(ascii: "C")))
        let reason = "\(field(Int32(UInt8(ascii: "M")))) (SQLSTATE \(state))"
        switch state.prefix(2) {
        case "08", "53", "57", "58": return .unavailable(reason: reason)
        case "40", "55": return .unavailable(reason: reason)
        case "23" where state == "23505": return .duplicate
        // Messages about data repeat the data.
        case "22": return .failed(reason: "a value was refused (SQLSTATE \(state))")
        default: return .failed(reason: reason)
        }
    }

    // MARK: - Connecting

    private static func connect(
        _ settings: PostgreSQLSettings, _ library: LibPQ
    ) throws(DatabaseError) -> OpaquePointer {
        var keywords = CTexts()
        var values = CTexts()
        for (keyword, value) in try library.parameters(settings) {
            keywords.append(keyword.utf8)
            values.append(value.utf8)
        }
        let handle = unsafe keywords.withPointers { keywords, _ in
            unsafe values.withPointers { values, _ in
                unsafe library.functions.pointee.connectStartParams(keywords, values, 0)
            }
        }
        guard let handle = unsafe handle else { throw .unavailable(reason: "no memory for a connection") }
        do throws(DatabaseError) {
            unsafe gatehouse_libpq_silence(library.functions, handle)
            let end = ContinuousClock.now + settings.connectDeadline
            var step = PGRES_POLLING_WRITING
            while step != PGRES_POLLING_OK {
                let isLost = unsafe library.functions.pointee.status(handle) == CONNECTION_BAD
                guard step != PGRES_POLLING_FAILED, !isLost else {
                    throw .unavailable(reason: unsafe message(handle, library))
                }
                let events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT
                // The socket may be another one after each step.
                guard unsafe wait(library.functions.pointee.socket(handle), Int16(events), until: end) else {
                    throw .unavailable(reason: "PostgreSQL cannot be reached in time")
                }
                step = unsafe library.functions.pointee.connectPoll(handle)
            }
            guard unsafe library.functions.pointee.setnonblocking(handle, 1) == 0 else {
                throw .unavailable(reason: "libpq refuses to work without blocking")
            }
            return unsafe handle
        } catch {
            unsafe library.functions.pointee.finish(handle)
            throw error
        }
    }
}

extension SQLValue {
    /// A value in PostgreSQL's text form, by the type of its column.
    init(postgreSQLText bytes: [UInt8], type: UInt32) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch type {
        case 16: self = .integer(bytes == [UInt8(ascii: "t")] ? 1 : 0)
        case 20, 21, 23, 26: self = Int64(text).map(SQLValue.integer) ?? .text(bytes)
        case 17: self = .blob(SQLValue.hexOctets(bytes.dropFirst(2)))
        default: self = .text(bytes)
        }
    }

    fileprivate static func hex(_ octet: UInt8) -> String {
        (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }

    private static func hexOctets(_ digits: ArraySlice<UInt8>) -> [UInt8] {
        func value(_ digit: UInt8) -> UInt8 { digit < 58 ? digit &- 48 : (digit | 0x20) &- 87 }
        var octets: [UInt8] = []
        var rest = digits
        while let high = rest.popFirst(), let low = rest.popFirst() { octets.append(value(high) << 4 | value(low)) }
        return octets
    }
}
