internal import Foundation

/// `config.example.toml` as people read it: every key with the words that explain it.
///
/// A line `# key = value` shows a default, `#   key = value` an example, and one without `#` what a configuration needs. Words
/// stand above a key, behind it, or in a list above its table (`#   key   words`).
package struct ExampleFile: Sendable {
    package struct Table: Sendable {
        /// Like `application.rule`.
        package let path: String
        /// The `type` of a backend; `nil` elsewhere, and where it is not said yet.
        package fileprivate(set) var backend: String?
        /// The paragraphs above it.
        package let words: [String]
        package fileprivate(set) var keys: [Key] = []
        package let isList: Bool
    }

    package struct Key: Sendable {
        package let name: String
        /// As TOML; empty for one that is only explained.
        package private(set) var value: String
        package private(set) var isDefault: Bool
        /// What stands above it, if it is the first below it.
        package let words: String?
        /// The first key below the same words.
        package let companion: String?
        /// What stands behind it.
        package fileprivate(set) var remark: String?
        package private(set) var line: Int

        fileprivate mutating func show(_ value: String, isDefault: Bool, line: Int) {
            (self.value, self.isDefault, self.line) = (value, isDefault, line)
        }
    }

    package private(set) var tables: [Table] = []

    private var paragraphs: [[String]] = [[]]
    /// The keys that stand below the same words.
    private var group: (first: String, hasWords: Bool)?
    private var definitions: [(name: String, words: String)] = []
    private var isInComment = false

    package init(_ text: String) {
        for (index, line) in text.components(separatedBy: "\n").enumerated() { read(Line(line), index + 1) }
    }

    private mutating func read(_ line: Line, _ number: Int) {
        switch line {
        case .blank(let endsComment):
            if !endsComment, group == nil {
                paragraphs.append([])
            } else {
                (paragraphs, group) = ([[]], nil)
                if endsComment { definitions = [] }
            }
        case .header(let path, let isList, let isComment):
            var table = Table(path: path, words: group == nil ? texts : [], isList: isList)
            table.keys = definitions.map {
                Key(
                    name: $0.name, value: "", isDefault: false, words: $0.words, companion: nil, remark: nil,
                    line: number)
            }
            tables.append(table)
            (paragraphs, definitions, group, isInComment) = ([[]], [], nil, isComment)
        case .definition(let name, let words): definitions.append((name, words))
        case .more(let words) where !definitions.isEmpty: definitions[definitions.count - 1].words += " " + words
        case .words(let words), .more(let words):
            if group != nil { (paragraphs, group) = ([[]], nil) }
            paragraphs[paragraphs.count - 1].append(words)
        case .key(let name, let value, let remark, let isDefault):
            guard !tables.isEmpty else { return }
            take(name, value, remark, isDefault: isDefault, number)
        case .remark(let words):
            guard let table = tables.indices.last, let key = tables[table].keys.indices.last else { return }
            tables[table].keys[key].remark = [tables[table].keys[key].remark, words].compactMap(\.self).joined(
                separator: " ")
        }
    }

    private mutating func take(_ name: String, _ value: String, _ remark: String?, isDefault: Bool, _ line: Int) {
        let last = tables.count - 1
        if tables[last].path == "backend", name == "type", tables[last].backend == nil {
            tables[last].backend = value.replacing("\"", with: "")
        }
        let isFirst = group == nil
        let words = isFirst ? texts.joined(separator: " ") : ""
        if group == nil { group = (name, !words.isEmpty) }
        // A list above has said what it means, or an example stood here: this line shows the default.
        if let index = tables[last].keys.firstIndex(where: { $0.name == name }) {
            tables[last].keys[index].show(value, isDefault: isDefault, line: line)
            return
        }
        let isMarked = isInComment && remark?.hasPrefix("default") == true
        tables[last].keys.append(
            Key(
                name: name, value: value, isDefault: isInComment ? isMarked : isDefault,
                words: words.isEmpty ? nil : words,
                companion: isFirst || group?.hasWords != true ? nil : group?.first,
                remark: isMarked ? ExampleFile.unmarked(remark) : remark, line: line))
    }

    private var texts: [String] { paragraphs.map { $0.joined(separator: " ") }.filter { !$0.isEmpty } }

    /// What follows "default; " in a remark.
    private static func unmarked(_ remark: String?) -> String? {
        let rest = remark?.dropFirst("default".count).drop { $0 == ";" || $0 == ":" || $0 == "," || $0 == " " }
        return rest.flatMap { $0.isEmpty ? nil : String($0) }
    }
}

/// A line of the example.
private enum Line {
    case blank(endsComment: Bool)
    case header(String, isList: Bool, isComment: Bool)
    case definition(String, String)
    case more(String)
    case words(String)
    case key(String, String, remark: String?, isDefault: Bool)
    /// The rest of what stands behind a key.
    case remark(String)

    init(_ line: String) {
        if line.trimmingCharacters(in: .whitespaces).isEmpty {
            self = .blank(endsComment: true)
        } else if line.trimmingCharacters(in: .whitespaces) == "#" {
            self = .blank(endsComment: false)
        } else if let match = line.wholeMatch(of: /(#? *)(\[\[?)([a-z_.]+)\]\]? *(?:#.*)?/) {
            self = .header(String(match.3), isList: match.2 == "[[", isComment: match.1.hasPrefix("#"))
        } else if let match = line.wholeMatch(of: /(#? *)([a-z0-9_]+|"[^"]+") = (.+)/) {
            let (value, remark) = Line.split(String(match.3))
            self = .key(
                String(match.2.replacing("\"", with: "")), value, remark: remark, isDefault: match.1 == "# ")
        } else if let match = line.wholeMatch(of: /#   ([a-z_]+) {2,}(.+)/) {
            self = .definition(String(match.1), String(match.2))
        } else if let match = line.wholeMatch(of: /# {30,}# (.+)/) {
            self = .remark(String(match.1))
        } else if let match = line.wholeMatch(of: /# {6,}(.+)/) {
            self = .more(String(match.1))
        } else {
            self = .words(String(line.drop { $0 == "#" || $0 == " " }))
        }
    }

    /// A value, and what stands behind it.
    private static func split(_ text: String) -> (String, String?) {
        var isQuoted = false
        for index in text.indices {
            if text[index] == "\"" { isQuoted.toggle() }
            guard text[index] == "#", !isQuoted, index > text.startIndex, text[text.index(before: index)] == " " else {
                continue
            }
            let remark = text[text.index(after: index)...].trimmingCharacters(in: .whitespaces)
            return (text[..<index].trimmingCharacters(in: .whitespaces), remark)
        }
        return (text.trimmingCharacters(in: .whitespaces), nil)
    }
}
