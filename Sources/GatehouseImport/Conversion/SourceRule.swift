internal import GatehouseCore

/// A rule as other products have it: it is passed over where it does not match, also for the person.
struct SourceRule {
    enum Verdict: Equatable {
        case anyone
        case signedIn
        /// Those who meet all conditions of one of these lists; others come to the rules behind it.
        case some([[String]])
        case nobody

        /// How few it lets in.
        var strictness: Int {
            switch self {
            case .anyone: 0
            case .signedIn: 1
            case .some: 2
            case .nobody: 3
            }
        }
    }

    /// Where it stands, like `rule 3 (line 20)`.
    let place: String
    /// Patterns as Gatehouse writes them; `nil` for every path.
    var paths: [String]?
    /// Those of `paths` that it matches only where no query follows; others come to the rules behind it.
    var pathsWithoutQuery: [String] = []
    /// `nil` for every method.
    var methods: [String]?
    /// `nil` for clients everywhere.
    var networks: [Network]?
    var verdict: Verdict
    /// What of it has no equal here; `nil` if it could be translated.
    var obstacle: String?
    /// What to say above it.
    var words: [String] = []

    var matchesEverything: Bool { paths == nil && methods == nil && networks == nil }

    /// Conditions as a sentence has them.
    static func text(_ conditions: [[String]]) -> String {
        conditions.map { $0.joined(separator: " and ") }.joined(separator: ", ")
    }

    /// Adds the paths of an expression.
    mutating func add(_ route: RouteExpression) {
        let all = (paths ?? []) + route.paths.filter { paths?.contains($0) != true }
        let (own, others) = (pathsWithoutQuery, route.pathsWithoutQuery)
        pathsWithoutQuery = all.filter { path in
            // One that is matched with a query by either is so by both together.
            (own.contains(path) || paths?.contains(path) != true)
                && (others.contains(path) || !route.paths.contains(path))
        }
        paths = all
    }

    /// Whether no request is matched by both.
    func isDisjoint(from other: SourceRule) -> Bool {
        if let methods, let others = other.methods {
            // GET includes HEAD here.
            let own = Set(methods.map { $0 == "HEAD" ? "GET" : $0 })
            if own.isDisjoint(with: others.map { $0 == "HEAD" ? "GET" : $0 }) { return true }
        }
        if let networks, let others = other.networks,
            networks.allSatisfy({ own in others.allSatisfy { !own.contains($0.address) && !$0.contains(own.address) } })
        {
            return true
        }
        guard let paths, let others = other.paths else { return false }
        return paths.allSatisfy { path in others.allSatisfy { PathText.areDisjoint(path, $0) } }
    }

    /// Whether every request that the other one matches is matched by this one.
    func covers(_ other: SourceRule) -> Bool {
        if let methods {
            guard let others = other.methods, Set(others).isSubset(of: methods) else { return false }
        }
        if let networks {
            guard let others = other.networks,
                others.allSatisfy({ other in
                    networks.contains { $0.contains(other.address) && $0.prefixLength <= other.prefixLength }
                })
            else { return false }
        }
        guard let paths else { return true }
        guard let others = other.paths else { return false }
        return others.allSatisfy { path in paths.contains { PathText.covers($0, path) } }
    }
}

/// Comparisons of patterns by their text; in doubt they say no.
enum PathText {
    /// The part in front of everything that is not literal.
    private static func literal(_ pattern: String) -> (text: Substring.UTF8View, isWhole: Bool) {
        let bytes = pattern[...].utf8
        guard let end = bytes.firstIndex(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "{") }) else {
            return (bytes, true)
        }
        return (bytes[..<end], false)
    }

    static func areDisjoint(_ one: String, _ other: String) -> Bool {
        let (left, right) = (literal(one), literal(other))
        if left.isWhole, right.isWhole { return one != other }
        // "/x/**" is "/x", too: the slash before the stars may be missing.
        let (leftText, rightText) = (trimmed(left), trimmed(right))
        return !leftText.starts(with: rightText) && !rightText.starts(with: leftText)
    }

    private static func trimmed(_ part: (text: Substring.UTF8View, isWhole: Bool)) -> Substring.UTF8View {
        part.isWhole || part.text.last != UInt8(ascii: "/") ? part.text : part.text.dropLast()
    }

    static func covers(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard one.hasSuffix("/**") else { return false }
        let base = String(one.dropLast(3))
        guard !base.contains("*"), !base.contains("{") else { return false }
        return other == base || other.utf8.starts(with: "\(base)/".utf8)
    }
}

/// Turns rules that fall through into rules of which the first that matches decides.
struct RuleChain {
    private(set) var tables: [DraftConfiguration.Table] = []
    private(set) var lost: [String] = []

    /// - Parameters:
    ///   - rules: those of one host, in their order.
    ///   - standard: what is decided where none matches.
    init(_ rules: [SourceRule], standard: SourceRule) {
        let all = RuleChain.withAnyQuery(rules + [standard])
        for (index, rule) in all.enumerated() {
            let rest = all[(index + 1)...]
            if let obstacle = rule.obstacle {
                // Where nobody gets in more easily by the rules behind it, leaving it out opens nothing.
                let overlapping = rest.filter { !$0.isDisjoint(from: rule) }
                if overlapping.allSatisfy({ $0.verdict.strictness >= rule.verdict.strictness }) {
                    lost.append("\(rule.place): \(obstacle). It is left out, which lets nobody in who was not before")
                } else {
                    lost.append(
                        "\(rule.place): \(obstacle). What is behind it is closed until you write that rule and take the "
                            + "closing one out")
                    add(
                        SourceRule(
                            place: rule.place, verdict: .nobody,
                            words: ["\(rule.place) comes here: \(obstacle). Write it, then take this one out."]))
                }
                continue
            }
            add(rule.verdict.isSome ? resolved(rule, rest) : rule)
            if rule.matchesEverything { return }
        }
    }

    /// Takes the paths out that a rule matched only without a query, since a pattern matches with any.
    ///
    /// They stay where that opens nothing: in a rule that denies, and where the rules behind it are as open.
    private static func withAnyQuery(_ rules: [SourceRule]) -> [SourceRule] {
        var result: [SourceRule] = []
        for rule in rules.reversed() {
            guard rule.obstacle == nil, !rule.pathsWithoutQuery.isEmpty else {
                result.insert(rule, at: 0)
                continue
            }
            let names = rule.pathsWithoutQuery.joined(separator: ", ")
            var (bare, whole) = (rule, rule)
            bare.paths = rule.pathsWithoutQuery
            if rule.verdict == .nobody || areAsOpen(result, as: bare) {
                whole.words.append("It matched \(Shown.text(names)) without a query only; here with any.")
                result.insert(whole, at: 0)
                continue
            }
            bare.obstacle = "it matches \(Shown.text(names)) without a query only, and a pattern here matches with any"
            result.insert(bare, at: 0)
            whole.paths = rule.paths?.filter { !rule.pathsWithoutQuery.contains($0) }
            whole.pathsWithoutQuery = []
            if whole.paths?.isEmpty == false { result.insert(whole, at: 0) }
        }
        return result
    }

    /// Whether whom a rule lets in is let in by the rules behind it, too, with a query or without.
    private static func areAsOpen(_ rest: [SourceRule], as rule: SourceRule) -> Bool {
        for later in rest where !later.isDisjoint(from: rule) {
            guard later.obstacle == nil,
                later.verdict == rule.verdict || later.verdict.strictness < rule.verdict.strictness
            else { return false }
            if later.pathsWithoutQuery.isEmpty, later.covers(rule) { return true }
        }
        return false
    }

    /// A rule for some people, with what the rules behind it say of the others.
    private mutating func resolved(_ rule: SourceRule, _ rest: ArraySlice<SourceRule>) -> SourceRule {
        guard case .some(var conditions) = rule.verdict else { return rule }
        var resolved = rule
        for later in rest where !later.isDisjoint(from: rule) {
            guard later.obstacle == nil, later.covers(rule) else {
                lost.append(
                    "\(rule.place): others than \(SourceRule.text(conditions)) came to \(later.place), which is about a "
                        + "part of it; they are kept out here")
                break
            }
            switch later.verdict {
            case .anyone, .signedIn:
                resolved.verdict = .signedIn
                return resolved
            case .some(let more): conditions += more.filter { !conditions.contains($0) }
            case .nobody:
                resolved.verdict = .some(conditions)
                return resolved
            }
        }
        resolved.verdict = .some(conditions)
        return resolved
    }

    private mutating func add(_ rule: SourceRule) {
        // No match denies: a last rule that does it, too, is none.
        if rule.verdict == .nobody, rule.matchesEverything, rule.words.isEmpty { return }
        var table = DraftConfiguration.Table("[[application.rule]]", words: rule.words)
        if let paths = rule.paths { table.set("paths", texts: paths) }
        if let methods = rule.methods { table.set("methods", texts: methods) }
        if let networks = rule.networks { table.set("networks", texts: networks.map(\.description)) }
        switch rule.verdict {
        case .anyone: table.set("allow", texts: ["anyone"])
        case .signedIn: table.set("allow", texts: ["signed-in"])
        case .some(let conditions): table.set("allow", alternatives: conditions)
        case .nobody: table.set("deny", "true")
        }
        tables.append(table)
    }
}

extension SourceRule.Verdict {
    fileprivate var isSome: Bool { if case .some = self { true } else { false } }
}
