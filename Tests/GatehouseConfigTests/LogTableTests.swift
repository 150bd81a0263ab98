internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("The log table")
struct LogTableTests {
    private let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    @Test("may require the audit file, if there is one")
    func audit() throws {
        let plain = try fixture.load(ConfigFixture.minimal(["log": "audit = \"audit.jsonl\""])).log
        #expect(!plain.isAuditRequired)
        #expect(plain.audit == .file(path: fixture.folder + "/audit.jsonl"))
        let required = try fixture.load(
            ConfigFixture.minimal(["log": "audit = \"audit.jsonl\"\naudit_required = true"]))
        #expect(required.log.isAuditRequired)
        let problems = try fixture.problems(ConfigFixture.minimal(["log": "audit_required = true"]))
        #expect(problems.contains { $0.contains("log.audit: is required") })
    }

    @Test("names a place for events by a word, or a file")
    func places() throws {
        let places: [(String, LogTable.Audit)] = [
            ("stderr", .standardError), ("journald", .journald(path: "/run/systemd/journal/socket")),
            ("journald:/run/a/socket", .journald(path: "/run/a/socket")), ("syslog", .syslog(path: "/dev/log")),
            ("syslog:/run/log.sock", .syslog(path: "/run/log.sock")), ("/var/log/a", .file(path: "/var/log/a")),
            ("./syslog", .file(path: fixture.folder + "/./syslog")),
        ]
        for (text, place) in places {
            #expect(try fixture.load(ConfigFixture.minimal(["log": "audit = \"\(text)\""])).log.audit == place)
        }
    }

    @Test(
        "refuses what cannot be meant, and says what can",
        arguments: [
            ("audit = \"jurnald\"", "log.audit: did you mean \"journald\"?"),
            ("audit = \"syslog:log.sock\"", "log.audit: must have the path of a socket after \"syslog:\""),
            ("audit = \"journald:\"", "log.audit: must have the path of a socket after \"journald:\""),
            ("audit = \"stderr\"\naudit_required = true", "log.audit_required: needs a file, journald or syslog"),
            ("audit = \"journald\"\naudit_chain = true", "log.audit_chain: needs a file as log.audit"),
            ("audit_chain = true", "log.audit: is required: log.audit_chain needs its path"),
            ("[log.levels]\nbackend = \"debug\"", "log.levels.backend: unknown key; did you mean backends?"),
            ("[log.levels]\nmail = \"loud\"", "log.levels.mail: must be \"trace\" or"),
            ("format = \"xml\"", "log.format: must be \"json\" or \"text\", is \"xml\""),
        ])
    func refused(lines: String, message: String) throws {
        let problems = try fixture.problems(ConfigFixture.minimal(["log": lines]))
        #expect(problems.count == 1 && problems[0].contains(message), "\(problems)")
    }

    @Test("has a level for each area: its own, else that of all")
    func levels() throws {
        let log = try fixture.load(
            ConfigFixture.minimal(["log": "level = \"warning\"\n[log.levels]\nbackends = \"debug\""])
        ).log
        #expect(log.levels.count == LogArea.allCases.count)
        for area in LogArea.allCases { #expect(log.levels[area] == (area == .backends ? .debug : .warning)) }
        #expect(log.format == nil, "what it is depends on where standard error goes")
    }
}
