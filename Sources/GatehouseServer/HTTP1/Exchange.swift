internal import GatehouseCore

/// How one request wants to be answered.
struct Exchange: Equatable {
    let form: CheckAnswer.Form
    /// Whether the answer goes without its body: the proxy said `HEAD`.
    let isHead: Bool

    init(form: CheckAnswer.Form, isHead: Bool) {
        self.form = form
        self.isHead = isHead
    }

    /// The same as the last one of its connection.
    var ending: Exchange {
        Exchange(form: CheckAnswer.Form(isHTTP11: form.isHTTP11, keepsAlive: false), isHead: isHead)
    }

    /// A body is never read: where one is announced, the connection ends with the answer.
    init(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        self.init(
            form: CheckAnswer.Form(isHTTP11: head.isHTTP11, keepsAlive: head.wantsKeepAlive && !head.announcesBody),
            isHead: head.withText(at: head.method, in: bytes) { $0.equals("HEAD") })
    }
}
