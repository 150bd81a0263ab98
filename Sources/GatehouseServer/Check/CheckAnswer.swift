internal import GatehouseContracts
internal import NIOCore

/// The bytes of an answer and what becomes of the connection after it.
struct CheckAnswer {
    /// How the connection is spoken to.
    struct Form: Hashable {
        let isHTTP11: Bool
        let keepsAlive: Bool

        /// The end of the head; HTTP/1.1 keeps a connection without being told.
        var ending: StaticString {
            if !keepsAlive { return "Connection: close\r\n\r\n" }
            return isHTTP11 ? "\r\n" : "Connection: keep-alive\r\n\r\n"
        }
    }

    var bytes: ByteBuffer
    let keepsAlive: Bool

    /// - Parameters:
    ///   - head: all header lines but `Connection`, without the empty line.
    ///   - body: what follows the empty line.
    init(_ head: ByteBuffer, _ form: Form, body: [UInt8] = []) {
        bytes = head
        bytes.writeStaticString(form.ending)
        if !body.isEmpty { bytes.writeBytes(body) }
        keepsAlive = form.keepsAlive
    }
}

/// Answers without identity, encoded when they are needed for the first time.
final class ReadyAnswers {
    private var heads: [Int: ByteBuffer] = [:]

    func plain(_ reply: CheckReply, _ form: CheckAnswer.Form, body: [UInt8] = []) -> CheckAnswer {
        guard reply.location == nil, reply.page == .none else {
            return CheckAnswer(ByteBuffer(bytes: reply.head(identityLines: [], body: body)), form, body: body)
        }
        if let head = heads[reply.status] { return CheckAnswer(head, form) }
        let head = ByteBuffer(bytes: reply.head(identityLines: [], body: []))
        heads[reply.status] = head
        return CheckAnswer(head, form)
    }
}
