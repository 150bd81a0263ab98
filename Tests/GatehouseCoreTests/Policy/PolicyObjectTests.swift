import GatehouseCore
import Testing

@Suite("Rules about single objects")
struct PolicyObjectTests {
    private static let user = UserReference(backend: "database", id: "1")
    private static let view: PermissionName = "reports.view_report"

    private func person(_ grants: [String], permissions: [PermissionName] = [], isSuperuser: Bool = false) throws
        -> Visitor
    {
        .person(
            Identity(
                user: Self.user, name: "alice", isSuperuser: isSuperuser, permissions: permissions,
                objectGrants: try grants.map { try #require(ObjectGrant(UTF8Text($0))) }))
    }

    private func policy(_ paths: [String], _ condition: String, globalImpliesObject: Bool = false) throws -> Policy {
        let host = try #require(ApplicationHost("app.example.com"))
        let rule = Rule(
            paths: try paths.map { try PathPattern($0) }, verdict: .allow([try #require(Condition(condition))]))
        return Policy(applications: [
            Application(name: "app", hosts: [host], globalImpliesObject: globalImpliesObject, rules: [rule])
        ])
    }

    private func outcome(_ policy: Policy, _ path: String, _ visitor: Visitor) throws -> Decision.Outcome {
        let authority = Authority(parsing: Array("app.example.com".utf8).span)
        let target = RequestTarget(parsing: Array(path.utf8).span)
        let request = OriginalRequest(
            method: .get, scheme: .https,
            authority: try #require(authority),
            target: try #require(target))
        switch policy.match(request) {
        case .decided(let decision, _): return decision.outcome
        case .rule(let match): return policy.decide(match, visitor: visitor, now: Timestamp(milliseconds: 0)).outcome
        }
    }

    @Test("let those pass who were granted the permission on the object that the path names")
    func captured() throws {
        let policy = try policy(["/reports/{id}/**"], "permission:reports.view_report(report:{id})")
        let alice = try person(["reports.view_report(report:42)", "reports.view_report(report:a b)"])
        #expect(try outcome(policy, "/reports/42", alice) == .allow)
        #expect(try outcome(policy, "/reports/42/pages/1", alice) == .allow)
        #expect(try outcome(policy, "/reports/%34%32/", alice) == .allow, "captures are decoded")
        #expect(try outcome(policy, "/reports/a%20b/", alice) == .allow)
        for path in ["/reports/43", "/reports/042", "/reports/42x", "/reports/4", "/reports/report:42"] {
            #expect(try outcome(policy, path, alice) == .deny, "\(path)")
        }
        #expect(try outcome(policy, "/reports/42", .stranger) == .challenge)
        #expect(try outcome(policy, "/reports/42", .unknown) == .unavailable)
    }

    @Test("compare the permission and the kind too")
    func others() throws {
        let policy = try policy(["/reports/{id}/**"], "permission:reports.view_report(report:{id})")
        for grant in [
            "reports.change_report(report:42)", "reports.view_report(page:42)", "reports.view_report(Report:42)",
            "reports.view_report(report:42 )",
        ] {
            #expect(try outcome(policy, "/reports/42", try person([grant])) == .deny, "\(grant)")
        }
    }

    @Test("do not take a permission on everything for one on each object, unless the application says so")
    func global() throws {
        let alice = try person([], permissions: [Self.view])
        let condition = "permission:reports.view_report(report:{id})"
        #expect(try outcome(policy(["/r/{id}"], condition), "/r/1", alice) == .deny)
        #expect(try outcome(policy(["/r/{id}"], condition, globalImpliesObject: true), "/r/1", alice) == .allow)
        let reverse = try person(["reports.view_report(report:1)"])
        #expect(try outcome(policy(["/r/{id}"], "permission:reports.view_report"), "/r/1", reverse) == .deny)
    }

    @Test("let superusers pass")
    func superuser() throws {
        let root = try person([], isSuperuser: true)
        #expect(try outcome(policy(["/r/{id}"], "permission:reports.view_report(report:{id})"), "/r/1", root) == .allow)
    }

    @Test("take the capture of the pattern that matched")
    func severalPatterns() throws {
        let policy = try policy(["/a/{id}/x/**", "/b/*/{id}"], "permission:reports.view_report(report:{id})")
        let alice = try person(["reports.view_report(report:7)"])
        #expect(try outcome(policy, "/a/7/x", alice) == .allow)
        #expect(try outcome(policy, "/b/8/7", alice) == .allow)
        #expect(try outcome(policy, "/b/7/8", alice) == .deny)
        let fixed = try self.policy([], "permission:reports.view_report(report:7)")
        #expect(try outcome(fixed, "/whatever", alice) == .allow)
        #expect(fixed.permissionNeeds.onObjects == [Self.view])
    }

    @Test(
        "are spelled in one way only",
        arguments: [
            "permission:a.b(", "permission:a.b()", "permission:a.b(report)", "permission:a.b(report:)",
            "permission:a.b(:1)",
            "permission:(report:1)", "permission:ab(report:1)", "permission:a.b(report:1)x",
            "permission:a.b(re port:1)",
            "permission:a.b(report:{id)", "permission:a.b(report:{})", "permission:a.b(report:x{id})",
        ])
    func spelling(text: String) { #expect(Condition(text) == nil) }

    @Test(
        "show a condition as it was written", arguments: ["permission:a.b(report:{id})", "permission:a.b.c(x-1:é:2)"])
    func description(text: String) throws { #expect(try #require(Condition(text)).description == text) }

    @Test("ask for a recent sign-in where the rule wants one")
    func recent() throws {
        let host = try #require(ApplicationHost("app.example.com"))
        let rule = Rule(verdict: .allow([.signedIn]), signedInWithin: .seconds(60))
        let policy = Policy(applications: [Application(name: "app", hosts: [host], rules: [rule])])
        let match = Policy.RuleMatch(application: 0, rule: 0)
        let alice = try person([])
        let now = Timestamp(milliseconds: 1_000_000)
        func decide(_ secondsAgo: Int64?) -> Decision {
            let moment = secondsAgo.map { Timestamp(milliseconds: now.milliseconds - $0 * 1_000) }
            return policy.decide(match, visitor: alice, signedInAt: moment, now: now)
        }
        #expect(decide(0).outcome == .allow && decide(60).outcome == .allow)
        #expect(decide(61).outcome == .challenge && decide(61).trace.reason == .signedInTooLongAgo)
        #expect(decide(nil).outcome == .challenge)
        #expect(policy.decide(match, visitor: .stranger, now: now).trace.reason == .notSignedIn)
        #expect(policy.decide(match, visitor: .unknown, now: now).outcome == .unavailable)
        #expect(
            policy.decide(Policy.RuleMatch(application: 0, rule: 7), visitor: alice, now: now).outcome == .deny)
    }
}
