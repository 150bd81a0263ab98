internal import GatehouseFormats

/// A whole YAML document in memory; of a key that stands twice the first one counts.
enum YAMLNode {
    case scalar(YAMLScalar)
    case list([YAMLNode], line: Int)
    case mapping([(key: YAMLScalar, value: YAMLNode)], line: Int)

    /// - Throws: `ImportError.malformed` for what is no YAML, and for aliases, tags and a second document.
    init(_ bytes: [UInt8]) throws(ImportError) {
        let events: YAMLEvents
        do { events = try YAMLEvents(bytes) } catch { throw ImportError(error) }
        self = try YAMLNode(events, try YAMLNode.next(events))
    }

    private static func next(_ events: YAMLEvents) throws(ImportError) -> YAMLEvent {
        do { return try events.next() } catch { throw ImportError(error) }
    }

    private init(_ events: YAMLEvents, _ first: YAMLEvent) throws(ImportError) {
        switch first {
        case .scalar(let scalar): self = .scalar(scalar)
        case .sequenceStart(let line):
            var items: [YAMLNode] = []
            while true {
                let event = try YAMLNode.next(events)
                if event == .sequenceEnd || event == .end { break }
                items.append(try YAMLNode(events, event))
            }
            self = .list(items, line: line)
        case .mappingStart(let line):
            var members: [(key: YAMLScalar, value: YAMLNode)] = []
            loop: while true {
                switch try YAMLNode.next(events) {
                case .scalar(let key): members.append((key, try YAMLNode(events, try YAMLNode.next(events))))
                case .mappingEnd, .end: break loop
                default: throw .malformed(line: line, reason: "a key must be a plain text")
                }
            }
            self = .mapping(members, line: line)
        case .mappingEnd, .sequenceEnd, .end: throw .malformed(line: 1, reason: "the file is empty")
        }
    }

    var line: Int {
        switch self {
        case .scalar(let scalar): scalar.line
        case .list(_, let line), .mapping(_, let line): line
        }
    }

    /// The value of a key; `nil` if there is none, or nothing in it.
    subscript(_ name: String) -> YAMLNode? {
        guard case .mapping(let members, _) = self else { return nil }
        let found = members.first { $0.key.bytes.elementsEqual(name.utf8) }?.value
        if case .scalar(let scalar) = found, scalar.isNull { return nil }
        return found
    }

    /// The value behind several keys.
    subscript(_ first: String, _ second: String) -> YAMLNode? { self[first]?[second] }

    var keys: [(name: String, line: Int)] {
        guard case .mapping(let members, _) = self else { return [] }
        return members.map { (String(decoding: $0.key.bytes, as: UTF8.self), $0.key.line) }
    }

    var items: [YAMLNode] {
        if case .list(let items, _) = self { items } else { [] }
    }

    /// The text of a scalar; `nil` for anything else, and for octets that are no text.
    var text: String? {
        guard case .scalar(let scalar) = self, !scalar.isNull else { return nil }
        return try? TextCheck.text(scalar.bytes, "")
    }

    var flag: Bool? {
        switch text?.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    /// One text or a list of them.
    var texts: [String] { text.map { [$0] } ?? items.compactMap(\.text) }
}
