internal import GatehouseCore

/// The fields of a form or of a query: `application/x-www-form-urlencoded`, decoded strictly and on octets.
struct FormFields: Sendable {
    static let maxFields = 32
    static let maxNameLength = 64

    private let fields: [Field]

    private struct Field {
        let name: [UInt8]
        let value: [UInt8]
    }

    /// The text is no form that any page of ours sends: a field without `=` or name, a broken `%`, a repetition, too
    /// many.
    struct Malformed: Error {}

    init(parsing text: Span<UInt8>) throws(Malformed) {
        var fields: [Field] = []
        var start = 0
        while start < text.count {
            let end = text.firstIndex(of: UInt8(ascii: "&"), from: start) ?? text.count
            let pair = text.extracting(start..<end)
            guard fields.count < FormFields.maxFields, let equals = pair.firstIndex(of: UInt8(ascii: "=")),
                let name = FormFields.decoded(pair.extracting(0..<equals)),
                let value = FormFields.decoded(pair.extracting((equals + 1)..<pair.count)),
                (1...FormFields.maxNameLength).contains(name.count), !fields.contains(where: { $0.name == name })
            else { throw Malformed() }
            fields.append(Field(name: name, value: value))
            start = end + 1
        }
        self.fields = fields
    }

    /// The value of a field; `nil` if it was not sent.
    subscript(_ name: StaticString) -> [UInt8]? { fields.first { $0.name.span.equals(name) }?.value }

    private static func decoded(_ text: Span<UInt8>) -> [UInt8]? {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "+"): octets.append(0x20)
            case UInt8(ascii: "%"):
                guard text.count - index > 2, let octet = Hexadecimal.octet(text[index + 1], text[index + 2])
                else { return nil }
                octets.append(octet)
                index += 2
            case let octet:
                guard octet > 0x20, octet < 0x7F else { return nil }
                octets.append(octet)
            }
            index += 1
        }
        return octets
    }
}
