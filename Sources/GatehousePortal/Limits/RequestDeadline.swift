internal import NIOCore

/// How long a client may take over a request.
package struct RequestTimes: Sendable {
    /// From the first octet to the empty line after the headers.
    let head: TimeAmount
    /// From there to the first octet of the answer: the body, and the work itself.
    let answer: TimeAmount
    /// Without any request.
    let idle: TimeAmount

    package init() {
        self.init(head: .seconds(5), answer: .seconds(20), idle: .seconds(75))
    }

    init(head: TimeAmount, answer: TimeAmount, idle: TimeAmount) {
        self.head = head
        self.answer = answer
        self.idle = idle
    }
}

/// Puts a `RequestDeadline` in front of everything else in a connection's pipeline.
final class RequestDeadlineInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let times: RequestTimes

    init(times: RequestTimes) { self.times = times }

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            try context.pipeline.syncOperations.addHandler(RequestDeadline(times: times), position: .first)
        } catch {
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.fireChannelRead(data) }
}

/// Closes connections whose requests arrive too slowly.
///
/// Looks at octets only: a request starts with the first octet after an answer, its head ends with the first empty
/// line.
final class RequestDeadline: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = NIOAny

    private enum State {
        case idle
        /// How many octets of the empty line have been seen.
        case head(lineEnds: Int)
        case answer
    }

    private let times: RequestTimes
    private var state = State.idle
    private var timer: Scheduled<Void>?

    init(times: RequestTimes) { self.times = times }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .idle = state {
            state = .head(lineEnds: 0)
            start(times.head, context)
        }
        if case .head(let seen) = state {
            let count = RequestDeadline.lineEnds(in: unwrapInboundIn(data).readableBytesView, after: seen)
            if count == 2 {
                state = .answer
                start(times.answer, context)
            } else {
                state = .head(lineEnds: count)
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        timer?.cancel()
        timer = nil
        state = .idle
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    private func start(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timer?.cancel()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    /// Line ends in a row with nothing but CR between them; stops at two.
    private static func lineEnds(in octets: ByteBufferView, after seen: Int) -> Int {
        var count = seen
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\n"): count += 1
            case UInt8(ascii: "\r"): break
            default: count = 0
            }
            if count == 2 { break }
        }
        return count
    }
}
