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

    /// Opens an array.
    ///
    /// Nothing is reserved for it: its length is only the server's word.
    func openArray(count: Int) -> Bool {
        guard count >= 0, count <= ReplyLimits.arrayElements, open.count < ReplyLimits.nesting, charge(0) else {
            return false
        }
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
