package import GatehouseCore

/// Runs some work, and waits no longer for it than it may take.
///
/// What goes on behind it has to end by itself: it is asked to (its task is cancelled), and what it brings later is dropped.
///
/// - Parameters:
///   - limit: how long the caller waits.
///   - late: what the caller gets in place of a result that did not come in time.
///   - work: runs in a task of its own.
/// - Returns: the result of the work, or `late`.
package func within<Result: Sendable>(
    _ limit: Duration, else late: Result, _ work: @escaping @Sendable () async -> Result
) async -> Result {
    let answer = FirstAnswer<Result>()
    // Both end by themselves: the work by its own limits, the clock after the time.
    let worker = Task { answer.give(await work()) }
    let timer = Task {
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        if answer.give(late) { worker.cancel() }
    }
    let result = await answer.value()
    timer.cancel()
    return result
}

extension WorkerPool {
    /// Runs blocking work on the pool and waits for it up to the limit.
    ///
    /// Work that takes longer ends on its own, holds its place in the pool until then, and its outcome is dropped.
    ///
    /// - Parameters:
    ///   - limit: counted from the call, waiting in the queue included.
    ///   - flow: on whose behalf.
    ///   - work: is not begun after the limit.
    /// - Returns: what the work returned.
    /// - Throws: `BackendError.unavailable` at the limit; `.busy` if the pool has no room.
    package nonisolated func run<Value: Sendable>(
        within limit: Duration, for flow: Flow = .own, _ work: @escaping @Sendable () -> Value
    ) async throws(BackendError) -> Value {
        let answer = FirstAnswer<Result<Value, BackendError>>()
        // Both tasks end by themselves: the work is bounded by its pool, the timer is cancelled.
        _ = Task {
            do throws(BackendError) {
                let value = try await self.run(memoryKiB: 0, for: flow) { answer.isGiven ? nil : work() }
                if let value { answer.give(.success(value)) }
            } catch {
                answer.give(.failure(error))
            }
        }
        let timer = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            answer.give(.failure(.unavailable(reason: "no answer in time")))
        }
        let result = await answer.value()
        timer.cancel()
        return try result.get()
    }
}
