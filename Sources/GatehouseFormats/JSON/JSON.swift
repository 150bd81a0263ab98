package import GatehouseCore

/// A JSON document that is written (RFC 8259): listings, lines of the log and of the audit file, questions to other programs.
///
/// Texts are escaped by construction: every control character, and everything that could change how a line is shown, so that a
/// document is one line that a terminal may show.
package enum JSON {
    case object([(key: String, value: JSON)])
    case array([JSON])
    case string(String)
    case number(Int)
    case flag(Bool)
    case null

    package static func strings(_ texts: [some CustomStringConvertible]) -> JSON {
        .array(texts.map { .string($0.description) })
    }
    package static func optional(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }

    /// The document on one line.
    package var text: String { text(limit: nil) }

    /// The document on one line, with each text in it, and each name of a member, cut at a limit.
    package func text(limit: SafeText.Limit?) -> String {
        switch self {
        case .object(let members):
            let members = members.map { "\(JSON.quoted($0.key, limit)):\($0.value.text(limit: limit))" }
            return "{\(members.joined(separator: ","))}"
        case .array(let values): return "[\(values.map { $0.text(limit: limit) }.joined(separator: ","))]"
        case .string(let text): return JSON.quoted(text, limit)
        case .number(let number): return String(number)
        case .flag(let flag): return flag ? "true" : "false"
        case .null: return "null"
        }
    }

    private static func quoted(_ text: String, _ limit: SafeText.Limit?) -> String {
        "\"\(SafeText.json(text, limit: limit))\""
    }
}
