private import CTOML
internal import GatehouseCore

/// A parsed file; owns the parser's tree until it is turned into values.
@safe package struct TOMLDocument: ~Copyable {
    private let document: OpaquePointer

    /// Why a text is no TOML.
    package struct Invalid: Error {
        package let place: TOMLNode.Place
        /// In the parser's words, which may quote the file: not for a file that holds secrets.
        package let reason: String
    }

    /// Takes the octets of the file; more than 1 MiB, or more nesting than any configuration has, is refused.
    package init(_ text: [UInt8]) throws(Invalid) {
        var failure = ctoml_error()
        let document = unsafe text.withUnsafeBufferPointer { unsafe ctoml_parse($0.baseAddress, $0.count, &failure) }
        guard let document = unsafe document else {
            let message = unsafe withUnsafeBytes(of: failure.message) { unsafe Array($0.prefix { $0 != 0 }) }
            let place = TOMLNode.Place(line: Int(failure.line), column: Int(failure.column))
            throw Invalid(place: place, reason: String(decoding: message, as: UTF8.self))
        }
        unsafe self.document = document
    }

    deinit { unsafe ctoml_free(document) }

    /// The root table.
    package var root: TOMLNode {
        var index = 0
        return node(at: &index)?.value ?? TOMLNode(content: .table([]), place: TOMLNode.Place(line: 0, column: 0))
    }

    /// The node at `index` with its descendants; moves the index behind them.
    ///
    /// The parser bounds the depth.
    private func node(at index: inout Int) -> TOMLNode.Entry? {
        var node = unsafe ctoml_node()
        guard unsafe ctoml_get(document, index, &node) else { return nil }
        index += 1
        let content: TOMLNode.Content
        switch unsafe node.kind {
        case CTOML_TABLE: content = unsafe .table(children(node.children, at: &index))
        case CTOML_ARRAY: content = unsafe .array(children(node.children, at: &index).map(\.value))
        case CTOML_STRING: content = unsafe .string(TOMLDocument.text(node.string))
        case CTOML_INTEGER: content = unsafe .integer(node.integer)
        case CTOML_FLOAT: content = unsafe .number(node.number)
        case CTOML_BOOLEAN: content = unsafe .boolean(node.boolean)
        default: content = .date
        }
        let place = unsafe TOMLNode.Place(line: Int(node.line), column: Int(node.column))
        return unsafe TOMLNode.Entry(
            key: TOMLDocument.text(node.key), value: TOMLNode(content: content, place: place))
    }

    private func children(_ count: Int, at index: inout Int) -> [TOMLNode.Entry] {
        var entries: [TOMLNode.Entry] = []
        for _ in 0..<count {
            guard let entry = node(at: &index) else { break }
            entries.append(entry)
        }
        return entries
    }

    private static func text(_ text: ctoml_text) -> UTF8Text {
        unsafe UTF8Text(wellFormed: Array(UnsafeBufferPointer(start: text.bytes, count: text.count)))
    }
}
