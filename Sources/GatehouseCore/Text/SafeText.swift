/// Text from outside as a log, a terminal or a message may hold it.
///
/// One rule says what is not shown as it is: whatever moves a cursor, breaks a line, turns the direction of writing, cannot be
/// seen or has no meaning that is known. How it is written instead depends on what reads the text.
package enum SafeText {
    /// The most that is shown; what is longer ends in `…`.
    package enum Limit: Sendable {
        /// Of UTF-8; no character is cut through.
        case octets(Int)
        /// Unicode scalars.
        case characters(Int)

        fileprivate var room: Int {
            switch self {
            case .octets(let count), .characters(let count): count
            }
        }

        fileprivate func cost(_ scalar: Unicode.Scalar) -> Int {
            if case .octets = self { UTF8.width(scalar) } else { 1 }
        }
    }

    /// Whether a character may be shown as it is.
    package static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value >= 0x20 }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// For a terminal: `\u001b` in place of what is not safe.
    package static func shown(_ text: String) -> String {
        written(text, nil, escapesQuotes: false, utf16Escape)
    }

    /// For the inside of a JSON text (RFC 8259, section 7), and for a log that is read like one: `\"`, `\\` and `\u001b`.
    package static func json(_ text: String, limit: Limit? = nil) -> String {
        written(text, limit, escapesQuotes: true, utf16Escape)
    }

    /// For a message about what somebody wrote: in quotes, with `\"`, `\\` and `\u{1b}`.
    package static func quoted(_ text: String, limit: Limit? = nil) -> String {
        "\"\(written(text, limit, escapesQuotes: true) { "\\u{\(String($0.value, radix: 16))}" })\""
    }

    /// For the words of others within a sentence: a blank in place of what is not safe.
    package static func words(_ text: String, limit: Limit? = nil) -> String {
        written(text, limit, escapesQuotes: false) { _ in " " }
    }

    /// For octets that need not be text: `\x1b` in place of everything but printable ASCII.
    ///
    /// What is longer than `limit` octets ends in a mark that says so.
    package static func octets(_ octets: some Collection<UInt8>, limit: Int) -> String {
        var text: [UInt8] = []
        for octet in octets.prefix(limit) {
            if octet >= 0x20, octet < 0x7F, octet != UInt8(ascii: "\\") {
                text.append(octet)
            } else {
                text += "\\x".utf8
                Hexadecimal.append(octet, to: &text)
            }
        }
        let more = octets.count > limit ? " [\(octets.count - limit) more octets]" : ""
        return String(decoding: text, as: UTF8.self) + more
    }

    private static func utf16Escape(_ scalar: Unicode.Scalar) -> String {
        UTF16.encode(scalar).map { $0.map { "\\u" + Hexadecimal.text($0, width: 4) }.joined() } ?? ""
    }

    private static func written(
        _ text: String, _ limit: Limit?, escapesQuotes: Bool, _ escape: (Unicode.Scalar) -> String
    ) -> String {
        var result = ""
        var room = limit?.room ?? 0
        for scalar in text.unicodeScalars {
            if let limit {
                room -= limit.cost(scalar)
                guard room >= 0 else { return result + "…" }
            }
            guard isSafe(scalar) else {
                result += escape(scalar)
                continue
            }
            if escapesQuotes, scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
