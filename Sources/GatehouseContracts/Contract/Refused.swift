package import GatehouseCore

/// A check that is not judged.
package struct Refused: Error, Equatable, Sendable {
    package enum Cause: Equatable, Sendable {
        /// The proxy's configuration does not send a header of the contract: 400.
        case missing(RequestHead.Field)
        /// The header came twice: 400.
        case repeated(RequestHead.Field)
        /// The proxy sent what no proxy should: 400.
        case malformed(RequestHead.Field)
        /// The client's own method, host or target follows no grammar: the contract says what is answered.
        case client(Part, status: Int)
    }

    /// A part of a check.
    package enum Part: Equatable, Sendable {
        case header(RequestHead.Field)
        case method
        case target

        /// The name as it stands in documents and log lines.
        package var name: StaticString {
            switch self {
            case .header(let field): field.name
            case .method: "method"
            case .target: "target"
            }
        }
    }

    package let cause: Cause

    init(_ cause: Cause) { self.cause = cause }

    package var status: Int {
        if case .client(_, let status) = cause { status } else { 400 }
    }

    /// The part to look at.
    package var part: Part {
        switch cause {
        case .missing(let field), .repeated(let field), .malformed(let field): .header(field)
        case .client(let part, _): part
        }
    }

    /// What is wrong, for the log.
    package var reason: StaticString {
        switch cause {
        case .missing: "missing or empty: the proxy's configuration must set it"
        case .repeated: "sent more than once: the proxy's configuration must replace what the client sent"
        case .malformed: "not understood"
        case .client: "the client's request follows no grammar"
        }
    }
}
