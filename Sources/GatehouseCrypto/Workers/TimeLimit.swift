private import Synchronization

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
    await withCheckedContinuation { continuation in
        let answer = FirstAnswer(continuation)
        // Both end by themselves: the work by its own limits, the clock after the time.
        let worker = Task { answer.give(await work()) }
        let timer = Task {
            try? await Task.sleep(for: limit)
            if answer.give(late) { worker.cancel() }
        }
        answer.onFirst { timer.cancel() }
    }
}

/// A continuation that the first answer resumes, and no other.
private final class FirstAnswer<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, Never>?
        var isGiven = false
        var afterwards: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ continuation: CheckedContinuation<Value, Never>) { state = Mutex(State(continuation: continuation)) }

    /// Runs something once there is an answer; at once if there is one.
    func onFirst(_ body: @escaping @Sendable () -> Void) {
        let isGiven = state.withLock { state in
            if !state.isGiven { state.afterwards = body }
            return state.isGiven
        }
        if isGiven { body() }
    }

    /// - Returns: whether this was the first one.
    @discardableResult
    func give(_ value: Value) -> Bool {
        let (continuation, afterwards) = state.withLock { state in
            defer { state = State(isGiven: true) }
            return (state.continuation, state.afterwards)
        }
        continuation?.resume(returning: value)
        afterwards?()
        return continuation != nil
    }
}
