/// One connection of a database driver: the same statements run on SQLite and on PostgreSQL.
///
/// One thread at a time uses it; every call may block for up to the driver's statement timeout.
protocol SQLConnection: AnyObject {
    /// What the statements that cannot be the same ask for.
    var dialect: SQLDialect { get }

    /// Whether it is of no more use: it must be opened anew.
    var isStale: Bool { get }

    /// How many rows the last statement changed.
    var changes: Int { get }

    /// Runs a statement to its end.
    ///
    /// - Parameters:
    ///   - sql: fixed text, which keeps its prepared form for the next time; values go in through `?`.
    ///   - values: one for each `?`.
    /// - Returns: the rows, in order.
    /// - Throws: `DatabaseError.unavailable` if the database gave no answer in time, `DatabaseError.duplicate` for a broken
    ///   unique index, else `DatabaseError.failed`.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow]

    func hasTable(_ name: String) throws(DatabaseError) -> Bool

    /// Runs statements as one change that others see whole or not at all.
    func transaction<Result>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result

    /// Runs queries that all see the same moment.
    func snapshot<Result>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result
}

/// The databases that are spoken to.
enum SQLDialect: Sendable {
    case sqlite
    case postgreSQL
}

extension SQLConnection {
    @discardableResult
    func execute(_ sql: String) throws(DatabaseError) -> [SQLRow] { try execute(sql, []) }
}
