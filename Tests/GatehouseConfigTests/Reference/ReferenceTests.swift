internal import Foundation
internal import GatehouseConfig
internal import Reference
internal import Testing

@Suite("The configuration reference")
struct ReferenceTests {
    private let files = ReferenceFiles(
        root: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path)

    @Test("is what the code says and what config.example.toml says: `tools/configuration-reference` writes it")
    func upToDate() throws {
        let reference = try files.reference()
        #expect(reference.complaints == [])
        for (path, text) in files.pages(reference) {
            #expect(try files.text(path) == text, "\(path): run tools/configuration-reference")
        }
    }

    @Test("has types and limits as they are read")
    func kinds() {
        let keys = Configuration.keys()
        func kind(_ path: String, _ backend: String? = nil) -> ConfigurationKey.Kind? {
            keys.first { $0.path == path && $0.backend == backend }?.kind
        }
        #expect(keys.count > 150)
        #expect(kind("sessions.idle") == .duration(least: "1s", most: "365d"))
        #expect(kind("passwords.memory_budget") == .size(least: "19MiB", most: "64GiB"))
        #expect(kind("log.level") == .choice(["trace", "debug", "info", "notice", "warning", "error"]))
        #expect(kind("passwords.length.min") == .integer(6...64))
        #expect(kind("passwords.similarity.max_similarity") == .number(0.1...1))
        #expect(kind("application.rule.paths") == .texts)
        #expect(kind("permissions.*") == .text)
        #expect(kind("mail.password") == .secret)
        #expect(kind("expect.url") == .text)
        #expect(kind("provider.allow") == .wordOrTable(["everyone"]) && kind("provider.allow.domains") == .texts)
        #expect(kind("provider.claims.groups") == .textOrTexts && kind("provider.client_secret") == .secret)
        #expect(kind("backend.timeout") == .duration(least: "100ms", most: "30s"))
        #expect(kind("backend.ca_file", "ldap") == .text && kind("backend.ca_file", "http") == .text)
        #expect(kind("backend.ca_file") == nil && kind("backend.ca_file", "pam") == nil)
        guard case .preset(let words, let names) = kind("application.headers") else {
            Issue.record("application.headers")
            return
        }
        #expect(words == ["remote", "x-auth-request"] && names.contains("user"))
    }

    @Test("asks for what is missing, where it is missing")
    func complaints() throws {
        func complaints(_ change: (String) -> String) throws -> [String] {
            Reference(
                keys: Configuration.keys(), example: ExampleFile(change(try files.text("config.example.toml"))),
                versions: [:]
            ).complaints
        }
        #expect(try complaints { $0 } == [])
        let missing = try complaints { $0.replacing("# threads = 0\n", with: "") }
        #expect(
            missing == ["config.example.toml: add threads to [check], with words that say what it is and its default"])
        let unknown = try complaints { $0.replacing("# threads = 0\n", with: "# threads = 0\n# thread = 0\n") }
        #expect(unknown.count == 1 && unknown[0].contains("no code reads check.thread "), "\(unknown)")
        // Words above a table that has no others are about all of its keys.
        func asked(_ text: String) -> Int {
            Reference(keys: Configuration.keys(), example: ExampleFile(text), versions: [:]).complaints.filter {
                $0.contains("say behind or above throttle.")
            }.count
        }
        let two = "[throttle]\n# per_account = 10\n# per_device = 10\n"
        #expect(asked(two) == 2 && asked("# How often people may fail.\n\(two)") == 0)
        let silent = try complaints { $0.replacing("  # what people bind with; a search finds it without", with: "") }
        #expect(
            silent.count == 1 && silent[0].contains("say behind or above backend.user_dn what it means"), "\(silent)")
        let foreign = try complaints { $0.replacing("#   min_uid = 1000                         #", with: "# #") }
        #expect(foreign.count == 1 && foreign[0].contains("add min_uid to the backend \"pam\""), "\(foreign)")
    }

    @Test("tells since when a key is there, or that it is new")
    func versions() throws {
        let reference = try files.reference()
        let idle = try #require(reference.sections.first { $0.path == "sessions" }?.keys.first { $0.name == "idle" })
        #expect(idle.since == "0.1.0" && idle.standard == "\"1h\"")
        let without = Reference(
            keys: Configuration.keys(), example: ExampleFile(try files.text("config.example.toml")),
            versions: ["sessions.idle": "0.1.0", "sessions.nonsense": "0.1.0"])
        #expect(without.sections.first { $0.path == "check" }?.keys.first?.since == nil)
        #expect(without.page.contains("| next |"))
        #expect(without.complaints.count == 1 && without.complaints[0].contains("sessions.nonsense"))
    }

    /// The least that a backend of each type needs.
    private static let backends = [
        ("database", ""), ("file", "path = \"people.toml\""), ("command", "path = \"/bin/true\""), ("pam", ""),
        ("http", "url = \"https://people.example.com/\"\nsecret = \"file:keys/people\""),
        (
            "ldap",
            "urls = [\"ldaps://ldap.example.com\"]\nbase = \"dc=example\"\ngroup_base = \"dc=example\"\nbind_dn = \"cn=a\"\nbind_password = \"file:keys/people\""
        ),
        ("remote-header", "header = \"X-User\"\ntrusted_proxies = [\"10.0.0.7\"]\nset_by = \"the gateway\""),
    ]

    @Test("shows the defaults of the code for backends, too", arguments: backends)
    func defaults(type: String, needed: String) throws {
        let fixture = try ConfigFixture()
        try fixture.write("secret\n", to: "keys/people")
        let section = try #require(
            try files.reference().sections.first { $0.path == "backend" && $0.backend == type })
        let lines = section.keys.compactMap { key in key.standard.map { "\(key.name) = \($0)" } }
        let database = type == "database" ? "" : "[[backend]]\ntype = \"database\"\n"
        func backends(_ lines: [String]) throws -> String {
            let text = "\(database)[[backend]]\ntype = \"\(type)\"\n\(needed)\n\(lines.joined(separator: "\n"))\n"
            return "\(try fixture.load(ConfigFixture.minimal([:], text)).backends)"
        }
        if ["ldap", "http", "pam"].contains(type) { #expect(!lines.isEmpty) }
        #expect(try backends(lines) == backends([]))
    }

    @Test("shows the defaults of the code for providers, too")
    func providerDefaults() throws {
        let fixture = try ProviderFixture()
        let section = try #require(try files.reference().sections.first { $0.path == "provider" })
        // Those that depend on a kind are written out as examples.
        let lines = section.keys.compactMap { key in key.standard.map { "\(key.name) = \($0)" } }
        let least = ProviderFixture.lines("keycloak", "issuer = \"https://kc.example.com/realms/main\"")
        #expect(lines.count > 8)
        let shown = try fixture.providers("\(least)\nrecheck = \"15m\"\n\(lines.joined(separator: "\n"))\n")
        #expect("\(shown)" == "\(try fixture.providers("\(least)\nrecheck = \"15m\"\n"))")
    }

    @Test("shows the defaults of the code for [mail], [tracing] and [database.tables], too")
    func otherDefaults() throws {
        let fixture = try ConfigFixture()
        let sections = try files.reference().sections
        func lines(_ path: String) throws -> String {
            try #require(sections.first { $0.path == path }).keys.compactMap { key in
                key.standard.map { "\(key.name) = \($0)" }
            }.joined(separator: "\n")
        }
        let mail = "backend = \"smtp\"\nfrom = \"auth@example.com\"\nhost = \"mail.example.com\""
        func shown(_ mail: String, _ tables: String) throws -> String {
            let text = ConfigFixture.minimal(["database": "managed = false", "database.tables": tables, "mail": mail])
            let configuration = try fixture.load(text)
            return
                "\(String(describing: configuration.mail)) \(configuration.database.names.sorted { $0.key < $1.key })"
        }
        #expect(try shown("\(mail)\n\(lines("mail"))", lines("database.tables")) == shown(mail, ""))
        func traced(_ lines: String) throws -> String {
            let text = ConfigFixture.minimal(["tracing": "endpoint = \"https://collector\"\n\(lines)"])
            return String(describing: try fixture.load(text).tracing)
        }
        #expect(try traced(lines("tracing")) == traced("") && lines("tracing").contains("sample = 0.1"))
    }
}
