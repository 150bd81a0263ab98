internal import GatehouseCore
internal import Synchronization

/// What all backends together did with the password of one attempt.
final class PasswordUses: Sendable {
    private struct State {
        var isSpent = false
        /// Those who compared it, or may have.
        var compared = 0
    }

    private let state = Mutex(State())

    /// Backends are asked one after another: whoever says that it was not looked at is the last one it was handed to.
    @Sendable func note(_ use: PasswordUse) {
        state.withLock { state in
            switch use {
            case .spent: state.isSpent = true
            case .compared: state.compared += 1
            case .untouched: state.compared = max(state.compared - 1, 0)
            }
        }
    }

    /// The most that was done with it.
    var most: PasswordUse {
        state.withLock { $0.compared > 0 ? .compared : $0.isSpent ? .spent : .untouched }
    }
}
