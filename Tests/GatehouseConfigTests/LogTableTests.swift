internal import GatehouseConfig
internal import Testing

@Suite("The log table")
struct LogTableTests {
    private let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    @Test("may require the audit file, if there is one")
    func audit() throws {
        let plain = try fixture.load(ConfigFixture.minimal(["log": "audit = \"audit.jsonl\""])).log
        #expect(!plain.isAuditRequired)
        #expect(plain.audit?.hasSuffix("/audit.jsonl") == true)
        let required = try fixture.load(
            ConfigFixture.minimal(["log": "audit = \"audit.jsonl\"\naudit_required = true"]))
        #expect(required.log.isAuditRequired)
        let problems = try fixture.problems(ConfigFixture.minimal(["log": "audit_required = true"]))
        #expect(problems.contains { $0.contains("log.audit: is required") })
    }
}
