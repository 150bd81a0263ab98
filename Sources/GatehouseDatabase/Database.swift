/// The database of people: SQLite or PostgreSQL, on threads of its own.
package struct Database: Sendable {
    private let lanes: [ConnectionLane]

    /// The most work that may wait for one connection; beyond it the database counts as unavailable.
    private static let mostWaiting = 64

    /// Opens the file, or makes it; one that takes its place later is used from then on, and none is made in its place.
    ///
    /// - Throws: `DatabaseError.unavailable` if it cannot be opened, or is no database.
    package init(sqlitePath: String) throws(DatabaseError) {
        lanes = [
            ConnectionLane(
                first: try SQLiteConnection(path: sqlitePath),
                { () throws(DatabaseError) in try SQLiteConnection(path: sqlitePath, makesFile: false) })
        ]
    }

    /// Knows a file, which is opened with the first question, never made, and stays in the journal mode that it has.
    package init(existingSQLite path: String) {
        lanes = [
            ConnectionLane({ () throws(DatabaseError) in
                guard FileIdentity(FilePath(path)) != nil else {
                    throw .unavailable(reason: "there is no such file")
                }
                return try SQLiteConnection(path: path, entersWAL: false)
            })
        ]
    }

    /// Knows a server, to which it connects with the first question and again whenever it was lost.
    ///
    /// - Throws: `DatabaseError.unavailable` if libpq is not installed or the address makes no sense.
    package init(_ settings: PostgreSQLSettings) throws(DatabaseError) {
        _ = try LibPQ().parameters(settings)
        lanes = (0..<settings.connections).map { _ in
            ConnectionLane({ () throws(DatabaseError) in try PostgreSQLConnection(settings) })
        }
    }

    /// Closes all connections, so that a file is left as nobody uses it; whoever asks again opens them again.
    func close() async {
        for lane in lanes { await lane.close() }
    }

    /// Runs statements one after another on one connection, off the caller's thread.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        guard let lane = lanes.min(by: { $0.waiting < $1.waiting }), lane.waiting <= Database.mostWaiting else {
            throw .unavailable(reason: "too much work waits for the database")
        }
        return try await lane.run(body)
    }
}
