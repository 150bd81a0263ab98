import GatehouseCore
import GatehouseFormats
import Testing

@testable import GatehouseConfig

@Suite("The rules for new passwords")
struct PasswordRulesTableTests {
    private struct Reading {
        let rules: [PasswordRule]
        let problems: [String]
        let warnings: [String]
    }

    private func read(_ lines: String) throws -> Reading {
        let root = TOMLValue(try TOMLDocument(Array("[passwords]\n\(lines)\n".utf8)).root)
        let log = ProblemLog(file: "gatehouse.toml")
        let table = TableReader(
            root.value(for: "passwords"), path: "passwords", variables: "GATEHOUSE_PASSWORDS__", log: log)
        let rules = PasswordRulesTable(
            table, folders: BaseFolders(file: "/etc/gatehouse", EnvironmentDefaults([:], log: log))
        ).rules
        table.finish()
        return Reading(
            rules: rules, problems: log.sortedProblems.map { "\($0.key): \($0.message)" },
            warnings: log.sortedWarnings.map { "\($0.key): \($0.message)" })
    }

    private static let attributes: [PersonAttributes.Attribute] = [.username, .firstName, .lastName, .email]
    private static let standard: [PasswordRule] = [
        .similarity(attributes: attributes, maxSimilarity: 0.7), .length(min: 12), .common(list: nil), .numeric,
        .strength(minScore: 3, words: []),
    ]

    @Test("ask for 12 characters and a score of 3 unless the file says otherwise")
    func standardRules() throws {
        let reading = try read("")
        #expect(reading.rules == Self.standard)
        #expect(reading.problems.isEmpty)
        #expect(reading.warnings.isEmpty)
    }

    @Test("come in the order of the file with their options")
    func options() throws {
        let reading = try read(
            """
            validators = ["history", "breached", "strength", "length", "similarity", "common"]
            similarity = { attributes = ["email"], max_similarity = 1 }
            length = { min = 15 }
            [passwords.common]
            list = "common.txt"
            [passwords.strength]
            min_score = 4
            words = ["gatehouse", "Fjord & Söhne"]
            [passwords.breached]
            file = "/var/lib/breached.filter"
            [passwords.history]
            remembered = 10
            """)
        #expect(reading.problems == [])
        #expect(reading.warnings == [])
        #expect(
            reading.rules == [
                .history(remembered: 10), .breached(file: "/var/lib/breached.filter"),
                .strength(minScore: 4, words: ["gatehouse", "Fjord & Söhne"]), .length(min: 15),
                .similarity(attributes: [.email], maxSimilarity: 1), .common(list: "/etc/gatehouse/common.txt"),
            ])
    }

    @Test("may be none at all")
    func none() throws { #expect(try read("validators = []").rules.isEmpty) }

    @Test("warn about options of a rule that is not in the list")
    func unused() throws {
        let reading = try read("breached = { file = \"breached.filter\" }")
        #expect(reading.rules == Self.standard)
        #expect(reading.warnings == ["passwords.breached: has no effect: it is not in passwords.validators"])
    }

    @Test(
        "are refused when they cannot be meant",
        arguments: [
            ("validators = [\"lenght\"]", "passwords.validators: must have only \"similarity\" or"),
            ("validators = [\"length\", \"length\"]", "passwords.validators: has \"length\" twice"),
            ("validators = \"length\"", "passwords.validators: must be a list"),
            ("validators = [\"breached\"]", "passwords.breached.file: is required by \"breached\""),
            ("length = { min = 5 }", "passwords.length.min: must be a whole number from 6 to 64, is 5"),
            ("length = { min = 65 }", "passwords.length.min: must be a whole number from 6 to 64"),
            ("length = 12", "passwords.length: must be a table"),
            ("length = { max = 5 }", "passwords.length.max: unknown key"),
            ("numeric = { x = 5 }", "passwords.numeric: unknown key"),
            (
                "similarity = { max_similarity = 0.05 }",
                "passwords.similarity.max_similarity: must be a number from 0.1"
            ),
            ("similarity = { max_similarity = nan }", "passwords.similarity.max_similarity: must be a number from 0.1"),
            ("similarity = { max_similarity = \"x\" }", "passwords.similarity.max_similarity: must be a number"),
            ("similarity = { attributes = [\"phone\"] }", "passwords.similarity.attributes: must have only"),
            ("common = { list = \"\" }", "passwords.common.list: must be the path of a file"),
            ("strength = { min_score = 5 }", "passwords.strength.min_score: must be a whole number from 1 to 4"),
            ("strength = { words = [\"ab\"] }", "passwords.strength.words: must have words of 3 to 50 characters"),
            ("history = { remembered = 0 }\nvalidators = []", "passwords.history.remembered: must be a whole number"),
        ])
    func refusals(lines: String, words: String) throws {
        let problems = try read(lines).problems
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix(words) == true, "\(problems)")
    }
}
