internal import Synchronization

/// Takes spans of any thread and keeps them until somebody sends them off; whoever hands one over waits for nobody.
///
/// There is room for so many; what comes when it is full is dropped and counted.
package final class Tracer: Sendable {
    /// What whoever sends them off has to know.
    package enum Wake: Sendable {
        /// There is something, after there was nothing.
        case some
        /// There is enough for a batch.
        case enough
    }

    private struct State {
        var source: SpanSource
        var seeds: Xoshiro256
        var waiting: [TraceSpan] = []
        var dropped = 0
    }

    private let state: Mutex<State>
    private let share: Double
    private let capacity: Int
    private let batch: Int
    private let wake: @Sendable (Tracer, Wake) -> Void

    /// - Parameters:
    ///   - share: how many of the traces that begin here are kept, from 0 to 1.
    ///   - seed: a random number.
    ///   - capacity: how many spans may wait.
    ///   - batch: how many are sent together.
    ///   - wake: hears, on the thread that handed a span over, that there is something to send; it must not wait.
    package init(
        share: Double, seed: UInt64, capacity: Int = 8_192, batch: Int = 512,
        wake: @escaping @Sendable (Tracer, Wake) -> Void = { _, _ in }
    ) {
        self.share = share
        self.capacity = max(capacity, 1)
        self.batch = max(batch, 1)
        self.wake = wake
        var seeds = Xoshiro256(seed: seed)
        let source = SpanSource(share: share, random: Xoshiro256(seed: seeds.next()))
        state = Mutex(State(source: source, seeds: seeds))
    }

    /// A source of ids for one thread, which needs no lock.
    package func makeSource() -> SpanSource {
        SpanSource(share: share, random: Xoshiro256(seed: state.withLock { $0.seeds.next() }))
    }

    /// The span of a request that has just arrived; `nil` if there is to be none.
    package func begin(under parent: TraceContext?) -> TraceContext? {
        state.withLock { $0.source.begin(under: parent) }
    }

    /// Another span of the same trace.
    package func child(of context: TraceContext) -> TraceContext { context.with(state.withLock { $0.source.next() }) }

    /// Hands spans over.
    package func take(_ spans: [TraceSpan]) {
        let (before, after) = state.withLock { state -> (Int, Int) in
            let before = state.waiting.count
            let room = min(capacity - before, spans.count)
            state.waiting += spans.prefix(room)
            state.dropped += spans.count - room
            return (before, state.waiting.count)
        }
        if before == 0, after > 0 { wake(self, .some) }
        if before < batch, after >= batch { wake(self, .enough) }
    }

    /// Takes the oldest spans out, as many as one batch has.
    package func nextBatch() -> [TraceSpan] {
        state.withLock { state in
            let count = min(batch, state.waiting.count)
            let spans = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return spans
        }
    }

    /// How many wait.
    package var waiting: Int { state.withLock { $0.waiting.count } }
    /// Whether there is enough for a batch.
    package var hasBatch: Bool { state.withLock { $0.waiting.count >= batch } }
    /// How many there was no room for.
    package var dropped: Int { state.withLock { $0.dropped } }
}
