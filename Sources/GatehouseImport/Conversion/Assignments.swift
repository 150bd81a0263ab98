internal import GatehouseCore

/// Lines of `NAME=value`, as a shell or a container engine reads them.
struct Assignments {
    struct Assignment {
        let name: String
        let value: String
        let line: Int
    }

    private(set) var all: [Assignment] = []

    /// - Throws: `ImportError.malformed` for a line that is none.
    init(_ octets: [UInt8]) throws(ImportError) {
        for (index, line) in octets.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw .malformed(line: index + 1, reason: "is no UTF-8")
            }
            var rest = Assignments.trimmed(text.utf8)
            if rest.isEmpty || rest.first == UInt8(ascii: "#") { continue }
            if rest.starts(with: "export ".utf8) { rest = Assignments.trimmed(rest.dropFirst(7)) }
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")), equals > rest.startIndex,
                rest[..<equals].allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 0x5F })
            else { throw .malformed(line: index + 1, reason: "must be NAME=value") }
            var value = Assignments.trimmed(rest[rest.index(after: equals)...])
            if let quote = value.first, quote == 0x22 || quote == 0x27, value.count > 1, value.last == quote {
                value = value.dropFirst().dropLast()
            }
            let name = String(decoding: Array(rest[..<equals]), as: UTF8.self)
            all.append(Assignment(name: name, value: String(decoding: Array(value), as: UTF8.self), line: index + 1))
        }
    }

    static func trimmed<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence
    where Bytes.SubSequence == Bytes.SubSequence.SubSequence, Bytes.SubSequence: BidirectionalCollection {
        var rest = bytes[...]
        while let first = rest.first, first <= 0x20 { rest = rest.dropFirst() }
        while let last = rest.last, last <= 0x20 { rest = rest.dropLast() }
        return rest
    }

    /// The parts of a list with commas between them.
    static func list(_ text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: ",")).map { String(decoding: Array(trimmed($0)), as: UTF8.self) }
            .filter { !$0.isEmpty }
    }
}
