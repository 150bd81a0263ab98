internal import GatehouseContracts
internal import NIOCore

/// The bytes of answers.
enum CheckAnswer {
    /// How the connection is spoken to.
    struct Form: Hashable {
        let isHTTP11: Bool
        let keepsAlive: Bool

        /// HTTP/1.1 on a connection that is kept: the form whose answers are worth keeping ready.
        var isUsual: Bool { isHTTP11 && keepsAlive }

        /// The end of the head; HTTP/1.1 keeps a connection without being told.
        var ending: StaticString {
            if !keepsAlive { return "Connection: close\r\n\r\n" }
            return isHTTP11 ? "\r\n" : "Connection: keep-alive\r\n\r\n"
        }
    }

    /// Completes a head (all header lines but `Connection`, without the empty line) and puts the body behind it.
    static func bytes(_ head: [UInt8], _ form: Form, body: [UInt8] = []) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: head.count + body.count + 28)
        bytes.writeBytes(head)
        bytes.writeStaticString(form.ending)
        if !body.isEmpty { bytes.writeBytes(body) }
        return bytes
    }

    /// An answer of the usual form that was made before with no cookies to pass on, now with some.
    static func bytes(ready bytes: ByteBuffer, passing cookies: [UInt8], as form: PassedCookies) -> ByteBuffer {
        let lines = form.lines(cookies)
        let kept = max(0, bytes.readableBytes - form.linesOfNone.count - 2)
        var copy = ByteBufferAllocator().buffer(capacity: kept + lines.count + 2)
        copy.writeBytes(bytes.readableBytesView.prefix(kept))
        copy.writeBytes(lines)
        copy.writeStaticString("\r\n")
        return copy
    }
}

/// Answers without identity, encoded when they are needed for the first time.
struct ReadyAnswers {
    private var usual: [Int: ByteBuffer] = [:]

    mutating func plain(_ reply: CheckReply, _ form: CheckAnswer.Form, body: [UInt8] = []) -> ByteBuffer {
        let isKept = form.isUsual && reply.location == nil && reply.page == .none
        if isKept, let bytes = usual[reply.status] { return bytes }
        let answer = CheckAnswer.bytes(reply.head(identityLines: [], body: body), form, body: body)
        if isKept { usual[reply.status] = answer }
        return answer
    }
}
