package import GatehouseCore

/// A JSON document that is written (RFC 8259): listings, lines of the log and of the audit file, questions to other programs.
///
/// Texts are escaped by construction. `text` is for people, too: every control character, and everything that could change how a
/// line is shown, is escaped. `octets` is for programs, which may know JSON's escapes no better than they must.
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

    /// The document on one line in UTF-8, with only those characters escaped that have to be, and DEL.
    package var octets: [UInt8] {
        var octets: [UInt8] = []
        append(to: &octets)
        return octets
    }

    private func append(to octets: inout [UInt8]) {
        switch self {
        case .object(let members):
            octets.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { octets.append(UInt8(ascii: ",")) }
                JSON.append(member.key, to: &octets)
                octets.append(UInt8(ascii: ":"))
                member.value.append(to: &octets)
            }
            octets.append(UInt8(ascii: "}"))
        case .array(let values):
            octets.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { octets.append(UInt8(ascii: ",")) }
                value.append(to: &octets)
            }
            octets.append(UInt8(ascii: "]"))
        case .string(let text): JSON.append(text, to: &octets)
        case .number, .flag, .null: octets += text.utf8
        }
    }

    private static func append(_ text: String, to octets: inout [UInt8]) {
        octets.append(UInt8(ascii: "\""))
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets += [UInt8(ascii: "\\"), octet]
            case 0..<0x20, 0x7F:
                octets += "\\u00".utf8
                Hexadecimal.append(octet, to: &octets)
            default: octets.append(octet)
            }
        }
        octets.append(UInt8(ascii: "\""))
    }

    private static func quoted(_ text: String, _ limit: SafeText.Limit?) -> String {
        "\"\(SafeText.json(text, limit: limit))\""
    }
}
