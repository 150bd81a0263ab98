package import GatehouseCore

/// A JSON document that is read (RFC 8259), strictly and on octets.
///
/// Refused: duplicate names, lone surrogates, ill-formed UTF-8, anything after the document, nesting beyond `maxDepth`.
package enum JSONValue: Equatable, Sendable {
    case object([(name: UTF8Text, value: JSONValue)])
    case array([JSONValue])
    case string(UTF8Text)
    case number(JSONNumber)
    case flag(Bool)
    case null

    /// How many objects and lists may stand within each other.
    package static let maxDepth = 16

    /// What is wrong with a document.
    package struct Malformed: Error {
        /// In words for the operator, without a part of the document.
        package let reason: String
    }

    /// - Throws: `Malformed` for what is no JSON, or JSON that two readers could understand in two ways.
    package init(parsing octets: [UInt8]) throws(Malformed) {
        var reader = JSONReader(octets)
        self = try reader.document()
    }

    /// The value of a member; `nil` if it is missing, null, or this is no object.
    package subscript(_ name: StaticString) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        let value = members.first { $0.name.bytes.span.equals(name) }?.value
        return value == .null ? nil : value
    }

    /// The value of a member; `nil` if it is missing, null, or this is no object.
    package subscript(member name: UTF8Text) -> JSONValue? {
        guard case .object(let members) = self, let value = members.first(where: { $0.name == name })?.value,
            value != .null
        else { return nil }
        return value
    }

    /// Whether there is a member of a name, even if it is null.
    package func has(_ name: UTF8Text) -> Bool {
        guard case .object(let members) = self else { return false }
        return members.contains { $0.name == name }
    }

    /// The text, if this is one.
    package var text: UTF8Text? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number, if this is one.
    package var number: JSONNumber? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let one), .object(let other)):
            one.count == other.count && zip(one, other).allSatisfy { $0.name == $1.name && $0.value == $1.value }
        case (.array(let one), .array(let other)): one == other
        case (.string(let one), .string(let other)): one == other
        case (.flag(let one), .flag(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.null, .null): true
        default: false
        }
    }
}
