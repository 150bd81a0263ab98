private import Dispatch
internal import GatehouseCore
internal import GatehouseOutbound
private import Glibc
private import Synchronization

/// The thread that sends.
///
/// A batch goes out as soon as it is full, and five seconds after its first span at the latest. While one cannot be delivered the
/// others wait behind it, as many as the tracer has room for.
final class SpanSender: Sendable {
    private struct State {
        var queue = ExportQueue()
        var isBusy = false
        /// Nothing is sent before.
        var restsUntil: ContinuousClock.Instant?
        /// Set once the daemon stops.
        var deadline: ContinuousClock.Instant?
        var wasFailing = false
    }

    private let collector: Collector
    private let report: @Sendable (SpanExporter.Report) -> Void
    private let send: @Sendable (HTTPPost) -> Result<HTTPAnswer, OutboundError>
    private let thread = DispatchQueue(label: "gatehouse.traces", qos: .utility)
    private let state = Mutex(State())

    /// How long a span waits for others.
    private static let patience = Duration.seconds(5)

    init(
        _ collector: Collector, report: @escaping @Sendable (SpanExporter.Report) -> Void,
        send: @escaping @Sendable (HTTPPost) -> Result<HTTPAnswer, OutboundError>
    ) {
        self.collector = collector
        self.report = report
        self.send = send
    }

    var tally: ExportQueue.Tally { state.withLock(\.queue.tally) }
    var isBusy: Bool { state.withLock(\.isBusy) }
    /// How many spans were taken out of the tracer and not delivered.
    var underWay: Int { state.withLock { $0.queue.batch?.count ?? 0 } }

    /// There is something to send; waits for nothing.
    func heard(_ wake: Tracer.Wake, of tracer: Tracer) {
        switch wake {
        case .some: run(tracer, after: SpanSender.patience)
        case .enough: run(tracer, after: .zero)
        }
    }

    /// Sends everything without waiting for more, and nothing after the deadline.
    func hurry(_ tracer: Tracer, until deadline: ContinuousClock.Instant) {
        state.withLock { state in
            state.deadline = deadline
            // There is no later for what would have to wait longer.
            if let end = state.restsUntil, end >= deadline { state.restsUntil = nil }
        }
        run(tracer, after: .zero)
    }

    private func run(_ tracer: Tracer, after pause: Duration) {
        guard pause > .zero else { return thread.async { self.drain(tracer) } }
        // A millisecond more: nothing is sent before the pause is over.
        let milliseconds = Int(clamping: pause.wholeMilliseconds) + 1
        thread.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { self.drain(tracer) }
    }

    // MARK: - On the thread

    private func drain(_ tracer: Tracer) {
        while let (batch, limit) = next(tracer) {
            let answer = ExportAnswer(send(collector.post(batch.body, within: limit)), of: batch.count)
            let (step, told) = note(answer)
            if let told { report(told) }
            if case .rest(let pause) = step { return run(tracer, after: pause) }
        }
    }

    /// The batch that is to be sent now, and how long that may take; `nil` if there is none.
    private func next(_ tracer: Tracer) -> (batch: ExportQueue.Batch, limit: Duration)? {
        state.withLock { state in
            let now = ContinuousClock.now
            let remaining = state.deadline.map { $0 - now } ?? collector.timeout
            guard remaining > .zero, state.restsUntil.map({ $0 <= now }) ?? true else {
                state.isBusy = false
                return nil
            }
            state.restsUntil = nil
            if state.queue.batch == nil {
                let spans = tracer.nextBatch()
                if !spans.isEmpty {
                    let request = ExportRequest(spans, of: collector.resource, now: SpanSender.now())
                    state.queue.begin(request.octets, of: spans.count)
                }
            }
            state.isBusy = state.queue.batch != nil
            return state.queue.batch.map { ($0, remaining) }
        }
    }

    private func note(_ answer: ExportAnswer) -> (ExportQueue.Step, SpanExporter.Report?) {
        state.withLock { state in
            let now = ContinuousClock.now
            let step = state.queue.note(
                answer, remaining: state.deadline.map { $0 - now }, jitter: .random(in: 0...1))
            if case .rest(let pause) = step {
                state.restsUntil = now + pause
                state.isBusy = false
            }
            let problem = state.queue.problem
            guard (problem != nil) != state.wasFailing else { return (step, nil) }
            state.wasFailing = problem != nil
            return (step, problem.map { .failing(reason: $0) } ?? .works)
        }
    }

    private static func now() -> (instant: ContinuousClock.Instant, unix: Int64) {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &moment)
        return (.now, Int64(moment.tv_sec) &* 1_000_000_000 &+ Int64(moment.tv_nsec))
    }
}
