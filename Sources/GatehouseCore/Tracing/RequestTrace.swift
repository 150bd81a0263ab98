/// The trace that a request is answered in: what its lines name, what its spans hang on, and what others are told.
package struct RequestTrace: Sendable {
    /// Our own span where one is recorded, else that of whoever asked.
    package let context: TraceContext
    /// What goes on to others with it.
    package let state: TraceState?
    /// Who takes spans; `nil` where none are recorded.
    package let tracer: Tracer?

    /// That of the request which is being answered; `nil` outside of one, and for one without.
    @TaskLocal package static var current: RequestTrace?

    package init(_ context: TraceContext, state: TraceState? = nil, tracer: Tracer? = nil) {
        self.context = context
        self.state = state
        self.tracer = tracer
    }

    /// That of a request which has just arrived; `nil` if it is part of none, and begins none.
    ///
    /// - Parameters:
    ///   - parent: what the request says of its trace.
    ///   - state: what it says besides; it means nothing without the former.
    ///   - tracer: who takes spans, if anybody.
    package init?(under parent: TraceContext?, state: TraceState?, tracer: Tracer?) {
        let state = parent == nil ? nil : state
        if let tracer, let context = tracer.begin(under: parent) {
            self.init(context, state: state, tracer: tracer)
        } else if let parent {
            self.init(parent, state: state)
        } else {
            return nil
        }
    }

    /// Runs work as a span of its own within the current one; where none is recorded, the work is all that is done.
    ///
    /// - Parameters:
    ///   - name: one of few: no part of it comes from a request.
    ///   - kind: whether somebody else is asked.
    ///   - facts: what is said of it, and whether it is a failure, once it is known what came of it.
    ///   - work: finds its span in `current`.
    /// - Returns: what the work returned.
    /// - Throws: what the work threw.
    package static func span<Value: Sendable, Failure: Error>(
        _ name: @autoclosure () -> String, _ kind: TraceSpan.Kind,
        facts: (Result<Value, Failure>) -> (facts: [TraceSpan.Fact], isFailure: Bool) = { _ in ([], false) },
        _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let outer = current, let tracer = outer.tracer else { return try await work() }
        let own = RequestTrace(tracer.child(of: outer.context), state: outer.state, tracer: tracer)
        let begin = ContinuousClock.now
        let result = await $current.withValue(own) { () async -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await work()) } catch { return .failure(error) }
        }
        let (facts, isFailure) = facts(result)
        tracer.take([
            TraceSpan(
                name(), kind, own.context, parent: outer.context.span, from: begin, to: .now, facts,
                isFailure: isFailure)
        ])
        return try result.get()
    }
}
