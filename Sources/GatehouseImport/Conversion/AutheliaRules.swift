/// `access_control` of Authelia's as applications with rules.
struct AutheliaRules {
    private(set) var tables: [DraftConfiguration.Table] = []
    private(set) var lost: [String] = []
    /// The hosts of the applications.
    private(set) var hosts: [String] = []
    private let wishes: Conversion.Wishes
    private let networks: AutheliaNetworks

    private struct Rule {
        /// What it names by `domain` and has an equal.
        let hosts: [String]
        /// Why it may be about any other host, too; `nil` if it is not.
        let gap: String?
        let rule: SourceRule

        /// What it means for a host, or one with a * in front; `nil` for nothing.
        func meaning(for host: String) -> SourceRule? {
            if hosts.contains(where: { AutheliaRules.covers($0, host) }) { return rule }
            guard let gap else { return nil }
            var closing = rule
            closing.obstacle = rule.obstacle ?? gap
            return closing
        }
    }

    /// Takes the whole file.
    init(_ root: YAMLNode, _ wishes: Conversion.Wishes) {
        let control = root["access_control"]
        self.wishes = wishes
        networks = AutheliaNetworks(root)
        let policy = control?["default_policy"]?.text ?? "deny"
        let standard = SourceRule(place: "default_policy", verdict: verdict(policy), words: words(policy))
        if policy == "two_factor", !wishes.passwordIsEnough {
            lost.append("default_policy: " + AutheliaRules.secondFactor)
        }
        var rules: [Rule] = []
        for (index, node) in (control?["rules"]?.items ?? []).enumerated() {
            let place = "rule \(index + 1) (line \(node.line))"
            let rule = rule(node, place)
            let (own, gap) = domains(node, place)
            rules.append(Rule(hosts: own, gap: gap, rule: rule))
            for host in own where !hosts.contains(host) { hosts.append(host) }
        }
        // One host before those that a * stands for: they have its rules, too.
        for host in hosts {
            let chain = RuleChain(rules.compactMap { $0.meaning(for: host) }, standard: standard)
            var table = DraftConfiguration.Table("[[application]]")
            table.set("name", text: AutheliaRules.name(host))
            table.set("hosts", texts: [host])
            tables.append(table)
            tables += chain.tables
            for sentence in chain.lost where !lost.contains(sentence) { lost.append(sentence) }
        }
        if standard.verdict != .nobody {
            lost.append(
                "default_policy: here it holds for the hosts that rules name; add an [[application]] for each other one"
            )
        }
        if hosts.isEmpty { lost.append("access_control: no rule names a host; add an [[application]] for each") }
    }

    private static let secondFactor =
        "it asks for a second factor, which Gatehouse does not have yet, so nobody passes; --password-is-enough, or allow = "
        + "[\"signed-in\"] in its place, lets the password do"

    /// Whether a host, or one with a * in front, is among those of a domain.
    private static func covers(_ domain: String, _ host: String) -> Bool {
        if domain == host { return true }
        guard domain.hasPrefix("*.") else { return false }
        let rest = host.hasPrefix("*.") ? host.dropFirst(2) : host[...]
        return rest.hasSuffix(domain.dropFirst(1))
    }

    private static func name(_ host: String) -> String {
        let name = host.replacing("*", with: "any").replacing(".", with: "-").replacing(":", with: "-")
        return String(name.unicodeScalars.prefix(64))
    }

    // MARK: - One rule

    /// The hosts of a rule, and why there may be any others; a rule is about those of `domain` and those of `domain_regex`.
    private mutating func domains(_ node: YAMLNode, _ place: String) -> (hosts: [String], gap: String?) {
        var found: [String] = []
        var gaps: [String] = []
        if node["domain_regex"] != nil { gaps.append("its domain_regex has no equal") }
        let texts = node["domain"]?.texts ?? []
        if texts.count < (node["domain"]?.items.count ?? 0) || texts.isEmpty && gaps.isEmpty {
            gaps.append("it names no domain in a text")
        }
        for text in texts {
            let domain = text.lowercased()
            guard !domain.contains("{"), domain != "*" else {
                gaps.append("its domain \(Shown.text(text)) has no equal")
                continue
            }
            if domain.hasPrefix("*."), !lost.contains(where: { $0.hasPrefix("\(domain): ") }) {
                lost.append("\(domain): here the * stands for one label, not for several; name deeper hosts, too")
            }
            found.append(domain)
        }
        guard !gaps.isEmpty else { return (found, nil) }
        let gap = gaps.joined(separator: ", ")
        lost.append("\(place): \(gap); add the rule to the [[application]] of each host")
        return (found, "\(gap), so it may be about this host")
    }

    private mutating func rule(_ node: YAMLNode, _ place: String) -> SourceRule {
        let policy = node["policy"]?.text ?? ""
        var rule = SourceRule(place: place, verdict: verdict(policy), words: words(policy))
        if policy == "two_factor", !wishes.passwordIsEnough { lost.append("\(place): " + AutheliaRules.secondFactor) }
        if !["bypass", "one_factor", "two_factor", "deny"].contains(policy) {
            rule.obstacle = "the policy \(Shown.text(policy)) is not known"
        }
        if let methods = node["methods"]?.texts, !methods.isEmpty { rule.methods = methods.map { $0.uppercased() } }
        for name in ["methods", "subject", "resources"] where node[name].map({ !AutheliaRules.isList($0) }) == true {
            rule.obstacle = "its \(name) are no list of texts"
        }
        if let subject = node["subject"] { take(subject, policy, &rule) }
        if let node = node["networks"] {
            do throws(AutheliaNetworks.Unknown) {
                rule.networks = try networks.networks(node)
                rule.words.append("Where a client is depends on check.trusted_proxies: see deploy/docs/proxies.md.")
            } catch { rule.obstacle = error.reason }
        }
        if node["query"] != nil { rule.obstacle = "it looks at the query, which no rule here does" }
        let resources = node["resources"]?.texts ?? []
        if !resources.allSatisfy({ take(resource: $0, &rule) }) {
            // It may be about any path.
            rule.paths = nil
        }
        return rule
    }

    /// Whether it is one text, or a list of texts and of lists of texts: what else it may be would count as no restriction.
    private static func isList(_ node: YAMLNode) -> Bool {
        guard node.text == nil else { return true }
        return !node.items.isEmpty && node.items.allSatisfy { $0.text != nil || !$0.items.isEmpty }
    }

    /// Adds the paths of a resource; `false` if there are no patterns for all of them.
    private func take(resource text: String, _ rule: inout SourceRule) -> Bool {
        guard let route = RouteExpression(text, comparedWith: .pathAndQuery) else {
            rule.obstacle = "the resource \(Shown.text(text)) has no equal among patterns like /admin/**"
            return false
        }
        rule.add(route)
        guard route.isNarrower else { return true }
        // Fewer paths are open, or fewer are closed.
        guard rule.verdict == .anyone else {
            rule.obstacle =
                "the resource \(Shown.text(text)) goes on within a part of the path, or in the query, which no pattern here does"
            return false
        }
        rule.words.append(
            "\(Shown.text(text)) went on within the last part, too; here it is whole parts of the path.")
        return true
    }

    private func take(_ subject: YAMLNode, _ policy: String, _ rule: inout SourceRule) {
        var conditions: [[String]] = []
        for item in subject.text.map({ _ in [subject] }) ?? subject.items {
            // A list in the list: all of them at once.
            let texts = item.texts
            let isWhole = texts.count == (item.text == nil ? item.items.count : 1)
            guard isWhole, !texts.isEmpty, texts.allSatisfy({ $0.hasPrefix("user:") || $0.hasPrefix("group:") }) else {
                rule.obstacle =
                    "the subject \(Shown.text(texts.joined(separator: " and "))) has no equal; permissions may say it: "
                    + "`gatehouse permission declare`"
                return
            }
            conditions.append(texts)
        }
        if conditions.isEmpty { return }
        if policy == "deny" || policy == "two_factor" && !wishes.passwordIsEnough {
            rule.obstacle =
                policy == "deny"
                ? "it denies \(SourceRule.text(conditions)) what others may, and no rule here says \"everybody but\""
                : "it asks \(SourceRule.text(conditions)) for a second factor, which Gatehouse does not have yet"
        } else if rule.verdict == .signedIn {
            rule.verdict = .some(conditions)
        }
    }

    private func verdict(_ policy: String) -> SourceRule.Verdict {
        switch policy {
        case "bypass": .anyone
        case "one_factor": .signedIn
        case "two_factor": wishes.passwordIsEnough ? .signedIn : .nobody
        default: .nobody
        }
    }

    private func words(_ policy: String) -> [String] {
        policy == "two_factor" && !wishes.passwordIsEnough
            ? ["It asked for a second factor. If a password is enough: allow = [\"signed-in\"] in place of deny."] : []
    }
}
