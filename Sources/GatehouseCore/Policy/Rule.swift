/// A matcher and who may pass; the first rule that matches decides.
package struct Rule: Sendable {
    /// Any of these; empty: every path.
    package let paths: [PathPattern]
    /// Any of these, a rule for `GET` includes `HEAD`; empty: every method.
    package let methods: Set<Method>
    /// Where clients are that the rule is about; empty: everywhere.
    package let networks: NetworkSet
    package let verdict: Verdict
    /// Whoever signed in longer ago has to sign in again.
    package let signedInWithin: Duration?
    /// When people pass, in any of these; empty: at any time.
    package let windows: [TimeWindow]
    /// Whether some condition needs a segment of the path.
    let usesCaptures: Bool

    package enum Verdict: Equatable, Sendable {
        /// Nobody passes.
        case deny
        /// Whoever meets one of the conditions passes; an empty list lets nobody pass.
        case allow([Condition])
    }

    package init(
        paths: [PathPattern] = [], methods: Set<Method> = [], networks: NetworkSet = .none, verdict: Verdict,
        signedInWithin: Duration? = nil, windows: [TimeWindow] = []
    ) {
        self.paths = paths
        self.methods = methods.contains(.get) ? methods.union([.head]) : methods
        self.networks = networks
        self.verdict = verdict
        self.signedInWithin = signedInWithin
        self.windows = windows
        usesCaptures =
            if case .allow(let conditions) = verdict {
                conditions.flatMap(\.parts).contains { if case .objectPermission = $0 { true } else { false } }
            } else {
                false
            }
    }

    /// Whether the rule is about every request, so that those behind it are never reached.
    package var matchesEverything: Bool { paths.isEmpty && methods.isEmpty && networks.isEmpty }

    /// What the pattern that matched captured, where a condition needs it.
    func captures(_ path: CanonicalPath?) -> [Capture] {
        guard usesCaptures, let path, let pattern = paths.first(where: { $0.matches(path) }) else { return [] }
        return pattern.captures(path)
    }
}
