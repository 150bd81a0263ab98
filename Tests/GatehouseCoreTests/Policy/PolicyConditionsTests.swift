import GatehouseCore
import Testing

@Suite("Rules about networks, times and several conditions at once")
struct PolicyConditionsTests {
    private static let user = UserReference(backend: "database", id: "1")
    private static let monday = Timestamp(milliseconds: 1_796_029_200_000)  // 2026-11-30T09:00:00Z

    private func decide(
        _ rules: [Rule], _ path: String = "/", from client: String? = nil, as visitor: Visitor = .stranger,
        at now: Timestamp = monday
    ) throws -> Decision {
        let host = try #require(ApplicationHost("app.example.com"))
        let policy = Policy(applications: [Application(name: "app", hosts: [host], rules: rules)])
        let request = try #require(OriginalRequest(method: "GET", url: "https://app.example.com\(path)"))
        let address = client.flatMap { IPAddress($0) }.map(ClientAddress.known) ?? .unknown
        switch policy.match(request, from: address) {
        case .decided(let decision, _): return decision
        case .rule(let match): return policy.decide(match, visitor: visitor, now: now)
        }
    }

    private func networks(_ texts: String...) throws -> NetworkSet {
        NetworkSet(try texts.map { try #require(Network($0)) })
    }

    private func person(_ groups: [GroupName], permissions: [PermissionName] = [], grants: [String] = []) throws
        -> Visitor
    {
        .person(
            Identity(
                user: Self.user, name: "alice", groups: groups, permissions: permissions,
                objectGrants: try grants.map { try #require(ObjectGrant(UTF8Text($0))) }))
    }

    @Test("pass over a rule about other networks, and refuse clients whose address nobody knows")
    func networks() throws {
        let rules = [
            Rule(networks: try networks("10.9.0.0/16"), verdict: .deny),
            Rule(paths: [try PathPattern("/open/**")], verdict: .allow([.anyone])),
            Rule(networks: try networks("10.0.0.0/8", "2001:db8::/32"), verdict: .allow([.anyone])),
            Rule(verdict: .allow([.signedIn])),
        ]
        #expect(try decide(rules, from: "10.9.1.1").trace == Trace(.denied, application: "app", rule: 1))
        #expect(try decide(rules, from: "10.1.1.1").outcome == .allow)
        #expect(try decide(rules, from: "2001:db8::7").outcome == .allow)
        #expect(try decide(rules, from: "192.0.2.1").outcome == .challenge)
        // The first rule could be about it, whatever the ones behind it say.
        #expect(try decide(rules).trace == Trace(.unknownAddress, application: "app", rule: 1))
        #expect(try decide(rules).outcome == .deny)
        #expect(try decide(Array(rules.dropFirst()), "/open/x").outcome == .allow)
        #expect(try decide(Array(rules.dropFirst()), "/x").trace.reason == .unknownAddress)
    }

    @Test("ask for all conditions of a list within the list, and for one of an empty list of nobody")
    func all() throws {
        let rules = [Rule(verdict: .allow([.all([.group("a"), .permission("r.view_x")]), .user("bob")]))]
        let both = try decide(rules, as: try person(["a"], permissions: ["r.view_x"]))
        #expect(both.outcome == .allow && both.trace.description.hasSuffix("condition=group:a and permission:r.view_x"))
        #expect(try decide(rules, as: try person(["a"])).outcome == .deny)
        #expect(try decide(rules, as: try person([], permissions: ["r.view_x"])).outcome == .deny)
        #expect(try decide(rules).outcome == .challenge)
        #expect(try decide(rules, as: .unknown).outcome == .unavailable)
        for visitor in [try person(["a"]), .stranger] {
            #expect(try decide([Rule(verdict: .allow([.all([])]))], as: visitor).outcome != .allow)
            #expect(try decide([Rule(verdict: .allow([.all([.group("b"), .anyone])]))], as: visitor).outcome != .allow)
        }
    }

    @Test("look at the object that the path names in such a list, too, and remember what it asks for")
    func objects() throws {
        let view = try #require(Condition("permission:r.view_x(x:{id})"))
        let rule = Rule(
            paths: [try PathPattern("/x/{id}")], verdict: .allow([.all([.group("a"), view, .permission("r.add_x")])]))
        let alice = try person(["a"], permissions: ["r.add_x"], grants: ["r.view_x(x:42)"])
        #expect(try decide([rule], "/x/42", as: alice).outcome == .allow)
        #expect(try decide([rule], "/x/43", as: alice).outcome == .deny)
        #expect(
            try decide([rule], "/x/42", as: try person([], permissions: ["r.add_x"], grants: ["r.view_x(x:42)"]))
                .outcome == .deny)
        let host = try #require(ApplicationHost("app.example.com"))
        let needs = Policy(applications: [Application(name: "app", hosts: [host], rules: [rule])]).permissionNeeds
        #expect(needs.includes("r.add_x") && needs.includes("r.view_x") && needs.onObjects == ["r.view_x"])
    }

    @Test("let nobody pass at other times, and do not go on to the next rule then")
    func windows() throws {
        let window = try TimeWindow("Mon-Fri 08:00-18:00 UTC") { _ throws(TimeWindow.Invalid) in .utc }
        let other = try TimeWindow("Sat 10:00-12:00 UTC") { _ throws(TimeWindow.Invalid) in .utc }
        let rules = [
            Rule(
                paths: [try PathPattern("/till/**")], verdict: .allow([.group("a")]), windows: [window, other]),
            Rule(verdict: .allow([.anyone])),
        ]
        let alice = try person(["a"])
        let evening = Self.monday.advanced(by: .seconds(10 * 3_600))
        let saturday = Self.monday.advanced(by: .seconds(5 * 86_400 + 2 * 3_600))
        #expect(try decide(rules, "/till", as: alice).outcome == .allow)
        #expect(try decide(rules, "/till", as: alice, at: saturday).outcome == .allow)
        #expect(try decide(rules, "/till").outcome == .challenge)
        for visitor in [alice, .stranger, .unknown] {
            #expect(
                try decide(rules, "/till", as: visitor, at: evening)
                    == Decision(.deny, Trace(.outsideHours, application: "app", rule: 1)))
        }
        #expect(try decide(rules, "/", at: evening).outcome == .allow)
        #expect(try decide([Rule(verdict: .allow([.anyone]), windows: [window])], at: evening).outcome == .deny)
    }
}
