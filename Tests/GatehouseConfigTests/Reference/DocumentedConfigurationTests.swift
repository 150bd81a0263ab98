internal import Foundation
internal import GatehouseConfig
internal import GatehouseTestSupport
internal import Testing

@Suite("Configurations in the documentation")
struct DocumentedConfigurationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let pages: [String] = {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("deploy/docs").path))
            ?? []
        return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "deploy/docs/\($0)" }
    }()

    /// Tables that a part of a configuration may leave to the rest of it.
    private static let others = [
        ("portal", "[portal]\nurl = \"https://auth.example.com\"\n"),
        ("cookie", "[cookie]\ndomain = \"example.com\"\n"),
        ("keys", "[keys]\nlookup = \"file:keys/lookup\"\nseal = \"file:keys/seal\"\n"),
    ]

    @Test("load, with the tables around them that every configuration has", arguments: pages)
    func load(page: String) throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent(page), encoding: .utf8)
        for block in DocumentedPage(text).blocks where block.language == "toml" && block.excuse == nil {
            let fixture = try ConfigFixture()
            // What it refers to is somewhere else in real life.
            for match in block.text.matches(of: /"file:([^"]+)"/)
            where !FileManager.default.fileExists(atPath: "\(fixture.folder)/\(match.1)") {
                let key = "-----BEGIN PRIVATE KEY-----\n"
                try fixture.write(match.1.hasSuffix(".p8") ? key : "a secret\n", to: String(match.1))
            }
            try FileManager.default.createDirectory(
                atPath: "\(fixture.folder)/credentials", withIntermediateDirectories: true)
            for match in block.text.matches(of: /"credential:([^"]+)"/) {
                let key = match.1.hasSuffix("seal") ? ConfigFixture.sealKey : ConfigFixture.lookupKey
                try fixture.write(key + "\n", to: "credentials/\(match.1)")
            }
            for match in block.text.matches(of: /ca_file = "([^"\/]+)"/) {
                try fixture.write("-----BEGIN CERTIFICATE-----\n", to: String(match.1))
            }
            let rest = Self.others.filter { !block.text.contains("[\($0.0)]") }.map(\.1).joined()
            let application =
                block.text.contains("[[application]]")
                ? ""
                : ConfigFixture.application
                    + "[[application.rule]]\nallow = [\"signed-in\"]\n"
            let (begin, end) =
                block.text.hasPrefix("[") || block.text.hasPrefix("#") ? ("", block.text) : (block.text, "")
            let environment = ["CREDENTIALS_DIRECTORY": "\(fixture.folder)/credentials"]
            let problems = try fixture.problems(begin + rest + end + "\n" + application, environment: environment)
            #expect(problems == [], "\(page):\(block.line)")
        }
    }
}
