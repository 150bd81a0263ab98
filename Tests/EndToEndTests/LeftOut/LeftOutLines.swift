/// One line of a configuration file, or one block, that is left out.
struct LeftOut: Sendable {
    let file: String
    /// The lines of the file that go, counted from 0.
    let lines: Range<Int>
    /// What goes, for the table of results.
    let name: String

    /// The file's text without it.
    func text(of whole: String) -> String {
        var all = whole.split(separator: "\n", omittingEmptySubsequences: false)
        all.removeSubrange(lines)
        return all.joined(separator: "\n")
    }

    /// Every line that says something, and every block: in braces, or of deeper lines below one.
    static func all(of file: String, _ text: String) -> [LeftOut] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var found: [LeftOut] = []
        for (index, line) in lines.enumerated() {
            let words = line.trimmed
            guard !words.isEmpty, !words.hasPrefix("#"), words != "}" else { continue }
            found.append(LeftOut(file: file, lines: index..<(index + 1), name: words))
            if let end = words.hasSuffix("{") ? brace(lines, from: index) : indented(lines, from: index) {
                found.append(LeftOut(file: file, lines: index..<end, name: "\(words) … \(end - index) lines"))
            }
        }
        return found
    }

    /// Behind the brace that closes what a line opens.
    private static func brace(_ lines: [String], from start: Int) -> Int? {
        var depth = 0
        for index in start..<lines.count {
            let words = lines[index].trimmed
            if words.hasPrefix("#") { continue }
            if words.hasSuffix("{") { depth += 1 }
            if words == "}" { depth -= 1 }
            if depth == 0 { return index + 1 }
        }
        return nil
    }

    /// Behind the deeper lines below one; `nil` without any.
    private static func indented(_ lines: [String], from start: Int) -> Int? {
        let depth = lines[start].indentation
        var end = start + 1
        for index in (start + 1)..<max(start + 1, lines.count) where !lines[index].trimmed.isEmpty {
            guard lines[index].indentation > depth else { break }
            end = index + 1
        }
        return end > start + 1 ? end : nil
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    fileprivate var indentation: Int { prefix { $0 == " " || $0 == "\t" }.count }
}
