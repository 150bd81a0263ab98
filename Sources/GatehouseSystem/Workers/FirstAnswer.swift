internal import Synchronization

/// An answer that several could give: the first one counts, and whoever waits gets it, however late they begin to.
package final class FirstAnswer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
        case taken
    }

    private let state = Mutex(State.open)

    package init() {}

    /// Whether there is an answer: another one would be dropped.
    package var isGiven: Bool {
        state.withLock { state in
            switch state {
            case .open, .awaited: false
            case .given, .taken: true
            }
        }
    }

    /// Answers, unless somebody did before.
    ///
    /// - Returns: whether this was the first one.
    @discardableResult
    package func give(_ value: Value) -> Bool {
        let (waiting, isFirst) = state.withLock { state -> (CheckedContinuation<Value, Never>?, Bool) in
            switch state {
            case .open:
                state = .given(value)
                return (nil, true)
            case .awaited(let continuation):
                state = .taken
                return (continuation, true)
            case .given, .taken: return (nil, false)
            }
        }
        waiting?.resume(returning: value)
        return isFirst
    }

    /// Waits for the answer; one waits, and once.
    ///
    /// Somebody has to answer in the end: a timer, most often.
    package func value() async -> Value {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state -> Value? in
                if case .given(let value) = state {
                    state = .taken
                    return value
                }
                state = .awaited(continuation)
                return nil
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}
