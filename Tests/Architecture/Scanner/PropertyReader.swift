/// Counts what one `let` or `var` of a type adds to each instance.
enum PropertyReader {
    /// Looks from the first name on: a value or nothing makes it stored, accessors make it computed, observers do not.
    ///
    /// - Returns: the number of stored properties in this statement: `let a, b: Int` holds two.
    static func stored(_ tokens: [Token], from start: Int) -> Int {
        var count = 1
        var depth = 0
        var index = start + 1
        while index < tokens.count {
            let token = tokens[index]
            let isNewLine = token.line > tokens[index - 1].line
            switch token.kind {
            case .word where isNewLine && depth == 0, .mark(UInt8(ascii: "@")) where isNewLine && depth == 0:
                return count
            case .mark(UInt8(ascii: "#")) where depth == 0, .mark(UInt8(ascii: ";")) where depth == 0: return count
            case .mark(UInt8(ascii: "(")), .mark(UInt8(ascii: "[")), .mark(UInt8(ascii: "<")): depth += 1
            case .mark(UInt8(ascii: ">")) where tokens[index - 1].isMark("-"): break
            case .mark(UInt8(ascii: ")")), .mark(UInt8(ascii: "]")), .mark(UInt8(ascii: ">")): depth -= 1
            case .mark(UInt8(ascii: "=")) where depth == 0: return count
            case .mark(UInt8(ascii: "}")) where depth == 0: return count
            case .mark(UInt8(ascii: "{")) where depth == 0:
                let first = index + 1 < tokens.count ? tokens[index + 1].word : nil
                return first == "didSet" || first == "willSet" ? count : 0
            case .mark(UInt8(ascii: ",")) where depth == 0: count += 1
            case .word, .mark: break
            }
            index += 1
        }
        return count
    }
}
