internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseSessions

/// A check that is judged: one object for all that waits while its visitor is being looked up.
final class PendingCheck {
    let request: CheckRequest
    /// What the check is judged and answered by, whatever counts by then.
    let generation: Generation
    /// What the policy says before anybody looks at who asks.
    let match: Policy.Match
    /// When its head was there, in nanoseconds as the engine counts them.
    let begin: UInt64
    /// When the store was last asked for it.
    var askedAt: UInt64
    let completion: (Verdict) -> Void
    /// What is left to look up of several session cookies; `nil` for a request with one.
    var candidates: SessionCandidates?
    /// Whether the backend was waited for already.
    var hasWaited = false
    /// Its span; `nil` for one that is not sampled, as nearly all are.
    let span: CheckSpan?

    init(
        request: CheckRequest, generation: Generation, match: Policy.Match, begin: UInt64, span: CheckSpan?,
        completion: @escaping (Verdict) -> Void
    ) {
        self.request = request
        self.generation = generation
        self.match = match
        self.begin = begin
        self.span = span
        askedAt = begin
        self.completion = completion
    }

    /// The trace that it is part of.
    var trace: TraceContext? { span?.context ?? request.trace }
}

/// What became of a check, with all that its answer is made of.
struct Verdict {
    let decision: Decision
    /// The application that the request is for, as an index in the policy of the check's generation.
    let application: Int?
    /// The session that passes, if somebody had to be known.
    let session: KnownSession?
    let check: PendingCheck

    var request: CheckRequest { check.request }
    var generation: Generation { check.generation }
    /// Who passes; nobody where nobody had to be known.
    var identity: Identity? { session?.stored.identity }
}
