internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseLogging
private import GatehousePeople

/// `gatehouse explain`: what the policy says to a request, and why.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what becomes of a request, which rule decides, and what the rule asks for.",
        discussion: """
            Whoever is asked about counts as having signed in just now; without --user no database is needed. \
            Exit codes: 0 allowed, 1 not allowed or no such person, 2 usage or configuration, 3 could not find out.
            """)

    @Option(name: .long, help: "The name of the person; without it, a stranger.")
    var user: String?

    @Option(name: .long, help: "The whole address, like https://reports.example.com/admin/.")
    var url: String

    @Option(name: .long, help: "The method, in capitals.")
    var method = "GET"

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        guard Method(method) != nil else {
            throw Failure.usage("\(method): not a method that can be asked about; methods are written like GET")
        }
        guard let request = OriginalRequest(method: method, url: url) else {
            throw Failure.usage(
                "\(url): not an address like https://reports.example.com/admin/\(HostAdvice.about(url: url))")
        }
        let configuration = try options.load()
        var identity: Identity?
        if let user {
            let people = try People.open(configuration)
            try await people.tables.require()
            identity = try await people.lookup.identity(named: try people.lookup.name(user))
        }
        let explanation = Explanation(request, of: user, identity, configuration.policy)
        print(output.json ? explanation.json(method: method, url: url).text : explanation.text)
        if explanation.decision.outcome != .allow { throw ExitCode(ExitStatus.refused) }
    }
}

/// A decision with what led to it.
struct Explanation {
    let decision: Decision
    private let user: String?
    private let identity: Identity?
    /// The rule that decides; `nil` if none is about the request.
    private let rule: Rule?
    private let captures: [Capture]
    /// Methods for which some rule is about the same address, where none is for the method asked about.
    private let otherMethods: [String]

    init(_ request: OriginalRequest, of user: String?, _ identity: Identity?, _ policy: Policy) {
        self.user = user
        self.identity = identity
        switch policy.match(request) {
        case .decided(let decision, _):
            self.decision = decision
            rule = nil
            captures = []
            otherMethods = decision.trace.reason == .noRule ? Explanation.otherMethods(request, policy) : []
        case .rule(let match):
            let now = WallClock.now()
            decision = policy.decide(
                match, visitor: identity.map(Visitor.person) ?? .stranger, signedInAt: now, now: now)
            rule = policy.applications[match.application].rules[match.rule]
            captures = match.captures
            otherMethods = []
        }
    }

    private static func otherMethods(_ request: OriginalRequest, _ policy: Policy) -> [String] {
        ["GET", "POST", "PUT", "PATCH", "DELETE"].filter { name in
            guard let method = Method(name), method != request.method else { return false }
            let other = OriginalRequest(
                method: method, scheme: request.scheme, authority: request.authority, target: request.target)
            return if case .rule = policy.match(other) { true } else { false }
        }
    }

    /// A person who is there but may not sign in.
    private var isInactive: Bool { user != nil && identity == nil }

    private var conditions: [Condition] {
        if case .allow(let conditions) = rule?.verdict { conditions } else { [] }
    }

    // MARK: - For people

    /// The decision as a sentence, and below it what the rule asks for and what the person has.
    var text: String {
        var lines = ["\(decision.outcome): \(sentence)"]
        if decision.outcome != .allow, !conditions.isEmpty {
            lines.append("  the rule asks for \(conditions.map(\.description).joined(separator: " or "))")
        }
        if let limit = rule?.signedInWithin {
            lines.append("  and for a sign-in that is no older than \(limit.components.seconds) s")
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
        return lines.map { Explanation.printable($0) }.joined(separator: "\n")
    }

    /// What conditions look at.
    private func facts(_ identity: Identity) -> [String] {
        let groups = identity.groups.map(\.description).joined(separator: ", ")
        let asked = Set(
            conditions.compactMap { condition in
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

    /// Names of groups may hold anything: nothing of it moves the cursor or turns the line around.
    private static func printable(_ line: String) -> String {
        var result = ""
        for scalar in line.unicodeScalars {
            if LineLog.isDisguise(scalar) {
                result += "\\u" + LineLog.hex(scalar.value)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    // MARK: - For programs

    func json(method: String, url: String) -> JSON {
        let trace = decision.trace
        let captured = captures.map { capture -> (key: String, value: JSON) in
            (capture.name.string, .string(String(decoding: capture.value, as: UTF8.self)))
        }
        return .object([
            ("decision", .string("\(decision.outcome)")), ("reason", .string(trace.reason.rawValue)),
            ("application", .optional(trace.application?.description)),
            ("rule", trace.rule.map(JSON.number) ?? .null), ("condition", .optional(trace.condition?.description)),
            ("conditions", .strings(conditions)), ("captures", .object(captured)),
            ("signed_in_within", rule?.signedInWithin.map { .number(Int($0.components.seconds)) } ?? .null),
            ("other_methods", .strings(otherMethods)), ("user", .optional(user)),
            ("active", user == nil ? .null : .flag(!isInactive)), ("method", .string(method)), ("url", .string(url)),
        ])
    }
}
