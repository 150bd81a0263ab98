private import CHiredis

/// Puts a reply together while hiredis' reader goes through it; hiredis' own reply objects are never made.
final class ReplyBuilder {
    private struct OpenArray {
        let count: Int
        var elements: [RedisReply]
    }

    /// The reply, once it is complete.
    private var finished: RedisReply?
    private var open: [OpenArray] = []
    private var size = 0

    /// Hands the complete reply over and is ready for the next one.
    func takeReply() -> RedisReply? {
        let reply = finished
        finished = nil
        size = 0
        return reply
    }

    func add(_ value: RedisReply, size valueSize: Int) -> Bool {
        guard charge(valueSize) else { return false }
        append(value)
        return true
    }

    /// Opens an array. Nothing is reserved for it: its length is only the server's word.
    func openArray(count: Int) -> Bool {
        guard count >= 0, count <= ReplyLimits.arrayElements, charge(0) else { return false }
        if count == 0 {
            append(.array([]))
        } else {
            open.append(OpenArray(count: count, elements: []))
        }
        return true
    }

    private func charge(_ bytes: Int) -> Bool {
        size = size &+ bytes &+ 32
        return bytes >= 0 && bytes <= ReplyLimits.bulkBytes && size <= ReplyLimits.replyBytes
    }

    private func append(_ value: RedisReply) {
        var value = value
        while var array = open.popLast() {
            array.elements.append(value)
            guard array.elements.count == array.count else {
                open.append(array)
                return
            }
            value = .array(array.elements)
        }
        finished = value
    }
}

extension ReplyBuilder {
    /// The callbacks of hiredis' reader, which find their builder in the reader's `privdata`.
    ///
    /// What they return stands for the value: the builder's own address, or `nil`, which ends the parsing with an error.
    static var callbacks: redisReplyObjectFunctions {
        unsafe redisReplyObjectFunctions(
            createString: { task, text, length in
                unsafe ReplyBuilder.adding(task) { builder in
                    let line = unsafe UnsafeBufferPointer(start: text, count: length).span
                    let bytes = unsafe UnsafeRawBufferPointer(start: text, count: length)
                    switch unsafe task?.pointee.type {
                    case REDIS_REPLY_STRING: return builder.add(.bulk(unsafe Array(bytes)), size: length)
                    case REDIS_REPLY_ERROR: return builder.add(.error(RedisErrorCode(line: line)), size: length)
                    default: return builder.add(line.count == 2 && line[0] == 79 && line[1] == 75 ? .ok : .status, size: length)
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
