/// Cuts a text into records of comma-separated fields (RFC 4180) without holding more than one of them.
///
/// It is asked for one record after another, and asks for the octets itself.
package struct CSVReader {
    package enum Record: Equatable {
        /// The line is the one that the record begins in.
        case fields([[UInt8]], line: Int)
        case bad(line: Int, reason: String)
        /// A quote that is not closed: nobody knows which lines it swallows, and nothing follows.
        case unclosed(line: Int, reason: String)
    }

    /// The most octets of a record, its commas and quotes included.
    package static let maxRecordLength = 65_536

    private enum State { case fieldStart, plain, quoted, quoteSeen }

    private var chunk: [UInt8] = []
    private var position = 0
    private var line = 1

    package init() {}

    /// The next record; `nil` at the end.
    ///
    /// Lines end with LF or CRLF; empty ones are passed over.
    ///
    /// - Parameter more: the next piece of the text, of any size; an empty one is the end.
    /// - Returns: the record.
    /// - Throws: what `more` throws.
    package mutating func next<Fault: Error>(_ more: () throws(Fault) -> [UInt8]) throws(Fault) -> Record? {
        while try peek(more) != nil {
            let record = try record(more)
            if case .fields(let fields, _) = record, fields.count == 1, fields[0].isEmpty { continue }
            return record
        }
        return nil
    }

    private mutating func record<Fault: Error>(_ more: () throws(Fault) -> [UInt8]) throws(Fault) -> Record {
        let start = line
        var quoteLine = line
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        var state = State.fieldStart
        var length = 0
        while let octet = try peek(more) {
            position += 1
            length += 1
            guard length <= CSVReader.maxRecordLength else {
                if state == .quoted { return CSVReader.unclosed(quoteLine, " within 64 KiB") }
                if octet == 0x0A { line += 1 } else { try skipLine(more) }
                return .bad(line: start, reason: "longer than \(CSVReader.maxRecordLength) octets")
            }
            switch (state, octet) {
            case (.quoted, UInt8(ascii: "\"")): state = .quoteSeen
            case (.quoted, _):
                if octet == 0x0A { line += 1 }
                field.append(octet)
            case (.quoteSeen, UInt8(ascii: "\"")):
                field.append(octet)
                state = .quoted
            case (_, 0x0A):
                line += 1
                return .fields(fields + [field], line: start)
            case (_, 0x0D):
                guard let next = try peek(more), next != 0x0A else { continue }
                try skipLine(more)
                return .bad(line: start, reason: "a carriage return stands inside the line")
            case (_, UInt8(ascii: ",")):
                fields.append(field)
                field = []
                state = .fieldStart
            case (.quoteSeen, _):
                try skipLine(more)
                return .bad(line: start, reason: "text follows the closing quote of a field")
            case (.fieldStart, UInt8(ascii: "\"")):
                quoteLine = line
                state = .quoted
            case (_, UInt8(ascii: "\"")):
                try skipLine(more)
                return .bad(line: start, reason: "a quote stands inside a field that does not begin with one")
            default:
                field.append(octet)
                state = .plain
            }
        }
        if state == .quoted { return CSVReader.unclosed(quoteLine, "") }
        return .fields(fields + [field], line: start)
    }

    private static func unclosed(_ line: Int, _ limit: String) -> Record {
        .unclosed(line: line, reason: "the quote that opens in this line is not closed\(limit)")
    }

    /// The octet at hand; `nil` at the end.
    private mutating func peek<Fault: Error>(_ more: () throws(Fault) -> [UInt8]) throws(Fault) -> UInt8? {
        if position == chunk.count {
            chunk = try more()
            position = 0
            if chunk.isEmpty { return nil }
        }
        return chunk[position]
    }

    private mutating func skipLine<Fault: Error>(_ more: () throws(Fault) -> [UInt8]) throws(Fault) {
        while let octet = try peek(more) {
            position += 1
            guard octet != 0x0A else {
                line += 1
                return
            }
        }
    }
}
