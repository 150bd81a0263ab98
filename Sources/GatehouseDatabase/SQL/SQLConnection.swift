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

    /// Another piece of work begins: what was asked before does not matter any more.
    func beginWork()

    /// Whether the work that just failed may be done once more from its beginning, on this connection or, where it is stale, on
    /// a fresh one: nothing of it counts, and what was in its way need not be there again.
    var mayAskAgain: Bool { get }

    /// Runs a statement to its end.
    ///
    /// - Parameters:
    ///   - sql: fixed text; values go in through `?`.
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
    ///
    /// `tables` are those that the queries read, as SQL spells them: nobody changes their shape or empties them meanwhile.
    func snapshot<Result>(
        of tables: [String], _ body: (any SQLConnection) throws(DatabaseError) -> Result
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
