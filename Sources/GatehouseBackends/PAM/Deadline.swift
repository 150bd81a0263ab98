internal import GatehouseCore
internal import GatehouseCrypto
private import Synchronization

/// Blocking work that somebody waits for only so long.
enum Deadline {
    /// Runs work on a pool and waits for it up to the limit.
    ///
    /// Work that takes longer ends on its own, holds its place in the pool until then, and its outcome is dropped.
    ///
    /// - Parameters:
    ///   - limit: counted from the call, waiting in the queue included.
    ///   - pool: where the work runs.
    ///   - flow: on whose behalf.
    ///   - work: is not begun after the limit.
    /// - Returns: what the work returned.
    /// - Throws: `BackendError.unavailable` at the limit; `.busy` if the pool has no room.
    static func run<Value: Sendable>(
        within limit: Duration, on pool: WorkerPool, for flow: Flow = .own, _ work: @escaping @Sendable () -> Value
    ) async throws(BackendError) -> Value {
        let race = Race<Result<Value, BackendError>>()
        // Both tasks end by themselves: the work is bounded by its pool, the timer is cancelled.
        _ = Task {
            do throws(BackendError) {
                let value = try await pool.run(memoryKiB: 0, for: flow) { race.isOver ? nil : work() }
                if let value { race.finish(.success(value)) }
            } catch {
                race.finish(.failure(error))
            }
        }
        let timer = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            race.finish(.failure(.unavailable(reason: "no answer in time")))
        }
        let result = await withCheckedContinuation { race.wait($0) }
        timer.cancel()
        return try result.get()
    }

    /// The first of several outcomes, for one who waits.
    private final class Race<Outcome: Sendable>: Sendable {
        private enum State {
            case open
            case awaited(CheckedContinuation<Outcome, Never>)
            case early(Outcome)
            case over
        }

        private let state = Mutex(State.open)

        var isOver: Bool {
            state.withLock { state in
                switch state {
                case .open, .awaited: false
                case .early, .over: true
                }
            }
        }

        func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
            let early: Outcome? = state.withLock { state in
                if case .early(let outcome) = state {
                    state = .over
                    return outcome
                }
                state = .awaited(continuation)
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }

        func finish(_ outcome: Outcome) {
            let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
                switch state {
                case .open:
                    state = .early(outcome)
                    return nil
                case .awaited(let continuation):
                    state = .over
                    return continuation
                case .early, .over: return nil
                }
            }
            waiting?.resume(returning: outcome)
        }
    }
}
