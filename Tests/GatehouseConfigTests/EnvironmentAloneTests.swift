internal import Foundation
internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("A configuration of variables alone")
struct EnvironmentAloneTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    /// The least that loads.
    private func minimal(_ more: [String: String] = [:]) -> [String: String] {
        ["GATEHOUSE_DATA": fixture.folder, "GATEHOUSE_PORTAL__URL": "https://auth.example.com"].merging(more) { $1 }
    }

    private func load(_ environment: [String: String]) throws -> Configuration {
        try Configuration.load(from: .environment, environment: environment)
    }

    private func problems(_ environment: [String: String]) -> [String] {
        do {
            _ = try load(environment)
            return []
        } catch {
            return (error as? ConfigProblems)?.problems.map(\.description) ?? ["\(error)"]
        }
    }

    @Test("needs a folder and the portal's address, and says which variable is missing")
    func least() throws {
        let configuration = try load(minimal())
        #expect(configuration.keys.areStandard)
        #expect(configuration.keys.lookup.octets.count == 32)
        guard case .sqlite(let store) = configuration.sessions.store,
            case .sqlite(let people) = configuration.database.location
        else { return #expect(Bool(false), "no SQLite") }
        #expect(store == "\(fixture.folder)/gatehouse.db" && people == store)
        #expect(
            problems(["GATEHOUSE_DATA": fixture.folder]) == [
                "GATEHOUSE_PORTAL__URL: portal.url: is required: where people sign in, like \"https://auth.example.com\""
            ])
        #expect(
            problems(minimal(["GATEHOUSE_DATA": "/nonexistent/data/"])).allSatisfy {
                $0.hasPrefix("GATEHOUSE_DATA: keys.") && $0.contains("/nonexistent/data/keys/")
                    && $0.hasSuffix("`gatehouse serve` makes the keys when it starts for the first time")
            })
    }

    @Test("has applications by their names, and rules, backends and expectations by their numbers")
    func lists() throws {
        var environment = minimal([
            "GATEHOUSE_COOKIE__DOMAIN": "example.com",
            "GATEHOUSE_APPLICATION__MY_REPORTS__HOSTS": "reports.example.com, *.reports.example.com",
            "GATEHOUSE_APPLICATION__MY_REPORTS__RULE__1__PATHS": "/admin/**",
            "GATEHOUSE_APPLICATION__MY_REPORTS__RULE__1__ALLOW": "group:admins,superuser",
            "GATEHOUSE_APPLICATION__MY_REPORTS__HEADERS__USER": "X-User",
            "GATEHOUSE_APPLICATION__MY_REPORTS__ALLOW_PREFLIGHT": "true",
            "GATEHOUSE_APPLICATION__WIKI__HOSTS": "[\"wiki.example.com\"]",
            "GATEHOUSE_APPLICATION__WIKI__NAME": "Wiki_2",
            "GATEHOUSE_APPLICATION__WIKI__HEADERS": "{ user = \"X-Wiki\" }",
            "GATEHOUSE_APPLICATION__WIKI__RULE__1__ALLOW": "signed-in",
            "GATEHOUSE_EXPECT__1__URL": "https://reports.example.com/admin/", "GATEHOUSE_EXPECT__1__IS": "challenge",
            "GATEHOUSE_BACKEND__1__TYPE": "database", "GATEHOUSE_BACKEND__2__TYPE": "file",
            "GATEHOUSE_BACKEND__2__PATH": "people.toml",
            "GATEHOUSE_BACKEND__2__GROUPS": "{ \"directory, all\" = \"everybody\" }",
            "GATEHOUSE_PERMISSIONS": "{ \"reports.view_report\" = \"Can view, report\" }",
            "GATEHOUSE_PASSWORDS__SIMILARITY__MAX_SIMILARITY": "0.5",
            "GATEHOUSE_PASSWORDS__LENGTH": "{ min = 14 }",
        ])
        // More than nine, so that the order is that of numbers.
        for number in 2...11 {
            environment["GATEHOUSE_APPLICATION__MY_REPORTS__RULE__\(number)__PATHS"] = "/\(number)"
            environment["GATEHOUSE_APPLICATION__MY_REPORTS__RULE__\(number)__DENY"] = "true"
        }
        let configuration = try load(environment)
        let reports = configuration.applications[0].application
        #expect(configuration.applications.map(\.application.name.description) == ["my-reports", "Wiki_2"])
        #expect(reports.hosts.map(\.description) == ["reports.example.com", "*.reports.example.com"])
        #expect(reports.allowsPreflight)
        #expect(configuration.applications.map(\.headers.names) == [["X-User"], ["X-Wiki"]])
        #expect(reports.rules.count == 11)
        #expect(reports.rules[0].verdict == .allow([.group(GroupName("admins")), .superuser]))
        #expect(reports.rules[9].paths.map(\.description) == ["/10"])
        #expect(configuration.expectations.map(\.outcome) == [.challenge])
        #expect(configuration.backends.map(\.name.description) == ["database", "file"])
        #expect(
            configuration.backends[1].groups.groups == [GroupName("directory, all"): GroupName("everybody")])
        guard case .file(let file) = configuration.backends[1].kind else { return #expect(Bool(false), "no file") }
        #expect(file.path == "\(fixture.folder)/people.toml", "relative paths count from GATEHOUSE_DATA")
        #expect(configuration.permissions.declared.map(\.label) == ["Can view, report"])
        #expect(configuration.passwords.rules.rules.contains(.length(min: 14)))
        #expect(configuration.path == "environment")
    }

    @Test("puts single keys over a file's lists, and adds to them")
    func both() throws {
        let text = ConfigFixture.minimal(
            [:],
            """
            [[backend]]
            type = "database"
            timeout = "3s"
            [[application]]
            name = "my_reports"
            hosts = ["reports.example.com"]
              [[application.rule]]
              paths = ["/a"]
              allow = ["staff"]
              [[application.rule]]
              allow = ["signed-in"]

            """)
        let configuration = try fixture.load(
            text,
            environment: [
                "GATEHOUSE_BACKEND__1__TIMEOUT": "4s", "GATEHOUSE_APPLICATION__MY_REPORTS__RULE__1__ALLOW": "superuser",
                "GATEHOUSE_APPLICATION__MY_REPORTS__RULE__3__DENY": "true",
                "GATEHOUSE_APPLICATION__OTHER__HOSTS": "other.example.com",
            ])
        #expect(configuration.backends.map(\.timeout) == [.seconds(4)])
        let rules = configuration.applications[0].application.rules
        #expect(rules.map(\.verdict) == [.allow([.superuser]), .allow([.signedIn]), .deny])
        #expect(rules[0].paths.map(\.description) == ["/a"])
        #expect(configuration.applications.map(\.application.name.description) == ["my_reports", "other"])
        #expect(configuration.path == "\(fixture.folder)/gatehouse.toml")
    }

    @Test("keeps relative paths of a file with the file, and what nobody names in the folder for data")
    func folders() throws {
        try FileManager.default.createDirectory(atPath: fixture.folder + "/data", withIntermediateDirectories: false)
        let configuration = try fixture.load(
            ConfigFixture.minimal(["sessions": "store = \"sqlite:s.db\"", "log": "audit = \"audit.jsonl\""]),
            environment: ["GATEHOUSE_DATA": fixture.folder + "/data"])
        guard case .sqlite(let store) = configuration.sessions.store,
            case .sqlite(let people) = configuration.database.location
        else { return #expect(Bool(false), "no SQLite") }
        #expect(store == "\(fixture.folder)/s.db")
        #expect(people == "\(fixture.folder)/data/gatehouse.db")
        #expect(configuration.log.audit == .file(path: "\(fixture.folder)/audit.jsonl"))
        #expect(!configuration.keys.areStandard)
    }

    @Test("listens where GATEHOUSE_LISTEN says, unless a key says otherwise; the operator's listener stays on loopback")
    func listen() throws {
        let open = try load(minimal(["GATEHOUSE_LISTEN": "0.0.0.0"]))
        #expect(open.check.listen.map(\.description) == ["0.0.0.0:9180"])
        #expect(open.portal.listen.map(\.description) == ["0.0.0.0:9181"])
        #expect(open.admin.listen.map(\.description) == ["127.0.0.1:9182"])
        let six = try load(minimal(["GATEHOUSE_LISTEN": "::", "GATEHOUSE_CHECK__LISTEN": "unix:/run/check.sock"]))
        #expect(six.check.listen.map(\.description) == ["unix:/run/check.sock"])
        #expect(six.portal.listen.map(\.description) == ["[::]:9181"])
        #expect(try load(minimal(["GATEHOUSE_LISTEN": ""])).check.listen.map(\.description) == ["127.0.0.1:9180"])
        let addresses = try load(minimal(["GATEHOUSE_CHECK__LISTEN": "[::1]:9180,127.0.0.1:9180"]))
        #expect(addresses.check.listen.count == 2, "an address in brackets is no list of TOML")
    }

    @Test("takes secrets from files, each by a variable of its own")
    func secrets() throws {
        let lookup = "\(fixture.folder)/keys/lookup"
        let configuration = try load([
            "GATEHOUSE_PORTAL__URL": "https://auth.example.com", "GATEHOUSE_KEYS__LOOKUP_FILE": lookup,
            "GATEHOUSE_KEYS__SEAL_FILE": "\(fixture.folder)/keys/seal",
            "GATEHOUSE_SESSIONS__STORE": "redis://localhost", "GATEHOUSE_SESSIONS__PASSWORD_FILE": lookup,
        ])
        #expect(configuration.keys.lookup.octets.count == 32 && !configuration.keys.areStandard)
        #expect(
            problems(minimal(["GATEHOUSE_KEYS__LOOKUP_FILE": lookup, "GATEHOUSE_KEYS__LOOKUP": "file:keys/lookup"]))
                .contains { $0.hasPrefix("GATEHOUSE_KEYS__LOOKUP_FILE: contradicts GATEHOUSE_KEYS__LOOKUP") })
        #expect(
            problems(minimal(["GATEHOUSE_KEYS__LOOKUP_FILE": lookup])) == [
                "GATEHOUSE_KEYS__SEAL: keys.seal: is required: a reference like \"file:keys/seal\"; `gatehouse init` makes the keys"
            ])
    }

    @Test("takes keys that are about to be written")
    func pending() throws {
        let environment = minimal(["GATEHOUSE_DATA": "/nonexistent/data/"])
        let configuration = try Configuration.load(
            from: .environment, environment: environment,
            standardKeys: [
                "/nonexistent/data/keys/lookup": Array(ConfigFixture.lookupKey.utf8),
                "/nonexistent/data/keys/seal": Array(ConfigFixture.sealKey.utf8),
            ])
        #expect(configuration.keys.areStandard && configuration.keys.seal.map(\.id) == [1])
        #expect(Configuration.dataFolder(environment: environment) == "/nonexistent/data")
        // Where somebody said that it lies there, it has to.
        let problems = #expect(throws: ConfigProblems.self) {
            try Configuration.load(
                from: .environment,
                environment: environment.merging([
                    "GATEHOUSE_KEYS__LOOKUP_FILE": "/nonexistent/data/keys/lookup",
                    "GATEHOUSE_KEYS__SEAL_FILE": "\(fixture.folder)/keys/seal",
                ]) { $1 },
                standardKeys: ["/nonexistent/data/keys/lookup": Array(ConfigFixture.lookupKey.utf8)])
        }
        #expect(problems?.description.contains("GATEHOUSE_KEYS__LOOKUP_FILE: keys.lookup: the file") == true)
    }

    @Test("two variables for one thing are refused")
    func twice() throws {
        let found = problems(
            minimal([
                "GATEHOUSE_SESSIONS__IDLE": "1h", "GATEHOUSE_SESSIONS__idle": "2h",
                "GATEHOUSE_PASSWORDS__LENGTH": "{}", "GATEHOUSE_PASSWORDS__LENGTH__MIN": "14",
            ]))
        #expect(
            found == [
                "GATEHOUSE_SESSIONS__idle: stands for the same key as GATEHOUSE_SESSIONS__IDLE",
                "GATEHOUSE_PASSWORDS__LENGTH__MIN: contradicts GATEHOUSE_PASSWORDS__LENGTH, which is the whole table",
            ], "\(found)")
        let two = try fixture.problems(
            ConfigFixture.minimal(
                [:],
                "[[application]]\nname = \"a-b\"\nhosts = [\"a.example.com\"]\n[[application]]\nname = \"A_B\"\nhosts = [\"b.example.com\"]\n"
            ),
            environment: ["GATEHOUSE_APPLICATION__A_B__SCHEME": "https"])
        #expect(two.first?.contains("may be one of 2 applications") == true, "\(two)")
    }
}
