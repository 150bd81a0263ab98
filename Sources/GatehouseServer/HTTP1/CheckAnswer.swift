internal import GatehouseContracts
internal import NIOCore

/// The bytes of an answer and what becomes of the connection after it.
struct CheckAnswer {
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

    let bytes: ByteBuffer
    let keepsAlive: Bool

    /// Completes a head (all header lines but `Connection`, without the empty line) and puts the body behind it.
    init(_ head: [UInt8], _ form: Form, body: [UInt8] = []) {
        var bytes = ByteBufferAllocator().buffer(capacity: head.count + body.count + 28)
        bytes.writeBytes(head)
        bytes.writeStaticString(form.ending)
        if !body.isEmpty { bytes.writeBytes(body) }
        self.bytes = bytes
        keepsAlive = form.keepsAlive
    }

    /// An answer of the usual form that was made before with no cookies to pass on, now with some.
    init(ready bytes: ByteBuffer, cookies: [UInt8]) {
        let lines = CheckReply.cookieLines(cookies)
        let kept = max(0, bytes.readableBytes - CheckReply.noCookieLines.count - 2)
        var copy = ByteBufferAllocator().buffer(capacity: kept + lines.count + 2)
        copy.writeBytes(bytes.readableBytesView.prefix(kept))
        copy.writeBytes(lines)
        copy.writeStaticString("\r\n")
        self.bytes = copy
        keepsAlive = true
    }

    /// An answer of the usual form that was made before.
    init(ready bytes: ByteBuffer) {
        self.bytes = bytes
        keepsAlive = true
    }
}

/// Answers without identity, encoded when they are needed for the first time.
final class ReadyAnswers {
    private var usual: [Int: ByteBuffer] = [:]

    func plain(_ reply: CheckReply, _ form: CheckAnswer.Form, body: [UInt8] = []) -> CheckAnswer {
        let isKept = form.isUsual && reply.location == nil && reply.page == .none
        if isKept, let bytes = usual[reply.status] { return CheckAnswer(ready: bytes) }
        let answer = CheckAnswer(reply.head(identityLines: [], body: body), form, body: body)
        if isKept { usual[reply.status] = answer.bytes }
        return answer
    }
}
