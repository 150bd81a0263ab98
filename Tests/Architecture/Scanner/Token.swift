/// A piece of code that counts: neither comments nor the text of strings, but what stands in their `\( )`.
package struct Token: Equatable, Sendable {
    /// A word (a name, a keyword) or one octet of punctuation; any number is `0`.
    package enum Kind: Equatable, Sendable {
        case word(String)
        case mark(UInt8)
    }

    package let kind: Kind
    /// Counted from one.
    package let line: Int

    package var word: String? {
        if case .word(let word) = kind { word } else { nil }
    }

    package func isMark(_ character: Unicode.Scalar) -> Bool { kind == .mark(UInt8(ascii: character)) }
}

/// A comment of one line, without its slashes.
package struct LineComment: Equatable, Sendable {
    package let line: Int
    package let text: String
}

/// Takes a Swift source apart, octet by octet.
///
/// It knows strings of every kind with what is interpolated into them, nested comments and literals of regular expressions;
/// it knows no grammar.
package struct Tokenizer {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    package private(set) var tokens: [Token] = []
    package private(set) var comments: [LineComment] = []

    package init(_ text: String) {
        bytes = Array(text.utf8)
        readCode(inString: false)
    }

    /// Reads code to the end, or to the parenthesis that ends what is interpolated into a string.
    private mutating func readCode(inString: Bool) {
        var open = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\n"):
                line += 1
                at += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): at += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): readLineComment()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipBlockComment()
            case UInt8(ascii: "/") where startsRegularExpression: skipRegularExpression()
            case UInt8(ascii: "\""): readString(hashes: 0)
            case UInt8(ascii: "#"): readHashes()
            case UInt8(ascii: "`"): at += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"): readNumber()
            case let byte where Self.isInWord(byte): readWord()
            case let byte:
                if byte == UInt8(ascii: "(") { open += 1 }
                if byte == UInt8(ascii: ")") { open -= 1 }
                at += 1
                if inString, open < 0 { return }
                append(.mark(byte))
            }
        }
    }

    private func peek(_ distance: Int) -> UInt8? { at + distance < bytes.count ? bytes[at + distance] : nil }

    private mutating func append(_ kind: Token.Kind) { tokens.append(Token(kind: kind, line: line)) }

    private static func isInWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    private mutating func readWord() {
        let start = at
        while at < bytes.count, Self.isInWord(bytes[at]) { at += 1 }
        append(.word(String(decoding: bytes[start..<at], as: UTF8.self)))
    }

    private mutating func readNumber() {
        while at < bytes.count {
            let isPoint = bytes[at] == UInt8(ascii: ".") && peek(1).map { $0 >= 0x30 && $0 <= 0x39 } == true
            guard isPoint || Self.isInWord(bytes[at]) else { break }
            at += 1
        }
        append(.mark(UInt8(ascii: "0")))
    }

    // MARK: Comments

    private mutating func readLineComment() {
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
        let text = bytes[start..<at].drop { $0 == UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: " ") }
        comments.append(LineComment(line: line, text: String(decoding: text, as: UTF8.self)))
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if bytes[at] == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                depth += 1
                at += 2
            } else if bytes[at] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                depth -= 1
                at += 2
            } else {
                if bytes[at] == UInt8(ascii: "\n") { line += 1 }
                at += 1
            }
        } while depth > 0 && at < bytes.count
    }

    // MARK: Strings and regular expressions

    private mutating func readHashes() {
        var hashes = 0
        while peek(hashes) == UInt8(ascii: "#") { hashes += 1 }
        let next = peek(hashes)
        if next == UInt8(ascii: "\"") {
            at += hashes
            readString(hashes: hashes)
        } else if next == UInt8(ascii: "/") {
            at += hashes + 1
            skip(toEndWith: UInt8(ascii: "/"), hashes: hashes)
        } else {
            at += hashes
            append(.mark(UInt8(ascii: "#")))
        }
    }

    private mutating func readString(hashes: Int) {
        append(.mark(UInt8(ascii: "\"")))
        let isLong = peek(1) == UInt8(ascii: "\"") && peek(2) == UInt8(ascii: "\"")
        let quotes = isLong ? 3 : 1
        at += quotes
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\\"), repeats(UInt8(ascii: "#"), hashes, from: at + 1) {
                at += 1 + hashes
                let escaped = at < bytes.count ? bytes[at] : 0
                if escaped == UInt8(ascii: "\n") { line += 1 }
                at += 1
                if escaped == UInt8(ascii: "(") { readCode(inString: true) }
            } else if repeats(UInt8(ascii: "\""), quotes, from: at),
                repeats(UInt8(ascii: "#"), hashes, from: at + quotes)
            {
                at += quotes + hashes
                return
            } else {
                if bytes[at] == UInt8(ascii: "\n") { line += 1 }
                at += 1
            }
        }
    }

    private func repeats(_ byte: UInt8, _ count: Int, from start: Int) -> Bool {
        guard start + count <= bytes.count else { return false }
        return (start..<start + count).allSatisfy { bytes[$0] == byte }
    }

    private mutating func skip(toEndWith byte: UInt8, hashes: Int) {
        while at < bytes.count {
            if bytes[at] == byte, repeats(UInt8(ascii: "#"), hashes, from: at + 1) {
                at += 1 + hashes
                return
            }
            if bytes[at] == UInt8(ascii: "\n") { line += 1 }
            at += 1
        }
    }

    /// Whether a slash begins a regular expression: where no operand stands before it, and one ends in the same line.
    private var startsRegularExpression: Bool {
        guard let next = peek(1), next != UInt8(ascii: " "), next != UInt8(ascii: "=") else { return false }
        switch tokens.last?.kind {
        case .mark(let mark)?:
            guard "(,=:[{!&|?;".utf8.contains(mark) else { return false }
        case .word(let word)?:
            guard ["return", "in", "case"].contains(word) else { return false }
        case nil: break
        }
        return endOfRegularExpression != nil
    }

    private var endOfRegularExpression: Int? {
        var index = at + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
            if bytes[index] == UInt8(ascii: "/") { return index }
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private mutating func skipRegularExpression() {
        at = (endOfRegularExpression ?? at) + 1
        append(.mark(UInt8(ascii: "\"")))
    }
}
