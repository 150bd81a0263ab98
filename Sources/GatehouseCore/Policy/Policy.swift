/// Every application with its rules; decides what becomes of a request.
package struct Policy: Sendable {
    package let applications: [Application]
    private let exact: [Host: Int]
    /// Keyed by the domain below the wildcard label.
    private let wildcards: [Host: Int]
    private let names: [ApplicationName: Int]

    /// - Parameter applications: in the file's order; for a host that two of them name, the first one counts (the
    ///   configuration refuses such a file).
    package init(applications: [Application]) {
        var exact: [Host: Int] = [:]
        var wildcards: [Host: Int] = [:]
        var names: [ApplicationName: Int] = [:]
        for (index, application) in applications.enumerated() {
            names[application.name] = names[application.name] ?? index
            for host in application.hosts {
                switch host.pattern {
                case .exact(let name): exact[name] = exact[name] ?? index
                case .wildcard(let domain): wildcards[domain] = wildcards[domain] ?? index
                }
            }
        }
        self.applications = applications
        self.exact = exact
        self.wildcards = wildcards
        self.names = names
    }

    /// What is known before anybody looks at who asks: which rule of which application the request falls under.
    package enum Match: Sendable {
        /// No rule can let anybody pass: the decision is made.
        case decided(Decision, application: Int?)
        /// The rule that decides once it is known who asks.
        case rule(RuleMatch)

        /// The index of the application that the request is for.
        package var application: Int? {
            switch self {
            case .decided(_, let application): application
            case .rule(let match): match.application
            }
        }
    }

    /// A rule that is about a request.
    package struct RuleMatch: Equatable, Sendable {
        /// The index of the application, and of its rule.
        package let application: Int
        package let rule: Int
        /// The segments that conditions of the rule need.
        package let captures: [Capture]

        package init(application: Int, rule: Int, captures: [Capture] = []) {
            self.application = application
            self.rule = rule
            self.captures = captures
        }
    }

    /// Finds the application and the first rule that matches, without looking at people.
    ///
    /// A client whose address is not known is refused where the first rule that may match is about some networks: the rules
    /// behind it could be more open.
    ///
    /// - Parameters:
    ///   - request: what is asked for.
    ///   - client: where the request comes from.
    /// - Returns: the rule that decides, or the decision where none can let anybody pass.
    /// - Complexity: two hash look-ups for the host, then one for each segment of the path, however many rules there are.
    package func match(_ request: OriginalRequest, from client: ClientAddress = .unknown) -> Match {
        let index: Int
        switch locate(request) {
        case .application(let found): index = found
        case .refused(let trace): return .decided(Decision(.deny, trace), application: nil)
        }
        let application = applications[index]
        switch request.upgrade {
        case .none, .webSocket(nil): break
        case .webSocket(let origin?):
            guard !isAccepted(origin, by: application) else { break }
            return .decided(Decision(.deny, Trace(.foreignOrigin, application: application.name)), application: index)
        case .foreign:
            return .decided(Decision(.deny, Trace(.foreignUpgrade, application: application.name)), application: index)
        }
        if request.isPreflight, application.allowsPreflight {
            return .decided(Decision(.allow, Trace(.preflight, application: application.name)), application: index)
        }
        var path: CanonicalPath?
        if application.judgesPaths {
            guard let canonical = CanonicalPath(parsing: request.target.path) else {
                return .decided(
                    Decision(.deny, Trace(.ambiguousPath, application: application.name)), application: index)
            }
            path = canonical
        }
        let aspects = RuleIndex.Aspects(method: request.method, client: client)
        if let number = application.index.first(aspects, path) {
            if !client.isKnown, !application.rules[number].networks.isEmpty {
                let trace = Trace(.unknownAddress, application: application.name, rule: number + 1)
                return .decided(Decision(.deny, trace), application: index)
            }
            return .rule(
                RuleMatch(application: index, rule: number, captures: application.rules[number].captures(path)))
        }
        return .decided(Decision(.deny, Trace(.noRule, application: application.name)), application: index)
    }

    /// Decides for a person under the rule that matched.
    ///
    /// - Parameters:
    ///   - match: what `match` found for the request.
    ///   - visitor: who asks; `.unknown` if the session store gave no answer.
    ///   - signedInAt: when the person proved who they are; unknown is too long ago for a rule that wants it recent.
    ///   - now: the moment of the request; asked for only where the rule looks at it.
    /// - Returns: the decision with its trace.
    package func decide(
        _ match: RuleMatch, visitor: Visitor, signedInAt: Timestamp? = nil, now: @autoclosure () -> Timestamp
    ) -> Decision {
        guard applications.indices.contains(match.application),
            applications[match.application].rules.indices.contains(match.rule)
        else { return Decision(.deny, Trace(.noRule)) }
        let application = applications[match.application]
        func trace(_ reason: Trace.Reason, _ condition: Condition? = nil) -> Trace {
            Trace(reason, application: application.name, rule: match.rule + 1, condition: condition)
        }
        guard case .allow(let conditions) = application.rules[match.rule].verdict else {
            return Decision(.deny, trace(.denied))
        }
        if !application.rules[match.rule].windows.isEmpty {
            let now = now()
            guard application.rules[match.rule].windows.contains(where: { $0.contains(now) }) else {
                return Decision(.deny, trace(.outsideHours))
            }
        }
        let identity = visitor.identity
        for condition in conditions
        where condition.isMet(
            by: identity, captures: match.captures, globalImpliesObject: application.globalImpliesObject)
        {
            if let limit = application.rules[match.rule].signedInWithin, identity != nil {
                guard let signedInAt, now().since(signedInAt) <= limit else {
                    return Decision(.challenge, trace(.signedInTooLongAgo, condition))
                }
            }
            return Decision(.allow, trace(.conditionMet, condition))
        }
        switch visitor {
        case .unknown: return Decision(.unavailable, trace(.storeUnavailable))
        case .stranger: return Decision(.challenge, trace(.notSignedIn))
        case .person: return Decision(.deny, trace(.conditionNotMet))
        }
    }

    private enum Location {
        case application(Int)
        case refused(Trace)
    }

    private func locate(_ request: OriginalRequest) -> Location {
        let byHost = application(for: request.authority.host)
        guard let pinned = request.pinnedApplication else {
            return byHost.map(Location.application) ?? .refused(Trace(.unknownHost))
        }
        guard let index = names[pinned] else { return .refused(Trace(.unknownApplication)) }
        guard byHost == index else { return .refused(Trace(.pinnedHost, application: pinned)) }
        return .application(index)
    }

    /// The application of a host: an exact entry before a wildcard.
    package func application(for host: Host) -> Int? {
        if let index = exact[host] { return index }
        guard !wildcards.isEmpty, let rest = host.bytes.domainBelowFirstLabel,
            let domain = Host(parsing: host.bytes.span.extracting(rest.startIndex..<rest.endIndex))
        else { return nil }
        return wildcards[domain]
    }

    private func isAccepted(_ origin: OriginHeader, by application: Application) -> Bool {
        guard case .origin(let origin) = origin else { return false }
        return application.accepts(origin)
    }
}

/// Who asks.
package enum Visitor: Sendable {
    case stranger
    case person(Identity)
    /// The store gave no answer: never "allow" out of doubt.
    case unknown

    package var identity: Identity? {
        if case .person(let identity) = self { identity } else { nil }
    }
}
