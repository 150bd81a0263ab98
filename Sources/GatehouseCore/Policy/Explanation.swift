/// A decision with what led to it.
package struct Explanation: Sendable {
    package let decision: Decision
    /// The name as it was asked for; `nil` for a stranger.
    package let user: String?
    private let identity: Identity?
    /// The rule that decides; `nil` if none is about the request.
    package let rule: Rule?
    package let captures: [Capture]
    /// Methods for which some rule is about the same address, where none is for the method asked about.
    package let otherMethods: [String]

    /// Asks the policy.
    ///
    /// - Parameters:
    ///   - request: what is asked for.
    ///   - client: where the request comes from.
    ///   - user: the name of the person as it was given; `nil` for a stranger.
    ///   - identity: what is known of them; `nil` also for somebody who may not sign in.
    ///   - policy: who decides.
    ///   - now: the moment of the request, at which the person counts as having signed in.
    package init(
        _ request: OriginalRequest, from client: ClientAddress = .unknown, of user: String?, _ identity: Identity?,
        _ policy: Policy, now: Timestamp
    ) {
        self.user = user
        self.identity = identity
        switch policy.match(request, from: client) {
        case .decided(let decision, _):
            self.decision = decision
            rule = nil
            captures = []
            otherMethods = decision.trace.reason == .noRule ? Explanation.otherMethods(request, client, policy) : []
        case .rule(let match):
            decision = policy.decide(
                match, visitor: identity.map(Visitor.person) ?? .stranger, signedInAt: now, now: now)
            rule = policy.applications[match.application].rules[match.rule]
            captures = match.captures
            otherMethods = []
        }
    }

    private static func otherMethods(_ request: OriginalRequest, _ client: ClientAddress, _ policy: Policy) -> [String]
    {
        ["GET", "POST", "PUT", "PATCH", "DELETE"].filter { name in
            guard let method = Method(name), method != request.method else { return false }
            let other = OriginalRequest(
                method: method, scheme: request.scheme, authority: request.authority, target: request.target)
            return if case .rule = policy.match(other, from: client) { true } else { false }
        }
    }

    /// A person who is there but may not sign in.
    package var isInactive: Bool { user != nil && identity == nil }

    /// What the rule asks for: any of these.
    package var conditions: [Condition] {
        if case .allow(let conditions) = rule?.verdict { conditions } else { [] }
    }

    // MARK: - For people

    /// The decision as a sentence, and below it what the rule asks for and what the person has.
    ///
    /// Names may hold anything: whoever shows the lines takes care of that.
    package var lines: [String] {
        var lines = ["\(decision.outcome): \(sentence)"]
        if decision.outcome != .allow, !conditions.isEmpty {
            lines.append("  the rule asks for \(conditions.map(\.description).joined(separator: " or "))")
        }
        if let limit = rule?.signedInWithin {
            lines.append("  and for a sign-in that is no older than \(limit.components.seconds) s")
        }
        if let networks = rule?.networks, !networks.isEmpty { lines.append("  and is about clients in \(networks)") }
        if let windows = rule?.windows, !windows.isEmpty {
            lines.append("  and lets people pass between \(windows.map(\.description).joined(separator: " or "))")
        }
        for capture in captures {
            lines.append("  {\(capture.name)} is \(String(decoding: capture.value, as: UTF8.self))")
        }
        if decision.trace.reason == .conditionNotMet, let identity, let user {
            lines += facts(identity).map { "  \(user) \($0)" }
        }
        if isInactive { lines.append("  \(user ?? "") is inactive and cannot sign in (`gatehouse user set --active`)") }
        if !otherMethods.isEmpty {
            lines.append("  a rule is about this address for \(otherMethods.joined(separator: ", "))")
        }
        return lines
    }

    /// What conditions look at.
    private func facts(_ identity: Identity) -> [String] {
        let groups = identity.groups.map(\.description).joined(separator: ", ")
        let asked = Set(
            conditions.flatMap(\.parts).compactMap { condition in
                if case .objectPermission(let name, _) = condition { name } else { nil }
            })
        let grants = identity.objectGrants.filter { asked.contains($0.permission) }
        var facts = [groups.isEmpty ? "is in no group" : "is in \(groups)"]
        if identity.isStaff { facts.append("is staff") }
        if identity.isSuperuser { facts.append("is a superuser") }
        if !asked.isEmpty {
            let shown = grants.prefix(20).map(\.description).joined(separator: ", ")
            let more = grants.count > 20 ? " and \(grants.count - 20) more" : ""
            facts.append(shown.isEmpty ? "has these permissions on no object" : "has \(shown)\(more)")
        }
        return facts
    }

    private var sentence: String {
        let trace = decision.trace
        let who = user ?? "a stranger"
        let application = trace.application.map { "application \($0)" } ?? ""
        let place = application + (trace.rule.map { ", rule \($0)" } ?? "")
        let condition = trace.condition?.description ?? ""
        switch trace.reason {
        case .conditionMet: return "\(who) meets \(condition) (\(place))"
        case .conditionNotMet: return "\(who) meets no condition of \(place)"
        case .notSignedIn: return "\(place) wants somebody who is signed in"
        case .signedInTooLongAgo: return "\(who) meets \(condition), but \(place) wants a more recent sign-in"
        case .denied: return "\(place) denies everybody"
        case .outsideHours: return "\(place) lets people pass at other times only"
        case .unknownAddress:
            return "\(place) is about clients of some networks, and the client's address is not known"
        case .noRule: return "no rule of \(application) is about this request"
        case .unknownHost: return "no application has this host"
        case .pinnedHost: return "the host is none of \(application)"
        case .unknownApplication: return "the configuration has no such application"
        case .ambiguousPath: return "two servers could read the path differently (\(application))"
        case .foreignOrigin: return "a WebSocket from a foreign origin (\(application))"
        case .foreignUpgrade: return "an upgrade to something else than a WebSocket (\(application))"
        case .headerAlias: return "a header that reads like an identity header of \(application)"
        case .preflight: return "a CORS preflight, which \(application) lets through"
        case .storeUnavailable: return "the session store gave no answer (\(place))"
        }
    }
}
