private import CHiredis
internal import NIOCore

/// hiredis' reader, fed from a channel, with the limits that it lacks itself.
///
/// Memory is bounded by `ReplyLimits`, whatever the server announces. After a fault it must not be used again.
@safe struct ReplyParser: ~Copyable {
    private let reader: OpaquePointer
    /// Kept here because the reader holds its bare address.
    private let builder: ReplyBuilder

    /// The reader moves what is left of its buffer after every reply: small pieces keep that cheap.
    private static let piece = 8_192

    init() throws(ReplyFault) {
        let builder = ReplyBuilder()
        var handlers = ReplyBuilder.handlers
        let context = unsafe Unmanaged.passUnretained(builder).toOpaque()
        guard let reader = unsafe gatehouse_reader_create(&handlers, context) else { throw .outOfMemory }
        self.builder = builder
        unsafe self.reader = reader
    }

    deinit { unsafe gatehouse_reader_free(reader) }

    /// The next complete reply; takes octets from the buffer as needed.
    ///
    /// - Returns: `nil` if the buffer is used up before a reply is complete.
    mutating func next(from buffer: inout ByteBuffer) throws(ReplyFault) -> RedisReply? {
        while true {
            if let reply = try parsed() { return reply }
            guard buffer.readableBytes > 0 else { return nil }
            try feed(&buffer)
        }
    }

    private mutating func parsed() throws(ReplyFault) -> RedisReply? {
        let outcome = unsafe gatehouse_reader_next(reader, ReplyLimits.bulkBytes)
        guard outcome >= 0 else { throw .malformed }
        guard outcome > 0 else { return nil }
        guard let reply = builder.takeReply() else { throw .malformed }
        return reply
    }

    private mutating func feed(_ buffer: inout ByteBuffer) throws(ReplyFault) {
        let isFed = unsafe buffer.readWithUnsafeReadableBytes { bytes in
            let count = min(bytes.count, ReplyParser.piece)
            let start = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            return (count, unsafe gatehouse_reader_feed(reader, start, count))
        }
        guard isFed else { throw .outOfMemory }
    }
}

extension ReplyBuilder {
    /// What the reader calls, with the builder as its context.
    fileprivate static var handlers: gatehouse_reply_handlers {
        unsafe gatehouse_reply_handlers(
            text: { context, kind, octets, length in
                guard let context = unsafe context else { return false }
                let bytes = unsafe UnsafeRawBufferPointer(start: octets, count: length)
                return unsafe ReplyBuilder.builder(context).addText(Int(kind), bytes)
            },
            array: { context, count in
                guard let context = unsafe context else { return false }
                return unsafe ReplyBuilder.builder(context).openArray(count: Int(clamping: count))
            },
            integer: { context, value in
                guard let context = unsafe context else { return false }
                return unsafe ReplyBuilder.builder(context).add(.integer(value), size: 0)
            },
            null: { context in
                guard let context = unsafe context else { return false }
                return unsafe ReplyBuilder.builder(context).add(.null, size: 0)
            })
    }

    private static func builder(_ context: UnsafeMutableRawPointer) -> ReplyBuilder {
        unsafe Unmanaged<ReplyBuilder>.fromOpaque(context).takeUnretainedValue()
    }

    private func addText(_ kind: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let line = unsafe bytes.bindMemory(to: UInt8.self).span
        switch kind {
        case GATEHOUSE_REPLY_BULK: return add(.bulk(unsafe Array(bytes)), size: bytes.count)
        case GATEHOUSE_REPLY_ERROR: return add(.error(RedisErrorCode(line: line)), size: bytes.count)
        default:
            return add(line.count == 2 && line[0] == 79 && line[1] == 75 ? .ok : .status, size: bytes.count)
        }
    }
}
