package import GatehouseCore
private import Synchronization

/// A backend that has to answer in time: whatever hangs behind it, nobody waits longer.
package struct TimedBackend: Backend {
    private let backend: any Backend
    private let limit: Duration

    package var name: BackendName { backend.name }

    /// `limit` is for each question; the work that goes on behind it is bounded by the backend's own limits.
    package init(_ backend: any Backend, limit: Duration) {
        self.backend = backend
        self.limit = limit
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let backend = backend
        return try await timed { () async throws(BackendError) in try await backend.authenticate(credentials) }
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        let backend = backend
        return try await timed { () async throws(BackendError) in try await backend.identity(of: user, known: known) }
    }

    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        let backend = backend
        return try await timed { () async throws(BackendError) in try await backend.currentCredentials(of: name) }
    }

    private func timed<Result: Sendable>(
        _ work: @escaping @Sendable () async throws(BackendError) -> Result
    ) async throws(BackendError) -> Result {
        let limit = limit
        let late = BackendError.unavailable(reason: "\(name) did not answer within \(limit)")
        let outcome: Swift.Result<Result, BackendError> = await withCheckedContinuation { continuation in
            let answer = FirstAnswer(continuation)
            // Both end by themselves: the work by its own limits, the clock after the time.
            let worker = Task {
                do throws(BackendError) { answer.give(.success(try await work())) } catch {
                    answer.give(.failure(error))
                }
            }
            let timer = Task {
                try? await Task.sleep(for: limit)
                if answer.give(.failure(late)) { worker.cancel() }
            }
            answer.onFirst { timer.cancel() }
        }
        return try outcome.get()
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
