private import CPostgreSQL
private import GatehouseCore
private import Glibc

/// Reading what the server answers, for no longer and no more than allowed.
extension PostgreSQLConnection {
    /// Whether the server closed the connection while nobody used it.
    var isStale: Bool {
        if isBroken { return true }
        let socket = unsafe library.functions.pointee.socket(handle)
        guard socket >= 0 else { return true }
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        // A server that goes says so first: only what comes after that is the end.
        for _ in 0..<8 {
            guard unsafe poll(&waiting, 1, 0) > 0 else { return false }
            guard unsafe library.functions.pointee.consumeInput(handle) == 1, isConnected else { return true }
        }
        return true
    }

    private var isConnected: Bool { unsafe library.functions.pointee.status(handle) == CONNECTION_OK }

    /// Reads results to the end of the command; the rows are those of all of them.
    func results(until end: ContinuousClock.Instant) throws(DatabaseError) -> [SQLRow] {
        while unsafe library.functions.pointee.flush(handle) == 1 { try wait(Int16(POLLIN | POLLOUT), until: end) }
        var rows: [SQLRow] = []
        var octets = 0
        var failure: DatabaseError?
        while true {
            while unsafe library.functions.pointee.isBusy(handle) == 1 {
                try wait(Int16(POLLIN), until: end)
                guard unsafe library.functions.pointee.consumeInput(handle) == 1 else { throw lost() }
            }
            guard let result = unsafe library.functions.pointee.getResult(handle) else { break }
            defer { unsafe library.functions.pointee.clear(result) }
            switch unsafe library.functions.pointee.resultStatus(result) {
            case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK:
                // Rows come one by one, so that no answer is held that is too large.
                unsafe append(result, to: &rows, &octets)
                changes = unsafe count(result)
                guard octets <= answerLimit else {
                    isBroken = true
                    throw .failed(reason: "the answer is longer than \(answerLimit >> 20) MiB")
                }
            case PGRES_COMMAND_OK:
                changes = unsafe count(result)
            default:
                let fault = unsafe fault(result)
                failure = failure ?? fault.error
                remedy = fault.remedy
                if fault.remedy == .reconnect { isBroken = true }
            }
        }
        if let failure { throw failure }
        guard isConnected else { throw lost() }
        return rows
    }

    private func count(_ result: OpaquePointer) -> Int {
        guard let text = unsafe library.functions.pointee.cmdTuples(result) else { return 0 }
        return Int(unsafe String(cString: text)) ?? 0
    }

    private func append(_ result: OpaquePointer, to rows: inout [SQLRow], _ octets: inout Int) {
        let columns = unsafe library.functions.pointee.nfields(result)
        for row in 0..<(unsafe library.functions.pointee.ntuples(result)) {
            var values: [SQLValue] = []
            for column in 0..<columns {
                guard unsafe library.functions.pointee.getisnull(result, row, column) == 0,
                    let start = unsafe library.functions.pointee.getvalue(result, row, column)
                else {
                    values.append(.null)
                    continue
                }
                let count = Int(unsafe library.functions.pointee.getlength(result, row, column))
                octets += count
                let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
                let type = unsafe library.functions.pointee.ftype(result, column)
                values.append(SQLValue(postgreSQLText: bytes, type: type))
            }
            rows.append(SQLRow(values: values))
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
    static func wait(_ socket: Int32, _ events: Int16, until end: ContinuousClock.Instant) -> Bool {
        while true {
            let left = (end - ContinuousClock.now).wholeMilliseconds
            guard left > 0, socket >= 0 else { return false }
            var waiting = pollfd(fd: socket, events: events, revents: 0)
            let count = unsafe poll(&waiting, 1, Int32(clamping: left))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }

    /// The connection ended without an answer.
    func lost() -> DatabaseError {
        isBroken = true
        remedy = .reconnect
        return .unavailable(reason: unsafe PostgreSQLConnection.message(handle, library))
    }

    /// What libpq says of a connection, on one line.
    static func message(_ handle: OpaquePointer, _ library: LibPQ) -> String {
        guard let message = unsafe library.functions.pointee.errorMessage(handle) else { return "no reason given" }
        let text = unsafe String(cString: message)
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    private func fault(_ result: OpaquePointer) -> PostgreSQLFault {
        func field(_ code: Unicode.Scalar) -> String {
            let code = Int32(UInt8(ascii: code))
            guard let text = unsafe library.functions.pointee.resultErrorField(result, code) else { return "" }
            return unsafe String(cString: text)
        }
        let state = field("C")
        // libpq itself made it up: the server is gone.
        guard !state.isEmpty else {
            return PostgreSQLFault(
                error: .unavailable(reason: unsafe PostgreSQLConnection.message(handle, library)), remedy: .reconnect)
        }
        let fault = PostgreSQLFault(state: state, message: field("M"))
        // Where we ourselves said that nothing would be written, another server would say the same.
        return state == "25006" && isReadOnly ? PostgreSQLFault(error: fault.error, remedy: .none) : fault
    }
}
