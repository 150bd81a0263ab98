/// Finds what a file declares, how long its functions are and how much its types hold.
///
/// The input is code that compiles: keywords and brackets are enough to follow it.
struct DeclarationReader {
    private enum Scope: Equatable {
        case type(String)
        case extending(String, isPrivate: Bool)
        case function(String)
        case block
    }

    private struct Opened {
        let scope: Scope
        let line: Int
        let parentheses: Int
        var storedProperties = 0
    }

    /// A declaration whose brace has not come yet.
    private struct Awaited {
        let scope: Scope
        let line: Int
        let parentheses: Int
    }

    private let tokens: [Token]
    private var scopes: [Opened] = []
    private var awaited: Awaited?
    private var parentheses = 0
    private(set) var declarations: [Declaration] = []
    private(set) var functions: [Extent] = []
    private(set) var types: [Extent] = []

    init(_ tokens: [Token]) {
        self.tokens = tokens
        for index in tokens.indices { read(index) }
    }

    private mutating func read(_ index: Int) {
        let token = tokens[index]
        switch token.kind {
        case .word(let word): readWord(word, at: index)
        case .mark(UInt8(ascii: "(")), .mark(UInt8(ascii: "[")): parentheses += 1
        case .mark(UInt8(ascii: ")")), .mark(UInt8(ascii: "]")): parentheses -= 1
        case .mark(UInt8(ascii: "{")):
            if let begun = awaited, begun.parentheses == parentheses {
                scopes.append(Opened(scope: begun.scope, line: begun.line, parentheses: parentheses))
                awaited = nil
            } else {
                scopes.append(Opened(scope: .block, line: token.line, parentheses: parentheses))
            }
        case .mark(UInt8(ascii: "}")): close(at: token.line)
        case .mark: break
        }
    }

    private mutating func close(at line: Int) {
        guard let closed = scopes.popLast() else { return }
        // A requirement of a protocol has no braces.
        if let begun = awaited, begun.parentheses == parentheses { awaited = nil }
        switch closed.scope {
        case .function(let name):
            functions.append(Extent(name: name, firstLine: closed.line, lastLine: line, storedProperties: 0))
        case .type(let name):
            types.append(
                Extent(name: name, firstLine: closed.line, lastLine: line, storedProperties: closed.storedProperties))
        case .extending, .block: break
        }
    }

    private mutating func readWord(_ word: String, at index: Int) {
        guard index == 0 || !tokens[index - 1].isMark("."), !isLabel(index) else { return }
        switch word {
        case "struct", "enum", "protocol", "typealias", "macro", "class", "actor": readType(word, at: index)
        case "extension":
            awaited = Awaited(
                scope: .extending(name(from: index + 1), isPrivate: isPrivate(index)), line: tokens[index].line,
                parentheses: parentheses)
        case "func":
            let name = index + 1 < tokens.count ? tokens[index + 1].word ?? "operator" : ""
            declare(.function, name, at: index)
            awaited = Awaited(scope: .function(name), line: tokens[index].line, parentheses: parentheses)
        case "init", "subscript", "deinit":
            guard isInType else { return }
            awaited = Awaited(scope: .function(word), line: tokens[index].line, parentheses: parentheses)
        case "let", "var":
            guard isInType || scopes.isEmpty, index + 1 < tokens.count, let name = tokens[index + 1].word else {
                return
            }
            declare(.value, name, at: index)
            if !scopes.isEmpty, !isStatic(index) {
                scopes[scopes.count - 1].storedProperties += PropertyReader.stored(tokens, from: index + 1)
            }
            // What follows is its value or its accessors, not the body of a requirement before it.
            awaited = nil
        case "case" where isInType: readCases(from: index + 1)
        default: break
        }
    }

    /// The cases of an enumeration: they are members like any other.
    private mutating func readCases(from start: Int) {
        var depth = 0
        for index in start..<tokens.count {
            let token = tokens[index]
            if let word = token.word, depth == 0 {
                let previous = tokens[index - 1]
                guard previous.isMark(",") || index == start else {
                    if token.line > previous.line { return }
                    continue
                }
                declare(.value, word, at: index)
            } else if token.isMark("(") {
                depth += 1
            } else if token.isMark(")") {
                depth -= 1
            } else if token.isMark("}") || token.isMark("{") || token.isMark("@") {
                return
            }
        }
    }

    private mutating func readType(_ word: String, at index: Int) {
        guard index + 1 < tokens.count, let name = tokens[index + 1].word, name.first?.isUppercase == true else {
            return
        }
        // `actor` is a name, too.
        let after = index + 2 < tokens.count ? tokens[index + 2] : nil
        if word == "actor", let after, !after.isMark("{"), !after.isMark(":"), !after.isMark("<") { return }
        declare(.type, name, at: index)
        guard word != "typealias", word != "macro" else { return }
        awaited = Awaited(scope: .type(name), line: tokens[index].line, parentheses: parentheses)
    }

    private mutating func declare(_ kind: Declaration.Kind, _ name: String, at index: Int) {
        let place: Declaration.Place
        var isPrivate = isPrivate(index)
        switch scopes.last?.scope {
        case nil: place = .file
        case .extending(let type, let isHidden)? where scopes.count == 1:
            place = .extending(type)
            if isHidden { isPrivate = true }
        default: place = .nested
        }
        declarations.append(
            Declaration(kind: kind, name: name, place: place, isPrivate: isPrivate, line: tokens[index].line))
    }

    private var isInType: Bool {
        guard let last = scopes.last, last.parentheses == parentheses else { return false }
        switch last.scope {
        case .type, .extending: return true
        case .function, .block: return false
        }
    }

    /// `class` and its kind are labels of arguments here and there.
    private func isLabel(_ index: Int) -> Bool {
        parentheses > 0 && index + 1 < tokens.count && tokens[index + 1].isMark(":")
    }

    private func name(from start: Int) -> String {
        var name = ""
        var index = start
        while index < tokens.count {
            if let word = tokens[index].word {
                name += word
            } else if tokens[index].isMark(".") {
                name += "."
            } else {
                break
            }
            if index + 1 < tokens.count, tokens[index].word != nil, tokens[index + 1].word != nil { break }
            index += 1
        }
        return name
    }

    private func isPrivate(_ index: Int) -> Bool {
        let words = modifiers(before: index)
        return words.contains("private") || words.contains("fileprivate")
    }

    private func isStatic(_ index: Int) -> Bool {
        let words = modifiers(before: index)
        return words.contains("static") || words.contains("class")
    }

    private static let modifierWords: Set<String> = [
        "private", "fileprivate", "internal", "package", "public", "open", "static", "class", "final", "mutating",
        "nonmutating", "nonisolated", "override", "convenience", "required", "indirect", "lazy", "weak", "unowned",
        "consuming", "borrowing", "isolated", "distributed", "prefix", "postfix", "infix", "set", "sending", "async",
    ]

    /// The words in front of a keyword that belong to the same declaration, `private(set)` with its parentheses, too.
    private func modifiers(before index: Int) -> Set<String> {
        var words: Set<String> = []
        var position = index - 1
        while position >= 0 {
            if let word = tokens[position].word, Self.modifierWords.contains(word) {
                // A setter's modifier says nothing about who may read.
                if word == "set" {
                    position -= 3
                    guard position >= -1 else { break }
                    continue
                }
                words.insert(word)
            } else if !tokens[position].isMark("(") && !tokens[position].isMark(")") {
                break
            }
            position -= 1
        }
        return words
    }
}
