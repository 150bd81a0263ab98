internal import Foundation
internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("A whole configuration")
struct ConfigurationTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    @Test("has the documented defaults where the file says nothing")
    func defaults() throws {
        let configuration = try fixture.load(ConfigFixture.minimal())
        #expect(configuration.portal.url == "https://auth.example.com")
        #expect(configuration.portal.prefix.isEmpty)
        #expect(configuration.portal.isSecure)
        #expect(configuration.portal.listen.map(\.description) == ["127.0.0.1:9181"])
        #expect(configuration.portal.name == "Gatehouse")
        #expect(configuration.check.listen.map(\.description) == ["127.0.0.1:9180"])
        #expect(configuration.check.trustedNetworks == Network.loopback)
        #expect(configuration.check.maxAnswerHead == 3_584)
        #expect(configuration.check.threads == 0)
        #expect(configuration.admin.listen.map(\.description) == ["127.0.0.1:9182"])
        guard case .sqlite(let path) = configuration.database.location else {
            Issue.record("the database is not a file")
            return
        }
        #expect(path == "\(fixture.folder)/gatehouse.db")
        #expect(configuration.keys.lookup.octets == Array(repeating: 0x4F, count: 32))
        #expect(configuration.keys.seal.map(\.id) == [1])
        #expect(configuration.keys.seal.map(\.secret.octets) == [Array(repeating: 0, count: 32)])
        #expect(configuration.sessions.prefix == "gh:")
        #expect(configuration.sessions.limits == .standard)
        #expect(configuration.sessions.rememberedLimits == .remembered)
        #expect(configuration.identity.refresh == .seconds(60))
        #expect(configuration.identity.maxAge == .seconds(900))
        #expect(configuration.passwords.memoryBudget == 268_435_456)
        #expect(configuration.passwords.queue == 64)
        #expect(configuration.passwords.workers == 0)
        #expect(configuration.passwords.argon2Memory == 47_104)
        #expect(configuration.passwords.argon2Iterations == 1)
        #expect(configuration.passwords.argon2Parallelism == 1)
        #expect(Set(configuration.log.levels.values) == [.info])
        #expect(configuration.log.format == nil)
        #expect(configuration.applications.isEmpty)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("gives the policy that its applications describe")
    func policy() throws {
        let configuration = try fixture.load(
            ConfigFixture.minimal(
                [:],
                """
                [[application]]
                name = "reports"
                hosts = ["reports.example.com", "*.reports.example.com"]
                scheme = "http"
                origins = ["https://chat.example.com"]
                allow_preflight = true
                headers = { user = "X-User", groups = "X-Groups" }
                groups = ["admins", "team-*"]
                permissions = ["reports.*"]

                  [[application.rule]]
                  paths = ["/public/**"]
                  allow = ["anyone"]

                  [[application.rule]]
                  methods = ["GET"]
                  allow = ["user:alice", "group:admins", "permission:reports.view_report", "staff"]

                  [[application.rule]]
                  deny = true
                """))
        let table = try #require(configuration.applications.first)
        let application = table.application
        #expect(application.name == "reports")
        #expect(application.scheme == .http)
        #expect(application.origins == [Origin("https://chat.example.com")].compactMap(\.self))
        #expect(application.allowsPreflight)
        #expect(table.headers[.user] == "X-User")
        #expect(table.headers[.groups] == "X-Groups")
        #expect(table.headers[.email] == nil)
        #expect(
            application.disclosure
                == Disclosure(
                    groups: [NamePattern("admins"), NamePattern("team-*")], permissions: [NamePattern("reports.*")]))
        #expect(application.rules.count == 3)
        #expect(application.rules[0].verdict == .allow([.anyone]))
        #expect(application.rules[0].paths.map(\.description) == ["/public/**"])
        #expect(application.rules[1].methods == [.get, .head])
        #expect(
            application.rules[1].verdict
                == .allow([.user("alice"), .group("admins"), .permission("reports.view_report"), .staff]))
        #expect(application.rules[2].verdict == .deny)
        #expect(configuration.policy.application(for: try #require(Host("x.reports.example.com"))) == 0)
    }

    @Test("lists all problems at once, in the order of the file, with file, line and key")
    func allAtOnce() throws {
        let path = try fixture.write(
            """
            [portal]
            url = "http://auth.example.com"
            lisen = ["127.0.0.1:1"]
            [check]
            listen = ["localhost:9180"]
            max_answer_head = "big"
            [keys]
            lookup = "file:keys/none"
            seal = "file:keys/seal"
            [sessions]
            store = "redis://127.0.0.1"
            idle = "48h"
            [sesions]
            """, to: "gatehouse.toml")
        let problems = #expect(throws: ConfigProblems.self) { try Configuration.load(path: path, environment: [:]) }
        let text = try #require(problems).description
        let lines = text.split(separator: "\n")
        #expect(lines.count == 7)
        let starts = [
            "2: portal.url: must start with https://", "3: portal.lisen: unknown key; did you mean listen?",
            "5: check.listen: must be an address",
            "6: check.max_answer_head: must be a whole number from 1024 to 15360, is \"big\"",
            "8: keys.lookup: the file \(fixture.folder)/keys/none cannot be read: No such file or directory",
            "12: sessions.idle: must not exceed sessions.absolute, is \"48h\" (absolute is \"24h\")",
            "13: sesions: unknown key or table; did you mean sessions?",
        ]
        for (line, start) in zip(lines, starts) { #expect(line.hasPrefix("\(path):\(start)"), "\(line)") }
    }

    @Test("names the line of each problem inside applications")
    func lines() throws {
        let text = ConfigFixture.minimal(
            [:], "[[application]]\nname = \"a\"\nhosts = [\n  \"a.example.com\",\n  \"b c\",\n]\n")
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("b c") }
        #expect(try fixture.problems(text).first?.hasPrefix("\(try #require(line) + 1): application.hosts: ") == true)
    }

    @Test(
        "allows returns to the portal and to applications, and nowhere else",
        arguments: [
            ("https://auth.example.com", true), ("https://reports.example.com", true),
            ("https://x.wiki.example.com", true),
            ("https://dev.example.com:8443", true), ("https://reports.example.com:443", true),
            ("http://reports.example.com", false), ("https://reports.example.com:8443", false),
            ("https://dev.example.com", false), ("https://wiki.example.com", false),
            ("https://a.b.wiki.example.com", false),
            ("https://example.com", false), ("https://evil.example", false), ("https://auth.example.com:444", false),
        ])
    func returns(origin: String, isAllowed: Bool) throws {
        let configuration = try fixture.load(
            ConfigFixture.minimal(
                [:],
                """
                [[application]]
                name = "reports"
                hosts = ["reports.example.com:443", "*.wiki.example.com", "dev.example.com:8443"]
                """))
        #expect(configuration.allowsReturn(to: try #require(Origin(origin))) == isAllowed)
    }

    @Test("is refused when the file is missing, a folder or too large")
    func unreadable() throws {
        func message(_ path: String) throws -> String {
            let problems = #expect(throws: ConfigProblems.self) { try Configuration.load(path: path, environment: [:]) }
            return try #require(problems).description
        }
        #expect(try message("\(fixture.folder)/none.toml").hasSuffix("cannot be read: No such file or directory"))
        #expect(try message(fixture.folder).hasSuffix("cannot be read: is not a regular file"))
        let huge = try fixture.write(Data(repeating: 0x23, count: 4_194_305), to: "huge.toml")
        #expect(try message(huge).hasSuffix("cannot be read: has more than 4194304 octets"))
        let made = unsafe mkfifo("\(fixture.folder)/pipe", 0o600)
        #expect(made == 0)
        #expect(try message("\(fixture.folder)/pipe").hasSuffix("is not a regular file"))
    }

    @Test("warns of what is allowed but probably not meant")
    func warnings() throws {
        func warnings(_ text: String) throws -> [String] {
            try fixture.load(text).warnings.map { "\($0.key): \($0.message)" }
        }
        #expect(
            try warnings(ConfigFixture.minimal([:], ConfigFixture.application))
                == ["application: \"reports\" has no rule, so nobody gets in"])
        let rules = "[[application.rule]]\nallow = [\"signed-in\"]\n[[application.rule]]\nallow = [\"anyone\"]\n"
        #expect(
            try warnings(ConfigFixture.minimal([:], ConfigFixture.application + rules))
                == ["application.rule: is never reached: rule 1 matches every request before it"])
        #expect(try warnings(ConfigFixture.minimal(["admin": "listen = [\"0.0.0.0:9182\"]"])).count == 1)
        #expect(try warnings(ConfigFixture.minimal(["check": "trusted_proxies = []"])).count == 1)
        let covered =
            "[[application]]\nname = \"a\"\nhosts = [\"auth.example.com\"]\n[[application.rule]]\ndeny = true\n"
        #expect(
            try warnings(ConfigFixture.minimal([:], covered)).first?.hasPrefix("portal.url: has the whole host") == true
        )
        let path = try fixture.write(
            ConfigFixture.minimal(["sessions": "store = \"redis://u:swordfish@localhost\""]), to: "open.toml",
            mode: 0o644)
        let open = try Configuration.load(path: path, environment: [:]).warnings
        #expect(open.map(\.key) == ["sessions.store"])
        #expect(!open.description.contains("swordfish"))
    }
}

@Suite("The search for the configuration")
struct FindTests {
    @Test("takes the command line before the environment before the usual places")
    func order() throws {
        let environment = ["GATEHOUSE_CONFIG": "/env.toml"]
        #expect(try Configuration.find(explicit: "x.toml", environment: environment) == .file("x.toml"))
        #expect(try Configuration.find(explicit: nil, environment: environment) == .file("/env.toml"))
        let fixture = try ConfigFixture()
        let path = try fixture.write("", to: "b.toml")
        let places = ["\(fixture.folder)/a.toml", path]
        #expect(
            try Configuration.find(explicit: nil, environment: ["GATEHOUSE_CONFIG": ""], places: places) == .file(path))
        let problems = #expect(throws: ConfigProblems.self) {
            try Configuration.find(explicit: nil, environment: [:], places: ["\(fixture.folder)/a.toml"])
        }
        #expect(problems?.description.contains("\(fixture.folder)/a.toml") == true)
    }

    @Test("takes the environment alone where it names a folder for data or both keys, and no file is found")
    func environmentAlone() throws {
        let fixture = try ConfigFixture()
        let path = try fixture.write("", to: "own.toml")
        let keys = ["GATEHOUSE_KEYS__LOOKUP": "file:a", "GATEHOUSE_KEYS__SEAL_FILE": "/b"]
        for environment in [["GATEHOUSE_DATA": "/data"], keys] {
            func find(_ places: [String]) throws -> ConfigurationSource {
                try Configuration.find(explicit: nil, environment: environment, places: places, own: [path])
            }
            #expect(try find([]) == .environment)
            #expect(try find([path]) == .file(path))
        }
        for environment in [["GATEHOUSE_DATA": ""], ["GATEHOUSE_KEYS__LOOKUP": "file:a"], [:]] {
            #expect(
                try Configuration.find(explicit: nil, environment: environment, places: [], own: [path]) == .file(path))
        }
    }

    @Test(
        "ends in the folder for state that the environment names",
        arguments: [
            (["XDG_STATE_HOME": "/x/state", "HOME": "/home/a"], "/x/state/gatehouse/gatehouse.toml"),
            (["HOME": "/home/a"], "/home/a/.local/state/gatehouse/gatehouse.toml"),
            (["XDG_STATE_HOME": "state", "HOME": "/home/a"], "/home/a/.local/state/gatehouse/gatehouse.toml"),
            (["XDG_STATE_HOME": "", "HOME": "/"], "/.local/state/gatehouse/gatehouse.toml"),
            (["HOME": "a"], nil), (["HOME": ""], nil), ([:], nil),
        ] as [([String: String], String?)])
    func standalone(environment: [String: String], path: String?) {
        #expect(Configuration.standalonePath(environment: environment) == path)
    }

    @Test("finds the configuration in that folder when there is no other, and names it when it is missing")
    func standaloneFound() throws {
        let fixture = try ConfigFixture()
        let environment = ["XDG_STATE_HOME": fixture.folder]
        let path = "\(fixture.folder)/gatehouse/gatehouse.toml"
        let problems = #expect(throws: ConfigProblems.self) {
            try Configuration.find(explicit: nil, environment: environment)
        }
        // The system's service, whose folder is its own, comes last.
        #expect(problems?.description.contains("\(path), /var/lib/gatehouse/gatehouse.toml; ") == true)
        let service = #expect(throws: ConfigProblems.self) {
            try Configuration.find(explicit: nil, environment: ["XDG_STATE_HOME": "/var/lib"])
        }
        #expect(service?.description.components(separatedBy: "/var/lib/gatehouse/gatehouse.toml").count == 2)
        try FileManager.default.createDirectory(
            atPath: "\(fixture.folder)/gatehouse", withIntermediateDirectories: false)
        try fixture.write("", to: "gatehouse/gatehouse.toml")
        #expect(try Configuration.find(explicit: nil, environment: environment) == .file(path))
        #expect(Configuration.named(explicit: nil, environment: environment) == nil)
        #expect(Configuration.named(explicit: nil, environment: ["GATEHOUSE_CONFIG": "/x"]) == "/x")
    }
}
