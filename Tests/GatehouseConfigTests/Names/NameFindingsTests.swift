internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Names that the configuration uses")
struct NameFindingsTests {
    private let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private static let known = KnownNames(
        groups: ["finance", "admins"],
        permissions: [
            "reports.change_report", "reports.view_report", "reports.chnge_report", "wiki.add_a", "wiki.add_b",
        ],
        granted: ["reports.change_report", "reports.view_report", "wiki.add_a"], users: ["alice"],
        similarUsers: ["alice", "alina"])

    private func load(_ application: String = "", rule: String = "\"signed-in\"", _ rest: String = "") throws
        -> Configuration
    {
        try fixture.load(
            ConfigFixture.minimal(
                [:], ConfigFixture.application + application + "\n[[application.rule]]\nallow = [\(rule)]\n" + rest))
    }

    private func findings(_ configuration: Configuration, _ known: KnownNames = known) -> (
        unknown: [String], doubtful: [String], elsewhere: [String]
    ) {
        let found = configuration.findings(known)
        func lines(_ problems: [ConfigProblem]) -> [String] {
            problems.map { "\($0.line ?? 0) \($0.key): \($0.message)" }
        }
        return (lines(found.unknown), lines(found.doubtful), found.elsewhere)
    }

    @Test("are found again where they stand, for whoever renames what they name")
    func places() throws {
        let configuration = try load(
            "groups = [\"finance\", \"fin*\"]\npermissions = [\"reports.view_report\", \"reports.*\"]",
            rule: "\"group:finance\", \"group:finances\", \"permission:reports.view_report(report:7)\", \"user:alice\"",
            "[[expect]]\nuser = \"alice\"\nurl = \"https://reports.example.com/\"\nis = \"allow\"\n")
        func keys(_ name: NameMention.Name) -> [String] {
            configuration.places(naming: name).map { place in
                String(place.split(separator: ":", maxSplits: 1).last.map { $0.drop(while: { $0 != "1" }) } ?? "")
            }
        }
        #expect(
            keys(.group("finance")) == [
                "13: application.groups: \"finance\"", "16: application.rule.allow: \"group:finance\"",
            ])
        #expect(
            keys(.permission("reports.view_report")) == [
                "14: application.permissions: \"reports.view_report\"",
                "16: application.rule.allow: \"permission:reports.view_report(report:7)\"",
            ])
        #expect(
            keys(.user("alice")) == [
                "16: application.rule.allow: \"user:alice\"", "18: expect.user: \"alice\"",
            ])
        #expect(keys(.group("fin")).isEmpty && keys(.user("finance")).isEmpty && keys(.permission("finance")).isEmpty)
    }

    @Test("are compared with those of the database, and the nearest one is suggested")
    func unknown() throws {
        let configuration = try load(
            "groups = [\"finance\", \"fiance\", \"adm*\", \"x*\", \"*\"]\npermissions = [\"reports.*\", \"report.*\"]",
            rule:
                "\"group:fiance\", \"permission:reports.chnge_reports\", \"user:alcie\", \"group:finance\", \"user:alice\"",
            "[[expect]]\nuser = \"alcie\"\nurl = \"https://reports.example.com/\"\nis = \"deny\"\n")
        #expect(configuration.mentionedUsers == ["alice", "alcie"])
        let found = findings(configuration)
        #expect(
            found.unknown == [
                "13 application.groups: \"fiance\": there is no group \"fiance\" in the database; did you mean \"finance\"?",
                "13 application.groups: \"x*\": no group in the database begins with \"x\"",
                "14 application.permissions: \"report.*\": no permission in the database begins with \"report.\"",
                "16 application.rule.allow: \"group:fiance\": there is no group \"fiance\" in the database; "
                    + "did you mean \"finance\"?",
                "16 application.rule.allow: \"permission:reports.chnge_reports\": there is no permission "
                    + "\"reports.chnge_reports\" in the database; did you mean \"reports.chnge_report\"?",
                "16 application.rule.allow: \"user:alcie\": there is no user \"alcie\" in the database; "
                    + "did you mean \"alice\"?",
                "18 expect.user: \"alcie\": there is no user \"alcie\" in the database; did you mean \"alice\"?",
            ], "\(found.unknown)")
        #expect(found.doubtful.isEmpty && found.elsewhere.isEmpty)
    }

    @Test("are named too where `migrate` made a misspelt permission, which nobody has")
    func madeByMigrate() throws {
        let found = findings(try load(rule: "\"permission:reports.chnge_report\", \"permission:reports.view_report\""))
        #expect(found.unknown.count == 1, "\(found.unknown)")
        #expect(
            found.unknown.first?.contains(
                "nobody has the permission \"reports.chnge_report\"; did you mean \"reports.change_report\"?") == true)
        // Two permissions that rules name are two permissions, and what is far from every other one is new.
        #expect(findings(try load(rule: "\"permission:wiki.add_a\", \"permission:wiki.add_b\"")).unknown == [])
        let fresh = KnownNames(permissions: ["reports.chnge_report"])
        #expect(findings(try load(rule: "\"permission:reports.chnge_report\""), fresh).unknown == [])
    }

    @Test("may be known to a directory alone: then only what looks like a slip is a warning, and nothing an error")
    func directory() throws {
        let backends = """
            [[backend]]
            type = "database"
            [[backend]]
            type = "file"
            path = "people.toml"

            """
        let rule = "\"group:fiance\", \"group:far away\", \"user:zoe the second\", \"permission:a.b\", \"group:ours\""
        let kept = findings(try load(rule: rule, backends))
        #expect(kept.unknown.count == 1 && kept.unknown.first?.contains("there is no permission \"a.b\"") == true)
        #expect(kept.doubtful.count == 1 && kept.doubtful.first?.contains("did you mean \"finance\"?") == true)
        #expect(kept.elsewhere == ["\"group:far away\"", "\"user:zoe the second\"", "\"group:ours\""])

        // A directory whose groups are mapped and nothing else gives no other group, and the mapping wants groups of ours.
        let mapped = findings(
            try load(rule: rule, backends + "[backend.groups]\n\"theirs\" = \"ours\"\n\"others\" = \"finance\"\n"))
        #expect(mapped.unknown.contains { $0.contains("\"group:fiance\"") && $0.contains("did you mean \"finance\"?") })
        #expect(mapped.unknown.contains { $0.contains("\"group:far away\"") })
        #expect(mapped.unknown.contains { $0.contains("backend.groups.theirs: \"ours\": there is no group") })
        #expect(!mapped.unknown.contains { $0.contains("group:ours") })
        #expect(mapped.elsewhere == ["\"user:zoe the second\""])
    }

    @Test(
        "must not have blanks at their ends",
        arguments: [
            ("application.rule.allow", "group: finance"), ("application.rule.allow", "group:finance "),
            ("application.rule.allow", "user:alice "), ("application.rule.allow", "user:\u{a0}alice"),
            ("application.rule.allow", "group:finance\u{200b}"),
            ("application.rule.allow", "permission: reports.view_report"),
            ("application.rule.allow", "permission:reports.view_report "),
            ("application.rule.allow", "permission:reports.view_report (report:7)"),
            ("application.rule.allow", "permission:reports.view_report(report:7 )"),
        ])
    func blanks(key: String, text: String) throws {
        let problems = try fixture.problems(
            ConfigFixture.minimal([:], ConfigFixture.application + "[[application.rule]]\nallow = [\"\(text)\"]"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("14: \(key): has a blank at an end of the name") == true, "\(problems)")
    }

    @Test(
        "must not have blanks at their ends in other tables either",
        arguments: [
            "groups = [\" finance\"]", "groups = [\"fin *\"]", "permissions = [\"reports.view_report \"]",
            "[[expect]]\nuser = \"alice \"\nurl = \"https://reports.example.com/\"\nis = \"deny\"",
            "[[backend]]\ntype = \"pam\"\nstaff = [\"wheel \"]",
            "[[backend]]\ntype = \"pam\"\nsuperusers = [\" wheel\"]",
            "[[backend]]\ntype = \"pam\"\n[backend.groups]\n\"wheel\" = \"admins \"",
            "[[backend]]\ntype = \"pam\"\n[backend.groups]\n\"wheel \" = \"admins\"",
        ])
    func blanksElsewhere(text: String) throws {
        let problems = try fixture.problems(ConfigFixture.minimal([:], ConfigFixture.application + text))
        #expect(problems.count == 1 && problems.first?.contains("has a blank at an end") == true, "\(problems)")
    }
}
