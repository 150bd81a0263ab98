package import NIOCore

/// How long a client may take over a request.
package struct RequestTimes: Sendable {
    /// From the first octet to the empty line after the headers.
    let head: TimeAmount
    /// From there to the end of the body.
    let body: TimeAmount
    /// From there to the first octet of the answer: the work itself.
    let answer: TimeAmount
    /// For taking the octets of an answer, each piece of it.
    let send: TimeAmount
    /// Without any request.
    let idle: TimeAmount

    package init(
        head: TimeAmount = .seconds(5), body: TimeAmount = .seconds(5), answer: TimeAmount = .seconds(20),
        send: TimeAmount = .seconds(10), idle: TimeAmount = .seconds(75)
    ) {
        self.head = head
        self.body = body
        self.answer = answer
        self.send = send
        self.idle = idle
    }

    /// The usual times, for work that waits for others for so long: nothing cuts off an answer before that.
    package init(waitingForOthers wait: Duration) {
        let answer = RequestTimes().answer + TimeAmount(wait)
        self.init(answer: answer, idle: max(RequestTimes().idle, answer + .seconds(5)))
    }
}
