private import Dispatch
internal import GatehouseCore
internal import GatehouseSystem
private import Synchronization

/// One connection to the file of records, and the queue that alone uses it.
///
/// A call ends within `answerLimit` whatever the file does: one that waited too long for its turn is refused without
/// having run, another writer is waited for no longer than `busyLimit`, and a disk that hangs is not waited for.
final class RecordLane: Sendable {
    private struct State {
        var connection: SQLiteConnection?
        var isClosed = false
    }

    private let path: String
    private let queue: DispatchQueue
    private let state: Mutex<State>
    private let waiting = Atomic<Int>(0)

    private static let deadlines = DispatchQueue(label: "gatehouse.records.deadlines")
    /// The longest a statement waits for another writer, in milliseconds.
    private static let busyLimit: Int32 = 400
    private static let turnLimit = Duration.milliseconds(400)
    private static let answerLimit = DispatchTimeInterval.milliseconds(950)
    private static let mostWaiting = 4_096

    /// Opens the file, or makes it.
    init(path: String, name: StaticString) throws(DatabaseError) {
        self.path = path
        queue = DispatchQueue(label: "gatehouse.records.\(name)")
        state = Mutex(State(connection: try RecordLane.open(path, makesFile: true)))
    }

    private static func open(_ path: String, makesFile: Bool) throws(DatabaseError) -> SQLiteConnection {
        let connection = try SQLiteConnection(path: path, makesFile: makesFile, busyTimeout: busyLimit)
        for statement in RecordTables.make { try connection.execute(statement) }
        return connection
    }

    /// Runs statements after those that wait already, off the caller's thread.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(DatabaseError) -> Result
    ) async throws(StoreError) -> Result {
        let start = ContinuousClock.now
        guard begins() else { throw .unavailable(reason: "too many calls wait for the session store") }
        let answer = FirstAnswer<Swift.Result<Result, StoreError>>()
        queue.async { answer.give(self.perform(start, body)) }
        RecordLane.deadlines.asyncAfter(deadline: .now() + RecordLane.answerLimit) {
            answer.give(.failure(.unavailable(reason: "the session store did not answer in time")))
        }
        return try await answer.value().get()
    }

    /// Runs statements whose outcome nobody waits for, unless too many wait already.
    func post(_ body: @escaping @Sendable (SQLiteConnection) throws(DatabaseError) -> Void) {
        guard begins() else { return }
        let start = ContinuousClock.now
        queue.async { _ = self.perform(start, body) }
    }

    /// Takes a step on the queue after a pause, unless the lane is gone by then.
    func step(after pause: Duration, _ step: @escaping @Sendable () -> Void) {
        let milliseconds = Int(clamping: pause.wholeMilliseconds)
        queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
            if self != nil { step() }
        }
    }

    /// Runs statements within a step.
    ///
    /// - Returns: `nil` if that failed.
    func attempt<Result: Sendable>(
        _ body: @Sendable (SQLiteConnection) throws(DatabaseError) -> Result
    ) -> Result? {
        guard begins() else { return nil }
        return try? perform(.now, body).get()
    }

    /// Closes the file for good after what waits; later calls are `unavailable`.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.state.withLock { $0 = State(connection: nil, isClosed: true) }
                continuation.resume()
            }
        }
    }

    private func begins() -> Bool {
        guard waiting.add(1, ordering: .relaxed).newValue <= RecordLane.mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    private func perform<Result: Sendable>(
        _ start: ContinuousClock.Instant, _ body: @Sendable (SQLiteConnection) throws(DatabaseError) -> Result
    ) -> Swift.Result<Result, StoreError> {
        waiting.subtract(1, ordering: .relaxed)
        guard ContinuousClock.now - start < RecordLane.turnLimit else {
            return .failure(.unavailable(reason: "the session store is too busy"))
        }
        return state.withLock { state in
            do throws(DatabaseError) {
                return .success(try body(try RecordLane.connection(&state, path)))
            } catch {
                return .failure(StoreError(error))
            }
        }
    }

    /// The connection to the file that is there now.
    ///
    /// A removed file is not made again: that is for whoever removed it, and sessions would silently live apart from the
    /// file that comes back.
    private static func connection(_ state: inout State, _ path: String) throws(DatabaseError) -> SQLiteConnection {
        if state.isClosed { throw .unavailable(reason: "the session store is closed") }
        if let connection = state.connection, !connection.isStale { return connection }
        state.connection = nil
        let connection = try open(path, makesFile: false)
        state.connection = connection
        return connection
    }
}

extension StoreError {
    /// Whatever went wrong, there was no answer.
    init(_ error: DatabaseError) {
        switch error {
        case .unavailable(let reason), .failed(let reason), .forbidden(let reason): self = .unavailable(reason: reason)
        case .duplicate, .invalidName, .notFound, .unknown: self = .unavailable(reason: "\(error)")
        }
    }
}
