internal import GatehouseCore
internal import GatehouseFormats

/// A value of the file or of the environment, with the place to name when it is wrong.
struct TOMLValue {
    enum Content {
        case table([Entry])
        case array([TOMLValue])
        case string(String)
        case integer(Int64)
        case number(Double)
        case boolean(Bool)
        case date
        /// The text of an environment variable; what reads it decides which type it is.
        case override(String)
    }

    struct Entry {
        /// Compared byte by byte: no other spelling of the same characters is this key.
        let key: UTF8Text
        let value: TOMLValue
    }

    var content: Content
    let place: Place

    init(content: Content, place: Place) {
        self.content = content
        self.place = place
    }

    /// Takes a value of the file.
    init(_ node: TOMLNode) {
        content =
            switch node.content {
            case .table(let entries): .table(entries.map { Entry(key: $0.key, value: TOMLValue($0.value)) })
            case .array(let values): .array(values.map(TOMLValue.init))
            case .string(let text): .string(text.string)
            case .integer(let value): .integer(value)
            case .number(let value): .number(value)
            case .boolean(let value): .boolean(value)
            case .date: .date
            }
        place = Place(node.place)
    }

    /// The value of a key; `nil` if there is none or this is no table.
    func value(for key: UTF8Text) -> TOMLValue? {
        guard case .table(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// What stands there, for a message.
    var seen: String {
        switch content {
        case .string(let text), .override(let text): Shown.text(text)
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .table, .array, .date: kind
        }
    }

    /// The type of what stands there, for a message about something that must not be shown.
    var kind: String {
        switch content {
        case .table: "a table"
        case .array: "a list"
        case .string, .override: "text"
        case .integer: "an integer"
        case .number: "a number with a fraction"
        case .boolean: "a boolean"
        case .date: "a date or time"
        }
    }
}

/// Where a value comes from.
enum Place: Hashable {
    /// A line and column of the file, counted from 1.
    case file(line: Int, column: Int)
    /// An environment variable.
    case environment(String)
    /// The file as a whole.
    case nowhere

    init(_ place: TOMLNode.Place) { self = .file(line: place.line, column: place.column) }

    var line: Int? {
        if case .file(let line, _) = self, line > 0 { line } else { nil }
    }
}
