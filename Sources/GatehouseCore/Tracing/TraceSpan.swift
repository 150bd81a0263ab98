/// Some work of ours as a trace shows it: what it was, when, and as a part of what.
///
/// Nothing in it says who somebody is or what they may know: no names of people, no addresses, no cookies, no queries.
package struct TraceSpan: Sendable {
    /// The raw value is that of OTLP.
    package enum Kind: Int, Sendable {
        /// Work of our own.
        case own = 1
        /// An answer to somebody's request.
        case server = 2
        /// A question to somebody else.
        case client = 3
    }

    package let name: String
    package let kind: Kind
    /// The span itself.
    package let context: TraceContext
    /// What it is a part of; `nil` for the one that begins the trace.
    package let parent: SpanID?
    package let begin: ContinuousClock.Instant
    package let end: ContinuousClock.Instant
    package let facts: [Fact]
    /// Whether it brought nothing: not a refusal, which is an answer.
    package let isFailure: Bool

    package init(
        _ name: String, _ kind: Kind, _ context: TraceContext, parent: SpanID?,
        from begin: ContinuousClock.Instant, to end: ContinuousClock.Instant, _ facts: [Fact] = [],
        isFailure: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.begin = begin
        self.end = end
        self.facts = facts
        self.isFailure = isFailure
    }

    /// Something that is said of a span.
    package struct Fact: Equatable, Sendable {
        package let attribute: SpanAttribute
        package let value: Value

        package enum Value: Equatable, Sendable {
            case text(String)
            case number(Int)
        }

        package init(_ attribute: SpanAttribute, _ text: String) {
            self.attribute = attribute
            value = .text(text)
        }

        package init(_ attribute: SpanAttribute, _ number: Int) {
            self.attribute = attribute
            value = .number(number)
        }
    }
}

/// Everything that spans may say: the names of OpenTelemetry's semantic conventions where there is one, else ours.
package enum SpanAttribute: String, CaseIterable, Sendable {
    case method = "http.request.method"
    case route = "http.route"
    case path = "url.path"
    case scheme = "url.scheme"
    case status = "http.response.status_code"
    case store = "db.system.name"
    case errorType = "error.type"
    case application = "gatehouse.application"
    case contract = "gatehouse.contract"
    case outcome = "gatehouse.outcome"
    case reason = "gatehouse.reason"
    case rule = "gatehouse.rule"
    case backend = "gatehouse.backend"
    case answer = "gatehouse.answer"
}
