package import Synchronization

extension Atomic<Int> {
    /// Adds to a count that several threads share; the order of counts does not matter.
    package borrowing func increment(by step: Int = 1) { wrappingAdd(step, ordering: .relaxed) }

    /// Adds to a count of which one thread is the only one to write: neither a lock nor a locked instruction.
    package borrowing func incrementOwn(by step: Int = 1) {
        store(load(ordering: .relaxed) &+ step, ordering: .relaxed)
    }

    /// The count, on any thread.
    package var current: Int { load(ordering: .relaxed) }
}

/// How often something happened, and when last; of one thread, read from any.
package final class Sightings: Sendable {
    private let times = Atomic<Int>(0)
    private let last = Atomic<Int>(0)

    package init() {}

    package func note(_ now: Timestamp) {
        times.incrementOwn()
        last.store(Int(clamping: now.milliseconds), ordering: .relaxed)
    }

    package var count: Int { times.current }

    /// `nil` if it never happened.
    package var lastTime: Timestamp? { count == 0 ? nil : Timestamp(milliseconds: Int64(last.current)) }
}
