private import CTOML
internal import GatehouseCore

/// A parsed file; owns the parser's tree until it is turned into values.
@safe struct TOMLDocument: ~Copyable {
    private let document: OpaquePointer

    /// Why a text is no TOML.
    struct Invalid: Error {
        let place: Place
        let reason: String
    }

    /// Takes the octets of the file; more than 1 MiB, or more nesting than any configuration has, is refused.
    init(_ text: [UInt8]) throws(Invalid) {
        var failure = ctoml_error()
        let document = unsafe text.withUnsafeBufferPointer { unsafe ctoml_parse($0.baseAddress, $0.count, &failure) }
        guard let document = unsafe document else {
            let message = unsafe withUnsafeBytes(of: failure.message) { unsafe Array($0.prefix { $0 != 0 }) }
            let place = unsafe Place.file(line: Int(failure.line), column: Int(failure.column))
            throw Invalid(place: place, reason: String(decoding: message, as: UTF8.self))
        }
        unsafe self.document = document
    }

    deinit { unsafe ctoml_free(document) }

    /// The root table.
    var root: TOMLValue {
        var index = 0
        return value(at: &index)?.value ?? TOMLValue(content: .table([]), place: .nowhere)
    }

    /// The node at `index` with its descendants; moves the index behind them.
    ///
    /// The parser bounds the depth.
    private func value(at index: inout Int) -> TOMLValue.Entry? {
        var node = unsafe ctoml_node()
        guard unsafe ctoml_get(document, index, &node) else { return nil }
        index += 1
        let content: TOMLValue.Content
        switch unsafe node.kind {
        case CTOML_TABLE:
            var entries: [TOMLValue.Entry] = []
            for _ in unsafe 0..<node.children {
                guard let entry = value(at: &index) else { break }
                entries.append(entry)
            }
            content = .table(entries)
        case CTOML_ARRAY:
            var values: [TOMLValue] = []
            for _ in unsafe 0..<node.children {
                guard let entry = value(at: &index) else { break }
                values.append(entry.value)
            }
            content = .array(values)
        case CTOML_STRING: content = unsafe .string(String(decoding: TOMLDocument.octets(node.string), as: UTF8.self))
        case CTOML_INTEGER: content = unsafe .integer(node.integer)
        case CTOML_FLOAT: content = unsafe .number(node.number)
        case CTOML_BOOLEAN: content = unsafe .boolean(node.boolean)
        default: content = .date
        }
        let place = unsafe Place.file(line: Int(node.line), column: Int(node.column))
        let key = unsafe UTF8Text(wellFormed: TOMLDocument.octets(node.key))
        return TOMLValue.Entry(key: key, value: TOMLValue(content: content, place: place))
    }

    private static func octets(_ text: ctoml_text) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: text.bytes, count: text.count))
    }
}
