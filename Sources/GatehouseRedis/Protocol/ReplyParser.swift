private import CHiredis
internal import NIOCore

/// hiredis' reader, fed from a channel, with the limits that it lacks itself.
///
/// Memory is bounded by `ReplyLimits`, whatever the server announces. After a fault it must not be used again.
@safe struct ReplyParser: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>
    private let callbacks: UnsafeMutablePointer<redisReplyObjectFunctions>
    /// Kept here because the reader holds its bare address.
    private let builder: ReplyBuilder

    /// The reader moves what is left of its buffer after every reply: small pieces keep that cheap.
    private static let piece = 8_192

    init() throws(ReplyFault) {
        let callbacks = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        unsafe callbacks.initialize(to: ReplyBuilder.callbacks)
        guard let reader = unsafe redisReaderCreateWithFunctions(callbacks) else {
            unsafe callbacks.deallocate()
            throw .outOfMemory
        }
        builder = ReplyBuilder()
        unsafe reader.pointee.privdata = unsafe Unmanaged.passUnretained(builder).toOpaque()
        unsafe self.reader = reader
        unsafe self.callbacks = callbacks
    }

    deinit {
        unsafe redisReaderFree(reader)
        unsafe callbacks.deallocate()
    }

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
        var object: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &object) == REDIS_OK else { throw .malformed }
        if unsafe object != nil, let reply = builder.takeReply() { return reply }
        let pending = unsafe reader.pointee.len &- reader.pointee.pos
        guard pending <= ReplyLimits.pendingBytes,
            unsafe gatehouse_reader_awaits_longer_bulk(reader, ReplyLimits.bulkBytes) == 0
        else { throw .malformed }
        return nil
    }

    private mutating func feed(_ buffer: inout ByteBuffer) throws(ReplyFault) {
        let isFed = unsafe buffer.readWithUnsafeReadableBytes { bytes in
            let count = min(bytes.count, ReplyParser.piece)
            let result = unsafe redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, count)
            return (count, result == REDIS_OK)
        }
        guard isFed else { throw .outOfMemory }
    }
}

extension ReplyBuilder {
    /// The callbacks of hiredis' reader, which find their builder in the reader's `privdata`.
    ///
    /// What they return stands for the value: the builder's own address, or `nil`, which ends the parsing with an error.
    fileprivate static var callbacks: redisReplyObjectFunctions {
        unsafe redisReplyObjectFunctions(
            createString: { task, text, length in
                unsafe ReplyBuilder.adding(task) { builder in
                    let bytes = unsafe UnsafeRawBufferPointer(start: text, count: length)
                    let line = unsafe bytes.bindMemory(to: UInt8.self).span
                    switch unsafe task?.pointee.type {
                    case REDIS_REPLY_STRING: return builder.add(.bulk(unsafe Array(bytes)), size: length)
                    case REDIS_REPLY_ERROR: return builder.add(.error(RedisErrorCode(line: line)), size: length)
                    default:
                        return builder.add(
                            line.count == 2 && line[0] == 79 && line[1] == 75 ? .ok : .status, size: length)
                    }
                }
            },
            createArray: { task, count in unsafe ReplyBuilder.adding(task) { $0.openArray(count: Int(count)) } },
            createInteger: { task, value in unsafe ReplyBuilder.adding(task) { $0.add(.integer(value), size: 0) } },
            createNil: { task in unsafe ReplyBuilder.adding(task) { $0.add(.null, size: 0) } },
            freeObject: { _ in })
    }

    private static func adding(
        _ task: UnsafePointer<redisReadTask>?, _ body: (ReplyBuilder) -> Bool
    ) -> UnsafeMutableRawPointer? {
        guard let address = unsafe task?.pointee.privdata else { return nil }
        let builder = unsafe Unmanaged<ReplyBuilder>.fromOpaque(address).takeUnretainedValue()
        return body(builder) ? unsafe address : nil
    }
}
