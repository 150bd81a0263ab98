/// A value that goes into a statement or comes out of a row.
enum SQLValue: Equatable, Sendable {
    case null
    case integer(Int64)
    case text([UInt8])
    case blob([UInt8])

    static func text(_ string: String) -> SQLValue { .text(Array(string.utf8)) }
    static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
}

/// One row, in the order of the statement's columns.
struct SQLRow: Sendable {
    let values: [SQLValue]

    func integer(_ index: Int) -> Int64? {
        guard values.indices.contains(index), case .integer(let value) = values[index] else { return nil }
        return value
    }

    /// The octets of a text, which SQLite does not promise to be well-formed UTF-8.
    func text(_ index: Int) -> [UInt8]? {
        guard values.indices.contains(index) else { return nil }
        switch values[index] {
        case .text(let bytes): return bytes
        case .integer(let value): return Array(String(value).utf8)
        case .null, .blob: return nil
        }
    }

    func string(_ index: Int) -> String { text(index).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    func flag(_ index: Int) -> Bool { integer(index) == 1 }
}
