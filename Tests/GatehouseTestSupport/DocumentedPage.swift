internal import Foundation

/// A page of the documentation with its fenced blocks, and what its source says of them to tests.
///
/// Comments that browsers do not show steer the tests:
///
/// - `<!-- no test: REASON -->` right above a block: it is not run, and why.
/// - `<!-- test: serves -->` above a block: it runs on while those after it are run.
/// - `<!-- test: prepare`, then lines for the shell, then `-->`: they are run in that place and are not shown.
/// - `<!-- test: /etc/nginx is nginx -->`, anywhere: what the page calls the first is the second below the test's folder.
package struct DocumentedPage: Sendable {
    package struct Block: Sendable {
        /// What stands behind the fence, like `sh`; `prepare` for lines that are not shown.
        package let language: String
        package let text: String
        /// Where it begins, counted from 1.
        package let line: Int
        /// Why it is not run.
        package fileprivate(set) var excuse: String?
        package fileprivate(set) var serves = false
    }

    package private(set) var blocks: [Block] = []
    /// What the page calls a place, and what it is in a test.
    package private(set) var places: [(shown: String, real: String)] = []
    /// Where the links lead, with their lines.
    package private(set) var links: [(target: String, line: Int)] = []
    /// The anchors of its headings, as GitHub makes them.
    package private(set) var anchors: Set<String> = []

    package init(_ text: String) {
        var fence: (language: String, line: Int, lines: [String])?
        var excuse: String?
        var serves = false
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            let bare = line.trimmingCharacters(in: .whitespaces)
            if let open = fence {
                guard bare == (open.language == "prepare" ? "-->" : "```") else {
                    fence?.lines.append(line)
                    continue
                }
                blocks.append(
                    Block(
                        language: open.language, text: open.lines.joined(separator: "\n") + "\n", line: open.line,
                        excuse: open.language == "prepare" ? nil : excuse, serves: serves))
                fence = nil
                if open.language != "prepare" { (excuse, serves) = (nil, false) }
            } else if bare == "<!-- test: prepare" {
                fence = ("prepare", index + 1, [])
            } else if bare.hasPrefix("```") {
                fence = (String(bare.dropFirst(3)), index + 1, [])
            } else if let match = bare.wholeMatch(of: /<!-- no test: (.+) -->/) {
                excuse = String(match.1)
            } else if bare == "<!-- test: serves -->" {
                serves = true
            } else if let match = bare.wholeMatch(of: /<!-- test: (\/\S+) is (\S+) -->/) {
                places.append((String(match.1), String(match.2)))
            } else {
                read(line, index + 1)
            }
        }
    }

    private mutating func read(_ line: String, _ number: Int) {
        if line.hasPrefix("#") {
            let kept = line.drop { $0 == "#" || $0 == " " }.lowercased().filter {
                $0.isLetter || $0.isNumber || " -_".contains($0)
            }
            anchors.insert(kept.replacing(" ", with: "-"))
        }
        for match in line.matches(of: /\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/) {
            links.append((String(match.1 ?? match.2 ?? ""), number))
        }
    }
}
