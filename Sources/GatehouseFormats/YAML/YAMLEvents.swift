private import CYAML

/// What a YAML parser comes upon.
package enum YAMLEvent: Equatable {
    case scalar(YAMLScalar)
    case mappingStart(line: Int)
    case mappingEnd
    case sequenceStart(line: Int)
    case sequenceEnd
    /// The end of the only document.
    case end
}

/// A text in a YAML file.
package struct YAMLScalar: Equatable {
    package let bytes: [UInt8]
    /// Without quotes: `true` may be a flag, `~` nothing.
    package let isPlain: Bool
    package let line: Int

    package init(bytes: [UInt8], isPlain: Bool, line: Int) {
        self.bytes = bytes
        self.isPlain = isPlain
        self.line = line
    }

    /// Whether it stands for nothing at all.
    package var isNull: Bool {
        guard isPlain else { return false }
        return [[], Array("~".utf8), Array("null".utf8), Array("Null".utf8), Array("NULL".utf8)].contains(bytes)
    }
}

/// Why a text is no YAML that is read here.
package enum YAMLFault: Error, Equatable, CustomStringConvertible {
    case malformed(line: Int, reason: String)
    /// The system gives no memory.
    case noMemory

    package var description: String {
        switch self {
        case .malformed(let line, let reason): "line \(line): \(reason)"
        case .noMemory: "no memory for the YAML parser"
        }
    }
}

/// Reads a YAML text event by event; owns libyaml's parser and the text.
///
/// Aliases, tags, a second document and deep nesting are refused: no such file needs them, and they are how a small file
/// becomes a large one.
@safe package final class YAMLEvents {
    /// How deep lists and mappings may nest; files of people have four levels.
    package static let maxDepth = 16

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private var depth = 0
    private var hasDocument = false

    /// Takes a whole text.
    package init(_ bytes: [UInt8]) throws(YAMLFault) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw .noMemory
        }
        unsafe text = .allocate(capacity: bytes.count)
        _ = unsafe text.initialize(fromContentsOf: bytes)
        unsafe self.parser = parser
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event; `.end` again and again at the end.
    package func next() throws(YAMLFault) -> YAMLEvent {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
            defer { unsafe yaml_event_delete(&event) }
            let line = unsafe Int(clamping: event.start_mark.line) &+ 1
            switch unsafe event.type {
            case YAML_DOCUMENT_START_EVENT:
                guard !hasDocument else { throw .malformed(line: line, reason: "a second document begins here") }
                hasDocument = true
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: break
            case YAML_SCALAR_EVENT:
                let scalar = unsafe event.data.scalar
                guard unsafe scalar.tag == nil else { throw YAMLEvents.tag(line) }
                let bytes = unsafe Array(UnsafeBufferPointer(start: scalar.value, count: scalar.length))
                let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
                return .scalar(YAMLScalar(bytes: bytes, isPlain: isPlain, line: line))
            case YAML_MAPPING_START_EVENT:
                guard unsafe event.data.mapping_start.tag == nil else { throw YAMLEvents.tag(line) }
                try descend(line)
                return .mappingStart(line: line)
            case YAML_SEQUENCE_START_EVENT:
                guard unsafe event.data.sequence_start.tag == nil else { throw YAMLEvents.tag(line) }
                try descend(line)
                return .sequenceStart(line: line)
            case YAML_MAPPING_END_EVENT:
                depth -= 1
                return .mappingEnd
            case YAML_SEQUENCE_END_EVENT:
                depth -= 1
                return .sequenceEnd
            case YAML_ALIAS_EVENT:
                throw .malformed(line: line, reason: "an alias (*name) stands here; write out what it stands for")
            default: return .end
            }
        }
    }

    /// Passes over one value, whose first event is given.
    package func skip(_ first: YAMLEvent) throws(YAMLFault) {
        var open = 0
        var event = first
        while true {
            switch event {
            case .mappingStart, .sequenceStart: open += 1
            case .mappingEnd, .sequenceEnd: open -= 1
            case .scalar: break
            case .end: return
            }
            guard open > 0 else { return }
            event = try next()
        }
    }

    private func descend(_ line: Int) throws(YAMLFault) {
        depth += 1
        guard depth <= YAMLEvents.maxDepth else {
            throw .malformed(line: line, reason: "nests deeper than \(YAMLEvents.maxDepth) levels")
        }
    }

    private static func tag(_ line: Int) -> YAMLFault {
        .malformed(line: line, reason: "a tag (!name) stands here; write plain text")
    }

    /// Why libyaml stopped; its texts are fixed ones and quote nothing of the file.
    private func failure() -> YAMLFault {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "cannot be read"
        switch unsafe parser.pointee.error {
        case YAML_MEMORY_ERROR: return .noMemory
        case YAML_READER_ERROR:
            let offset = unsafe min(Int(clamping: parser.pointee.problem_offset), text.count)
            let line = unsafe text[..<offset].count { $0 == 0x0A } + 1
            return .malformed(line: line, reason: "no YAML: \(problem)")
        default:
            let line = unsafe Int(clamping: parser.pointee.problem_mark.line) &+ 1
            return .malformed(line: line, reason: "no YAML: \(problem)")
        }
    }
}
