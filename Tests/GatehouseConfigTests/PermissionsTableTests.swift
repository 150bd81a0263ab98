import GatehouseConfig
import GatehouseCore
import Testing

@Suite("Declared permissions")
struct PermissionsTableTests {
    private let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private static func rule(_ allow: String) -> String {
        ConfigFixture.application + "[[application.rule]]\npaths = [\"/reports/{id}/**\"]\nallow = [\(allow)]\n"
    }

    @Test("are read with what people are shown")
    func declared() throws {
        let lines = "\"reports.view_report\" = \"Can view report\"\n\"app.with.dots\" = \"É\""
        let declared = try fixture.load(ConfigFixture.minimal(["permissions": lines])).permissions.declared
        let labels = Dictionary(uniqueKeysWithValues: declared.map { ($0.name, $0.label) })
        #expect(labels == ["reports.view_report": "Can view report", "app.with.dots": "É"])
    }

    @Test("are none without the table, and no condition is suspicious then")
    func absent() throws {
        let configuration = try fixture.load(ConfigFixture.minimal([:], Self.rule("\"permission:a.b\"")))
        #expect(configuration.permissions.declared.isEmpty)
        #expect(configuration.warnings.filter { $0.message.contains("[permissions]") }.isEmpty)
    }

    private static let longName = String(repeating: "b", count: 101)
    private static let longLabel = String(repeating: "x", count: 256)

    @Test(
        "are refused unless they are a name and a label for people",
        arguments: [
            ("view_report = \"x\"", "must be a permission in quotes, like \"reports.view_report\""),
            ("reports.view_report = \"x\"", "permissions."), ("\"a.\" = \"x\"", "must be a permission in quotes"),
            ("\".a\" = \"x\"", "must be a permission in quotes"),
            ("\"a.b c\" = \"x\"", "must be a permission in quotes"),
            ("\"a.b(c:d)\" = \"x\"", "must be a permission in quotes"),
            ("\"a.b\\n\" = \"x\"", "must be a permission in quotes"),
            ("\"a.\(longName)\" = \"x\"", "must be a permission in quotes"), ("\"a.b\" = 5", "must be text"),
            ("\"a.b\" = \"\"", "must have 1 to 255 characters"), ("\"a.b\" = \"x\\ty\"", "control characters"),
            ("\"a.b\" = \"\(longLabel)\"", "must have 1 to 255 characters"),
        ])
    func refusals(lines: String, words: String) throws {
        let problems = try fixture.problems(ConfigFixture.minimal(["permissions": lines]))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains(words) == true, "\(problems)")
        #expect(problems.first?.contains(": permissions") == true, "\(problems)")
    }

    @Test("are missed in conditions on everything and on objects, with the name that was probably meant")
    func undeclared() throws {
        let allow = """
            "permission:reports.view_report", "permission:reports.veiw_report", "permission:sea.sail(ship:{id})", \
            "permission:reports.view_report(report:{id})", "group:a.b", "staff"
            """
        let text = ConfigFixture.minimal(
            ["permissions": "\"reports.view_report\" = \"Can view report\""], Self.rule(allow))
        let configuration = try fixture.load(text)
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("veiw") }
        let warnings = configuration.warnings.filter { $0.message.contains("[permissions]") }
        #expect(warnings.map(\.line) == [line.map { $0 + 1 }, line.map { $0 + 1 }])
        #expect(warnings.first?.message.contains("did you mean \"reports.view_report\"?") == true)
        #expect(warnings.last?.message.contains("\"sea.sail\" is not in [permissions]") == true)
        #expect(warnings.last?.message.contains("did you mean") == false)
    }
}
