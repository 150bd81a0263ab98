private import Dispatch
private import Synchronization

/// The database of people: SQLite, on a thread of its own.
package struct Database: Sendable {
    private let connection: Connection

    /// The connection and the queue that is the only one to use it.
    private final class Connection: Sendable {
        let lock: Mutex<SQLiteConnection>
        let queue = DispatchQueue(label: "gatehouse.database")

        init(path: String) throws(DatabaseError) { lock = Mutex(try SQLiteConnection(path: path)) }
    }

    /// Opens the file, or makes it.
    ///
    /// - Throws: `DatabaseError.unavailable` if it cannot be opened, or is no database.
    package init(sqlitePath: String) throws(DatabaseError) { connection = try Connection(path: sqlitePath) }

    /// Runs statements one after another, off the caller's thread.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let connection = connection
        let result: Swift.Result<Result, DatabaseError> = await withCheckedContinuation { continuation in
            connection.queue.async {
                continuation.resume(
                    returning: connection.lock.withLock { connection in
                        do throws(DatabaseError) { return .success(try body(connection)) } catch {
                            return .failure(error)
                        }
                    })
            }
        }
        return try result.get()
    }
}
