private import Dispatch
private import Synchronization

/// One connection and the queue that is the only one to use it; made anew when it was lost.
///
/// Work that failed for a reason that may have passed, and of which nothing counts yet, is done once more.
final class ConnectionLane: Sendable {
    typealias Open = @Sendable () throws(DatabaseError) -> sending any SQLConnection

    private struct State: ~Copyable {
        var connection: (any SQLConnection)?
        /// How many attempts to connect failed in a row, and when the next one may be made.
        var failures = 0
        var nextAttempt = ContinuousClock.now
        var lastFault = DatabaseError.unavailable(reason: "not connected yet")
    }

    private let open: Open
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "gatehouse.database")
    private let load = Atomic<Int>(0)

    /// Connects with the first use.
    init(_ open: @escaping Open) {
        self.open = open
        state = Mutex(State())
    }

    /// Begins with a connection that is open already.
    init(first: sending any SQLConnection, _ open: @escaping Open) {
        self.open = open
        state = Mutex(State(connection: first))
    }

    /// How much work is running or waits.
    var waiting: Int { load.load(ordering: .relaxed) }

    /// Runs statements after those that wait already.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        load.add(1, ordering: .relaxed)
        let result: Swift.Result<Result, DatabaseError> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.perform(body)) }
        }
        load.subtract(1, ordering: .relaxed)
        return try result.get()
    }

    /// Closes the connection after the work that waits; later work opens it again.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.state.withLock { $0.connection = nil }
                continuation.resume()
            }
        }
    }

    private func perform<Result: Sendable>(
        _ body: @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) -> Swift.Result<Result, DatabaseError> {
        state.withLock { state in
            defer { if state.connection?.isStale == true { state.connection = nil } }
            do throws(DatabaseError) { return .success(try attempt(body, &state)) } catch {
                guard state.connection?.mayAskAgain == true else { return .failure(error) }
            }
            do throws(DatabaseError) { return .success(try attempt(body, &state)) } catch { return .failure(error) }
        }
    }

    private func attempt<Result: Sendable>(
        _ body: @Sendable (any SQLConnection) throws(DatabaseError) -> Result, _ state: inout State
    ) throws(DatabaseError) -> Result {
        if state.connection?.isStale == true { state.connection = nil }
        if state.connection == nil { try reconnect(&state) }
        guard let connection = state.connection else { throw state.lastFault }
        connection.beginWork()
        return try body(connection)
    }

    /// Tries once; after failures in a row everybody is refused at once for 100 ms to 2 s.
    private func reconnect(_ state: inout State) throws(DatabaseError) {
        guard ContinuousClock.now >= state.nextAttempt else { throw state.lastFault }
        do throws(DatabaseError) {
            state.connection = try open()
            state.failures = 0
        } catch {
            state.failures = min(state.failures + 1, 6)
            state.nextAttempt = .now + min(.milliseconds(50 << state.failures), .seconds(2))
            state.lastFault = error
            throw error
        }
    }
}
