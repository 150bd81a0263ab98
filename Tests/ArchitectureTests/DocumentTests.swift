import Architecture
import Foundation
import GatehouseTestSupport
import Testing

@Suite("What is written down for people who join")
struct DocumentTests {
    private static let documents = [".github/ARCHITECTURE.md", ".github/CONTRIBUTING.md"]
    private static let folders = ["Sources/", "Tests/", "deploy/", "tools/", ".github/", ".ci/"]

    /// What stands in back quotes and looks like a place in the repository; a part that is to be chosen begins with a capital.
    private static func places(_ text: String) -> [String] {
        text.matches(of: /`([^`\n]+)`/).map { String($0.1) }.filter { place in
            folders.contains { place.hasPrefix($0) } && !place.contains { " *…<{".contains($0) }
        }
    }

    @Test("names only files and folders that are there", arguments: documents)
    func namedFiles(document: String) throws {
        let places = Self.places(try Repository.text(document))
        #expect(places.count > 10)
        for place in places { #expect(Repository.exists(place), "\(document) names \(place)") }
    }

    @Test(
        "walks from file to file without turning back",
        arguments: ["a check", "a sign-in", "a configuration key", "a grant", "an event"])
    func walks(name: String) throws {
        let text = try Repository.text(".github/ARCHITECTURE.md")
        let section = try #require(text.components(separatedBy: "\n### The walk of \(name)\n").dropFirst().first)
        let steps = section.components(separatedBy: "\n#")[0].split(separator: "\n").filter { $0.hasPrefix("1. ") }
        let files = steps.compactMap { Self.places(String($0)).first }
        #expect(files.count == steps.count && files.count > 2, "each step begins with a file: \(steps)")
        #expect(Set(files).count == files.count, "a file twice: \(files)")
    }

    @Test("leads from page to page and to every page, by links to what is there")
    func links() throws {
        let folder = Repository.root.appendingPathComponent("deploy/docs")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }
        #expect(names.count > 10)
        var linked: Set<String> = ["README.md"]
        for path in ["README.md"] + names.map({ "deploy/docs/\($0)" }) {
            for link in DocumentedPage(try Repository.text(path)).links where !link.target.contains("://") {
                let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
                    String.init)
                let base = Repository.root.appendingPathComponent(path)
                let target = parts[0].isEmpty ? base : base.deletingLastPathComponent().appendingPathComponent(parts[0])
                let isThere = FileManager.default.fileExists(atPath: target.standardizedFileURL.path)
                linked.insert(target.lastPathComponent)
                #expect(isThere, "\(path):\(link.line): \(link.target)")
                guard parts.count == 2, isThere, target.pathExtension == "md" else { continue }
                let anchors = DocumentedPage(try String(contentsOf: target, encoding: .utf8)).anchors
                #expect(anchors.contains(parts[1]), "\(path):\(link.line): \(link.target)")
            }
        }
        for name in names { #expect(linked.contains(name), "no page leads to deploy/docs/\(name)") }
    }

    @Test("draws the arrows between the targets as they are")
    func picture() throws {
        let text = try Repository.text(".github/ARCHITECTURE.md")
        let picture = try #require(text.components(separatedBy: "```mermaid\n").dropFirst().first)
            .components(separatedBy: "```")[0]
        var drawn = Graph()
        for arrow in picture.matches(of: /(\w+) --> (\w+)/) { drawn.add(from: String(arrow.1), to: String(arrow.2)) }
        let actual = try Repository.sources().targetArrows.reduced
        #expect(drawn == actual, "`tools/arrows --picture` prints the picture as it should be")
    }

    @Test("has the version of the program as the newest of the changelog, and dates that go backwards")
    func versions() throws {
        let headings = try Repository.text("CHANGELOG.md").matches(of: /(?m)^## (.+)$/).map { String($0.1) }
        let released = headings.filter { $0 != "Unreleased" }
        #expect(headings.first == "Unreleased" && headings.count == released.count + 1)
        let parts = released.map { $0.components(separatedBy: " - ") }
        #expect(parts.allSatisfy { $0.count == 2 && $0[1].wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil }, "\(released)")
        let dates = parts.compactMap(\.last)
        #expect(dates == dates.sorted(by: >))
        let sources = try Repository.sources().files.filter { $0.path.hasPrefix("Sources/") }
        let versions = sources.flatMap { $0.text.matches(of: /enum Version \{[^}]*?static let text = "([0-9.]+)"/) }
        #expect(versions.map { String($0.1) } == [parts.first?.first])
    }

    @Test("asks commits for what, why and what was measured")
    func template() throws {
        #expect(try Repository.text(".github/CONTRIBUTING.md").contains("git config commit.template .gitmessage"))
        let template = try Repository.text(".gitmessage")
        for word in ["What", "Why", "measured"] { #expect(template.contains(word)) }
    }
}
