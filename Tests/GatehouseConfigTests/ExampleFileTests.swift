internal import Foundation
internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("config.example.toml")
struct ExampleFileTests {
    let fixture: ConfigFixture
    let text: String

    init() throws {
        fixture = try ConfigFixture()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(contentsOf: root.appendingPathComponent("config.example.toml"), encoding: .utf8)
    }

    /// The lines of the shape `# key = value`.
    private func optional(_ line: Substring) -> Substring? {
        guard line.hasPrefix("# ") else { return nil }
        let rest = line.dropFirst(2)
        let name = rest.prefix { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
        return !name.isEmpty && rest.dropFirst(name.count).hasPrefix(" = ") ? rest : nil
    }

    private var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    @Test("loads as it is, without a warning")
    func loads() throws {
        let configuration = try fixture.load(text)
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.expectations.map(\.outcome) == [.challenge])
    }

    @Test("shows the defaults of the code in its optional lines")
    func defaults() throws {
        let complete = lines.map { optional($0) ?? $0 }.joined(separator: "\n")
        let shown = try fixture.load(complete)
        let standard = try fixture.load(text)
        #expect(shown.portal == standard.portal)
        #expect(shown.check == standard.check)
        #expect(shown.admin == standard.admin)
        #expect(shown.cookie == standard.cookie)
        #expect("\(shown.database)" == "\(standard.database)")
        #expect(shown.sessions.prefix == standard.sessions.prefix)
        #expect(shown.sessions.cache == standard.sessions.cache)
        #expect(shown.sessions.grace == standard.sessions.grace)
        #expect(shown.sessions.limits == standard.sessions.limits)
        #expect(shown.sessions.rememberedLimits == standard.sessions.rememberedLimits)
        #expect(shown.identity == standard.identity)
        #expect("\(shown.passwords)" == "\(standard.passwords)")
        #expect(shown.throttle == standard.throttle)
        #expect(shown.log == standard.log)
        #expect(shown.shutdown == standard.shutdown)
        let left = try #require(shown.applications.first)
        let right = try #require(standard.applications.first)
        #expect(left.headers == right.headers)
        #expect(left.application.scheme == right.application.scheme)
        #expect(left.application.origins == right.application.origins)
        #expect(left.application.allowsPreflight == right.application.allowsPreflight)
        #expect(left.application.disclosure == right.application.disclosure)
    }

    /// A misspelt key brings the list of all keys that the code knows: each of them must be explained.
    @Test(
        "explains every key that the code knows",
        arguments: [
            "portal", "check", "admin", "cookie", "database", "keys", "sessions", "identity", "throttle", "passwords",
            "log", "log.levels", "shutdown",
            "application", "application.rule", "expect",
        ])
    func complete(table: String) throws {
        let header =
            table == "application" || table == "application.rule" || table == "expect" ? "[[\(table)]]" : "[\(table)]"
        let body =
            table == "application.rule"
            ? "[[application]]\n\(header)\nzzzzzzzzzzzzzzzzzz = 1" : "\(header)\nzzzzzzzzzzzzzzzzzz = 1"
        let problem = try #require(try fixture.problems(body).first { $0.contains("zzzzzzzzzzzzzzzzzz") })
        let known = try #require(problem.components(separatedBy: "known here: ").last).components(separatedBy: ", ")
        let later: Set = ["factor", "rule", "tables", "levels"]
        #expect(!known.isEmpty)
        for key in known where !later.contains(key) { #expect(explained(key, in: header), "\(table).\(key)") }
    }

    private func explained(_ key: String, in header: String) -> Bool {
        var isInside = false
        for line in lines {
            // The list above the table.
            if header == "[[expect]]", line.hasPrefix("#   \(key)  ") { return true }
            if line.hasPrefix("[") { isInside = line == header }
            let words = line.drop { $0 == "#" || $0 == " " }
            if isInside, words.hasPrefix("\(key) = ") { return true }
        }
        return false
    }
}
