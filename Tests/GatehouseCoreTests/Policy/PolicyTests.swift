import GatehouseCore
import Testing

@Suite("The policy")
struct PolicyTests {
    private static let alice = Identity(
        user: UserReference(backend: "database", id: "1"), name: "alice", groups: ["staff"],
        permissions: ["reports.view_report"])
    private static let root = Identity(
        user: UserReference(backend: "database", id: "2"), name: "root", isSuperuser: true)

    private func application(
        _ name: ApplicationName = "app", hosts: [String] = ["app.example.com"], rules: [Rule], origins: [Origin] = [],
        preflight: Bool = false
    ) -> Application {
        Application(
            name: name, hosts: hosts.compactMap(ApplicationHost.init), origins: origins, allowsPreflight: preflight,
            rules: rules)
    }

    private func request(
        _ path: String, method: String = "GET", host: String = "app.example.com", pinned: ApplicationName? = nil,
        upgrade: Upgrade = .none, preflight: Bool = false
    ) throws -> OriginalRequest {
        let authority = Authority(parsing: Array(host.utf8).span)
        let target = RequestTarget(parsing: Array(path.utf8).span)
        return OriginalRequest(
            method: try #require(Method(method)), scheme: .https, authority: try #require(authority),
            target: try #require(target), pinnedApplication: pinned, upgrade: upgrade, isPreflight: preflight)
    }

    private func decide(_ policy: Policy, _ request: OriginalRequest, _ visitor: Visitor) -> Decision {
        switch policy.match(request) {
        case .decided(let decision, _): decision
        case .rule(let match): policy.decide(match, visitor: visitor, now: Timestamp(milliseconds: 0))
        }
    }

    private func rule(_ paths: [String], methods: Set<Method> = [], _ conditions: [Condition]) throws -> Rule {
        Rule(paths: try paths.map { try PathPattern($0) }, methods: methods, verdict: .allow(conditions))
    }

    private func rule(_ conditions: [Condition]) -> Rule { Rule(verdict: .allow(conditions)) }

    @Test("lets the first rule that matches decide, and denies without one")
    func firstMatch() throws {
        let policy = Policy(applications: [
            application(rules: [
                try rule(["/admin/**"], [.group("admins")]), try rule(["/admin/open"], [.anyone]),
                try rule(["/x/**"], methods: [.get], [.signedIn]),
                Rule(paths: [try PathPattern("/no/**")], verdict: .deny),
            ])
        ])
        let alice = Visitor.person(Self.alice)
        #expect(decide(policy, try request("/admin/open"), alice).outcome == .deny)
        #expect(decide(policy, try request("/admin/open"), .stranger).outcome == .challenge)
        #expect(decide(policy, try request("/x/1"), alice).outcome == .allow)
        #expect(decide(policy, try request("/x/1", method: "HEAD"), alice).outcome == .allow)
        #expect(decide(policy, try request("/x/1", method: "POST"), alice).trace.reason == .noRule)
        #expect(decide(policy, try request("/elsewhere"), .person(Self.root)).outcome == .deny)
        #expect(
            decide(policy, try request("/no/x"), .person(Self.root)).trace
                == Trace(.denied, application: "app", rule: 4))
        #expect(
            decide(policy, try request("/x/1?admin"), alice).trace
                == Trace(.conditionMet, application: "app", rule: 3, condition: .signedIn))
    }

    @Test("asks for any one of the conditions; an empty list lets nobody pass")
    func conditions() throws {
        func outcome(_ conditions: [Condition], _ visitor: Visitor) throws -> Decision.Outcome {
            decide(Policy(applications: [application(rules: [rule(conditions)])]), try request("/"), visitor)
                .outcome
        }
        let (alice, root) = (Visitor.person(Self.alice), Visitor.person(Self.root))
        #expect(try outcome([], alice) == .deny)
        #expect(try outcome([], .stranger) == .challenge)
        #expect(try outcome([.anyone], .stranger) == .allow)
        #expect(try outcome([.anyone], .unknown) == .allow)
        #expect(try outcome([.signedIn], .unknown) == .unavailable)
        #expect(try outcome([.user("bob"), .group("staff")], alice) == .allow)
        #expect(try outcome([.permission("reports.view_report")], alice) == .allow)
        #expect(try outcome([.permission("reports.change_report")], alice) == .deny)
        #expect(try outcome([.permission("reports.change_report")], root) == .allow)
        #expect(try outcome([.group("staff")], root) == .deny)
        #expect(try outcome([.user("alice")], root) == .deny)
        #expect(try outcome([.superuser], root) == .allow)
        #expect(try outcome([.staff], root) == .deny)
    }

    @Test("tells names apart by bytes")
    func bytes() throws {
        let composed = Identity(
            user: UserReference(backend: "database", id: "3"), name: UserName("\u{E9}"), groups: [GroupName("\u{212A}")]
        )
        let policy = Policy(applications: [application(rules: [rule([.user(UserName("e\u{301}")), .group("K")])])])
        #expect(decide(policy, try request("/"), .person(composed)).outcome == .deny)
    }

    @Test("finds the application by exact host, then by wildcard, and pins it when told")
    func hosts() throws {
        let policy = Policy(applications: [
            application("wild", hosts: ["*.example.com"], rules: [rule([.signedIn])]),
            application("app", rules: [rule([.anyone])]),
        ])
        func reason(_ request: OriginalRequest) -> Trace.Reason { decide(policy, request, .stranger).trace.reason }
        #expect(reason(try request("/")) == .conditionMet)
        #expect(reason(try request("/", host: "APP.example.com.:8443")) == .conditionMet)
        #expect(reason(try request("/", host: "other.example.com")) == .notSignedIn)
        #expect(reason(try request("/", host: "a.b.example.com")) == .unknownHost)
        #expect(reason(try request("/", host: "example.com")) == .unknownHost)
        #expect(reason(try request("/", pinned: "app")) == .conditionMet)
        #expect(reason(try request("/", pinned: "wild")) == .pinnedHost)
        #expect(reason(try request("/", pinned: "none")) == .unknownApplication)
    }

    @Test("refuses ambiguous paths only where some rule looks at paths")
    func ambiguous() throws {
        let judged = Policy(applications: [
            application(rules: [try rule(["/admin/**"], [.superuser]), rule([.anyone])])
        ])
        let open = Policy(applications: [application(rules: [rule([.anyone])])])
        for path in ["/x//admin", "/x/../admin", "/%2e%2e/admin", "/admin;x", "/%61dmin%2fx"] {
            #expect(decide(judged, try request(path), .person(Self.root)).trace.reason == .ambiguousPath)
            #expect(decide(open, try request(path), .stranger).outcome == .allow)
        }
        #expect(decide(judged, try request("/%61dmin/x"), .stranger).outcome == .challenge)
    }

    @Test("refuses WebSockets of foreign origins and lets preflights pass only where that is allowed")
    func origins() throws {
        let other = try #require(Origin("https://other.example"))
        let policy = Policy(applications: [application(rules: [rule([.anyone])], origins: [other], preflight: true)]
        )
        func reason(_ origin: OriginHeader) throws -> Trace.Reason {
            decide(policy, try request("/", upgrade: .webSocket(origin)), .stranger).trace.reason
        }
        #expect(try reason(.origin(other)) == .conditionMet)
        #expect(try reason(.origin(try #require(Origin("https://app.example.com")))) == .conditionMet)
        #expect(try reason(.origin(try #require(Origin("http://app.example.com")))) == .foreignOrigin)
        #expect(try reason(.origin(try #require(Origin("https://evil.example")))) == .foreignOrigin)
        // Within another protocol nobody asks about the requests, whoever opened it.
        for visitor in [Visitor.stranger, .unknown] {
            #expect(decide(policy, try request("/", upgrade: .foreign), visitor).trace.reason == .foreignUpgrade)
        }
        #expect(decide(policy, try request("/", upgrade: .webSocket(nil)), .stranger).outcome == .allow)
        #expect(try reason(.opaque) == .foreignOrigin)
        let closed = Policy(applications: [application(rules: [rule([.signedIn])], preflight: true)])
        #expect(
            decide(closed, try request("/", method: "OPTIONS", preflight: true), .stranger).trace.reason == .preflight)
        let strict = Policy(applications: [application(rules: [rule([.signedIn])])])
        #expect(decide(strict, try request("/", method: "OPTIONS", preflight: true), .stranger).outcome == .challenge)
    }

    @Test("agrees with an evaluator written from the description, on 100,000 random cases")
    func reference() throws {
        var random = Random(seed: 2)
        let patterns = ["/a", "/a/", "/a/**", "/*", "/{x}/b", "/**", "/a/*/c"]
        let conditions: [Condition] = [
            .anyone, .signedIn, .user("alice"), .group("staff"), .group("x"), .permission("reports.view_report"),
            .permission("r.x"), .staff, .superuser, .all([.group("staff"), .permission("reports.view_report")]),
            .all([.group("staff"), .superuser]),
        ]
        let paths = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/z", "/b/b", "/a//b"]
        for _ in 0..<2_000 {
            let rules = try (0..<random.next(5)).map { _ in
                let chosen = (0..<random.next(3)).map { _ in patterns[random.next(patterns.count)] }
                let methods: Set<Method> = random.next(3) == 0 ? [.get] : []
                if random.next(6) == 0 {
                    return Rule(paths: try chosen.map { try PathPattern($0) }, methods: methods, verdict: .deny)
                }
                return try rule(
                    chosen, methods: methods,
                    (0..<random.next(3)).map { _ in conditions[random.next(conditions.count)] })
            }
            let policy = Policy(applications: [application(rules: rules)])
            for _ in 0..<50 {
                let path = paths[random.next(paths.count)]
                let method = ["GET", "HEAD", "POST"][random.next(3)]
                let visitor: Visitor = [.stranger, .unknown, .person(Self.alice), .person(Self.root)][random.next(4)]
                let expected = Reference.outcome(rules, path, method, visitor)
                #expect(
                    decide(policy, try request(path, method: method), visitor).outcome == expected, "\(path) \(method)")
            }
        }
    }
}

/// The description of the rules, written a second time and as plainly as possible.
private enum Reference {
    static func outcome(_ rules: [Rule], _ path: String, _ method: String, _ visitor: Visitor) -> Decision.Outcome {
        if rules.contains(where: { !$0.paths.isEmpty }), path.contains("//") { return .deny }
        let names = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for rule in rules {
            let matchesMethod =
                rule.methods.isEmpty
                || rule.methods.contains { $0.description == method || ($0 == .get && method == "HEAD") }
            guard matchesMethod, rule.paths.isEmpty || rule.paths.contains(where: { matches($0.description, names) })
            else { continue }
            guard case .allow(let conditions) = rule.verdict else { return .deny }
            if conditions.contains(where: { passes($0, visitor.identity) }) { return .allow }
            switch visitor {
            case .unknown: return .unavailable
            case .stranger: return .challenge
            case .person: return .deny
            }
        }
        return .deny
    }

    private static func matches(_ pattern: String, _ names: [String]) -> Bool {
        var wanted = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var names = names
        if wanted.last == "**" {
            wanted.removeLast()
            guard names.count >= wanted.count else { return false }
            names = Array(names.prefix(wanted.count))
        }
        guard wanted.count == names.count else { return false }
        return zip(wanted, names).allSatisfy { $0 == $1 || (($0 == "*" || $0.hasPrefix("{")) && !$1.isEmpty) }
    }

    private static func passes(_ condition: Condition, _ identity: Identity?) -> Bool {
        switch condition {
        case .anyone: true
        case .signedIn: identity != nil
        case .user(let name): identity?.name == name
        case .group(let name): identity?.groups.contains(name) ?? false
        case .permission(let name): identity.map { $0.isSuperuser || $0.permissions.contains(name) } ?? false
        case .objectPermission: false
        case .staff: identity?.isStaff ?? false
        case .superuser: identity?.isSuperuser ?? false
        case .all(let parts): !parts.isEmpty && parts.allSatisfy { passes($0, identity) }
        }
    }
}
