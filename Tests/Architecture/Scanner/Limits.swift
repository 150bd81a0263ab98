/// How large things may grow before a comment has to say why they are.
///
/// `// Long: reason` right above a function excuses its length, in front of a file's first declaration that of the file;
/// `// Wide: reason` right above a type excuses how much it holds.
package enum Limits {
    package static let linesOfFile = 300
    package static let linesOfFunction = 60
    package static let storedProperties = 12

    /// One sentence for each thing that is too large, with where it stands.
    package static func findings(_ file: SourceFile) -> [String] {
        var findings: [String] = []
        if file.lines > linesOfFile, !isExcused(file) {
            findings.append("\(file.path) has \(file.lines) lines")
        }
        for function in file.functions
        where function.lines > linesOfFunction && !isExcused("Long:", above: function.firstLine, in: file) {
            findings.append("\(file.path): \(function.name) has \(function.lines) lines")
        }
        for type in file.types
        where type.storedProperties > storedProperties && !isExcused("Wide:", above: type.firstLine, in: file) {
            findings.append("\(file.path): \(type.name) has \(type.storedProperties) stored properties")
        }
        return findings
    }

    private static func isExcused(_ file: SourceFile) -> Bool {
        let first = file.declarations.map(\.line).min() ?? Int.max
        return file.comments.contains { $0.line < first && says("Long:", $0) }
    }

    /// Looks upwards from a declaration, over its comments and attributes, to an empty line or a brace.
    private static func isExcused(_ mark: String, above line: Int, in file: SourceFile) -> Bool {
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        var number = line - 1
        while number >= 1 {
            let text = lines[number - 1]
            guard text.contains(where: { $0 != " " }), text.last != "{", text.last != "}" else { return false }
            if let comment = file.comments.first(where: { $0.line == number }), says(mark, comment) { return true }
            number -= 1
        }
        return false
    }

    /// A mark without a reason is none.
    private static func says(_ mark: String, _ comment: LineComment) -> Bool {
        comment.text.hasPrefix(mark) && comment.text.utf8.count > mark.utf8.count + 10
    }
}
