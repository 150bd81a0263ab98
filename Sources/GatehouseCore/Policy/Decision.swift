/// What becomes of a request, and why.
package struct Decision: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        /// The request passes; the headers say who it is, or are empty.
        case allow
        /// A stranger: sign in first.
        case challenge
        case deny
        /// Could not find out: refuse for now.
        case unavailable
    }

    package let outcome: Outcome
    package let trace: Trace

    package init(_ outcome: Outcome, _ trace: Trace) {
        self.outcome = outcome
        self.trace = trace
    }
}

/// The way to a decision: which application, which rule, which condition, and the reason in one word.
package struct Trace: Equatable, Sendable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case conditionMet = "condition-met"
        case conditionNotMet = "condition-not-met"
        case notSignedIn = "not-signed-in"
        case signedInTooLongAgo = "signed-in-too-long-ago"
        case denied = "denied-by-rule"
        /// The rule lets people pass at other times only.
        case outsideHours = "outside-hours"
        /// A rule is about clients of some networks, and nobody knows from where this one comes.
        case unknownAddress = "unknown-address"
        case noRule = "no-rule"
        case unknownHost = "unknown-host"
        case pinnedHost = "host-not-of-application"
        case unknownApplication = "unknown-application"
        case ambiguousPath = "ambiguous-path"
        case foreignOrigin = "foreign-origin"
        /// The connection was to become something else than a WebSocket.
        case foreignUpgrade = "foreign-upgrade"
        /// The client wrote an identity header under a name that applications read as the real one.
        case headerAlias = "header-alias"
        case preflight
        case storeUnavailable = "store-unavailable"
    }

    package let reason: Reason
    package let application: ApplicationName?
    /// Counted from 1, as a person counts the rules of the file; `nil` if none matched.
    package let rule: Int?
    /// The condition that let the request pass.
    package let condition: Condition?

    package init(_ reason: Reason, application: ApplicationName? = nil, rule: Int? = nil, condition: Condition? = nil) {
        self.reason = reason
        self.application = application
        self.rule = rule
        self.condition = condition
    }

    package var description: String {
        var text = reason.rawValue
        if let application { text += " application=\(application)" }
        if let rule { text += " rule=\(rule)" }
        if let condition { text += " condition=\(condition)" }
        return text
    }
}
