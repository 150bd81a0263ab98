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
