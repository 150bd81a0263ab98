internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Networks, times and conditions that belong together, in rules")
struct RuleConditionTests {
    private func rule(_ lines: String, environment: [String: String] = [:]) throws -> Rule {
        let text = ConfigFixture.minimal([:], ConfigFixture.application + "[[application.rule]]\n\(lines)\n")
        return try #require(try ConfigFixture().load(text, environment: environment).policy.applications[0].rules.last)
    }

    @Test("a list within allow is met by all of its parts")
    func all() throws {
        let rule = try rule(#"allow = [["group:a", "permission:r.view_x"], "user:bob", ["staff"]]"#)
        #expect(
            rule.verdict == .allow([.all([.group("a"), .permission("r.view_x")]), .user("bob"), .staff]))
        let text = ConfigFixture.minimal(
            [:], ConfigFixture.application + "[[application.rule]]\nallow = [[\"group:a\", \"user:bob\"]]\n")
        let configuration = try ConfigFixture().load(text)
        #expect(configuration.mentions.map(\.name).suffix(2) == [.group("a"), .user("bob")])
    }

    @Test("variables of the environment have such lists as TOML has them")
    func environment() throws {
        let name = "GATEHOUSE_APPLICATION__REPORTS__RULE__1__ALLOW"
        func allow(_ value: String) throws -> Rule.Verdict? {
            let text = ConfigFixture.minimal([:], ConfigFixture.application)
            return try ConfigFixture().load(text, environment: [name: value]).policy.applications[0].rules.first?
                .verdict
        }
        #expect(
            try allow(#"[["group:a", "staff"], "user:bob"]"#) == .allow([.all([.group("a"), .staff]), .user("bob")]))
        #expect(try allow("group:a, staff") == .allow([.group("a"), .staff]))
    }

    @Test("networks are those of clients, every address of a family and loopback among them")
    func networks() throws {
        #expect(
            try rule("networks = [\"10.0.0.0/8\", \"loopback\", \"0.0.0.0/0\"]\nallow = [\"staff\"]").networks.texts
                == ["::1/128", "0.0.0.0/0"])
    }

    @Test("a rule about some networks, or for some times, leaves others to the rules behind it, or to nobody")
    func reached() throws {
        func warnings(_ lines: String) throws -> [String] {
            let rules =
                "[[application.rule]]\n\(lines)\nallow = [\"staff\"]\n[[application.rule]]\nallow = [\"superuser\"]\n"
            let text = ConfigFixture.minimal(
                [:], "[[application]]\nname = \"reports\"\nhosts = [\"reports.example.com\"]\n" + rules)
            return try ConfigFixture().load(text).warnings.map(\.message)
        }
        #expect(try warnings("networks = [\"10.0.0.0/8\"]") == [])
        #expect(try warnings("between = [\"08:00-18:00 UTC\"]").contains { $0.contains("is never reached") })
    }

    @Test("times may be in a zone of the system's database")
    func zones() throws {
        let rule = try rule(
            "allow = [\"staff\"]\nbetween = [\"Mon-Fri 08:00-18:00 Europe/Berlin\", \"Sat 10:00-12:00 +01:00\"]")
        #expect(rule.windows.map(\.description) == ["Mon-Fri 08:00-18:00 Europe/Berlin", "Sat 10:00-12:00 +01:00"])
        let summer = try #require(Timestamp(rfc3339: "2026-07-06T06:00:00Z"))
        #expect(rule.windows[0].contains(summer) && !rule.windows[1].contains(summer))
    }

    @Test("an expectation says from where and when, where a rule looks at that")
    func expectations() throws {
        func problems(_ lines: String) throws -> [String] {
            let text = ConfigFixture.minimal(
                [:],
                """
                [[application]]
                name = "reports"
                hosts = ["reports.example.com"]
                [[application.rule]]
                paths = ["/office"]
                networks = ["10.0.0.0/8"]
                allow = ["staff"]
                [[application.rule]]
                paths = ["/till"]
                allow = ["staff"]
                between = ["08:00-18:00 UTC"]
                [[expect]]
                is = "challenge"
                \(lines)
                """)
            return try ConfigFixture().problems(text)
        }
        let site = "url = \"https://reports.example.com"
        #expect(try problems("\(site)/office\"\nfrom = \"10.1.2.3\"") == [])
        #expect(try problems("\(site)/till\"\nat = \"2026-11-30T09:00:00Z\"") == [])
        #expect(try problems("\(site)/x\"") == [])
        for (lines, key, words) in [
            ("\(site)/office\"", "expect.from", "rule 1 looks at the client's address"),
            ("\(site)/till\"", "expect.at", "rule 2 looks at the time"),
            ("\(site)/office\"\nfrom = \"10.1.2\"", "expect.from", "must be an address"),
            ("\(site)/till\"\nat = \"09:00\"", "expect.at", "must be a moment"),
        ] {
            let found = try problems(lines)
            #expect(found.count == 1 && found[0].contains(" \(key): ") && found[0].contains(words), "\(found)")
        }
    }
}
