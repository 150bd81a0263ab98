/// A Swift source and what was found in it.
package struct SourceFile: Sendable {
    /// From the root of the repository.
    package let path: String
    /// The number of lines.
    package let lines: Int
    package let text: String
    package let tokens: [Token]
    package let comments: [LineComment]
    package let declarations: [Declaration]
    package let functions: [Extent]
    package let types: [Extent]
    /// The modules it imports.
    package let imports: Set<String>
    package let uses: Uses

    package init(path: String, text: String) {
        let tokenizer = Tokenizer(text)
        let reader = DeclarationReader(tokenizer.tokens)
        self.path = path
        self.text = text
        lines = text.utf8.count { $0 == UInt8(ascii: "\n") }
        tokens = tokenizer.tokens
        comments = tokenizer.comments
        declarations = reader.declarations
        functions = reader.functions
        types = reader.types
        imports = Self.imports(in: tokenizer.tokens)
        uses = Uses(tokenizer.tokens)
    }

    /// The folder of its target below `Sources` or `Tests`.
    package var target: String { part(1) }

    /// The folder within its target: `.` for files that lie directly in it.
    package var folder: String {
        let parts = path.split(separator: "/").dropFirst(2).dropLast()
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    private func part(_ index: Int) -> String {
        let parts = path.split(separator: "/")
        return parts.count > index ? String(parts[index]) : ""
    }

    private static func imports(in tokens: [Token]) -> Set<String> {
        var modules: Set<String> = []
        for (index, token) in tokens.enumerated() where token.word == "import" && index + 1 < tokens.count {
            guard var name = tokens[index + 1].word else { continue }
            // `import struct Module.Type`
            if index + 2 < tokens.count, let next = tokens[index + 2].word, tokens[index + 2].line == token.line {
                name = next
            }
            modules.insert(name)
        }
        return modules
    }
}

/// The names that a file uses, by the way in which it does.
package struct Uses: Sendable {
    /// Names with nothing before them that would make them somebody's member, and no label of an argument.
    package private(set) var plain: Set<String> = []
    /// Names that are called without a dot before them.
    package private(set) var called: Set<String> = []
    /// Names after a dot.
    package private(set) var members: Set<String> = []

    init(_ tokens: [Token]) {
        for (index, token) in tokens.enumerated() {
            guard let word = token.word else { continue }
            if index > 0, tokens[index - 1].isMark(".") {
                members.insert(word)
                continue
            }
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            let isDeclared = index > 0 && ["let", "var", "func", "case"].contains(tokens[index - 1].word ?? "")
            if next?.isMark("(") == true, !isDeclared { called.insert(word) }
            let isLabel = next?.isMark(":") == true && word.first?.isLowercase == true
            if !isLabel, !isDeclared { plain.insert(word) }
        }
    }
}
