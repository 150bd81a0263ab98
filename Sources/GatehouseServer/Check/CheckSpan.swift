internal import GatehouseContracts
package import GatehouseCore

/// What is traced of one check, while it is judged: only those that are sampled have one.
final class CheckSpan {
    let context: TraceContext
    fileprivate let parent: SpanID?
    fileprivate let method: Method?
    fileprivate let begin = ContinuousClock.now
    /// The same moment as the engine counts, in nanoseconds.
    private let uptime: UInt64
    fileprivate var reads: [TraceSpan] = []
    /// What the proxy is answered.
    var status = 200

    /// - Parameters:
    ///   - context: the span's own.
    ///   - parent: what the request said.
    ///   - method: of the proxy's request; `nil` for an unusual one.
    ///   - uptime: now, as the engine counts.
    init(_ context: TraceContext, under parent: TraceContext?, method: Method?, at uptime: UInt64) {
        self.context = context
        self.parent = parent?.span
        self.method = method
        self.uptime = uptime
    }

    /// A moment that the engine noted.
    fileprivate func moment(_ uptime: UInt64) -> ContinuousClock.Instant {
        begin + .nanoseconds(Int64(clamping: Int(clamping: uptime) - Int(clamping: self.uptime)))
    }
}

/// Makes the spans of one event loop's checks, and hands them over to be sent.
package struct CheckTracing {
    var source: SpanSource
    private let tracer: Tracer
    private let store: String

    /// - Parameters:
    ///   - tracer: who takes spans.
    ///   - store: what OpenTelemetry calls the store of sessions.
    package init(_ tracer: Tracer, store: String) {
        self.tracer = tracer
        self.store = store
        source = tracer.makeSource()
    }

    /// Notes a question to the store.
    mutating func read(for check: CheckSpan, since begin: UInt64, until end: UInt64, _ isFailure: Bool) {
        check.reads.append(
            TraceSpan(
                store, .client, check.context.with(source.next()), parent: check.context.span,
                from: check.moment(begin), to: check.moment(end), [TraceSpan.Fact(.store, store)],
                isFailure: isFailure))
    }

    /// Hands over the span of a check that is answered, with those of its questions.
    func end(_ check: CheckSpan, _ verdict: Verdict) {
        let (contract, trace) = (verdict.request.contract.description, verdict.decision.trace)
        // An unusual method is not written down (HTTP semantic conventions).
        let method = check.method?.description ?? "_OTHER"
        var facts = [
            TraceSpan.Fact(.method, method), .init(.route, contract), .init(.path, contract), .init(.scheme, "http"),
            .init(.status, check.status), .init(.contract, contract),
            .init(.outcome, "\(verdict.decision.outcome)"), .init(.reason, trace.reason.rawValue),
        ]
        if let application = trace.application { facts.append(.init(.application, "\(application)")) }
        if let rule = trace.rule { facts.append(.init(.rule, rule)) }
        let isFailure = check.status >= 500
        if isFailure { facts.append(.init(.errorType, "\(check.status)")) }
        let span = TraceSpan(
            "\(check.method == nil ? "HTTP" : method) \(contract)", .server, check.context, parent: check.parent,
            from: check.begin, to: .now, facts, isFailure: isFailure)
        tracer.take([span] + check.reads)
    }
}
