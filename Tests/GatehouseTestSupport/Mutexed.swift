internal import Synchronization

/// A value behind a lock, which closures can share.
package final class Mutexed<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    package init(_ value: Value) { state = Mutex(value) }

    package var value: Value { state.withLock { $0 } }

    package func change(_ body: (inout sending Value) -> Void) { state.withLock { body(&$0) } }
}
