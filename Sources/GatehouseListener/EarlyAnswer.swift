internal import NIOCore
internal import NIOHTTP1

/// Ends a connection after an answer that went out before its request was there as a whole.
///
/// What is left of such a request may never come, or may not be what it was announced as: whatever follows cannot be told
/// from a next request. The answer says `Connection: close`, nothing more is written, and what still comes is dropped for a
/// while before the connection is closed, so that the answer is not lost on its way (RFC 9112, section 9.6). Every answer is
/// the last one of its connection once the daemon is being stopped.
///
/// Stands right behind the parser, and tells the guard where requests and answers begin and end.
final class EarlyAnswer: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connection: ConnectionGuard
    private let stop: StopNotice
    /// How long octets are dropped after the answer.
    private let patience: TimeAmount
    /// Requests of this connection that are there as a whole, and answers that have begun.
    private var requests = 0
    private var answers = 0
    private var state = State.open
    private var timer: Scheduled<Void>?

    private enum State {
        case open
        /// The last answer is being written.
        case ending
        case ended
    }

    init(connection: ConnectionGuard, stop: StopNotice, patience: TimeAmount = .seconds(2)) {
        self.connection = connection
        self.stop = stop
        self.patience = patience
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ended = state { return }
        switch unwrapInboundIn(data) {
        case .head: connection.requestBegan()
        case .body: break
        case .end:
            requests += 1
            connection.requestEnded()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The rest of a request that was answered already: no second answer to it.
        if case .ended = state { return }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .ended = state {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            // A provisional answer is none yet.
            guard head.status.code >= 200 else { return context.write(data, promise: promise) }
            answers += 1
            connection.answerBegan()
            guard answers > requests || stop.isGiven else { return context.write(data, promise: promise) }
            state = .ending
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            connection.answerEnded()
            guard case .ending = state else { return context.write(data, promise: promise) }
            state = .ended
            context.writeAndFlush(data, promise: promise)
            context.close(mode: .output, promise: nil)
            let channel = context.channel
            timer = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The server ends its side once more when it has written all.
        if case .ended = state, case .output = mode {
            promise?.succeed(())
            return
        }
        context.close(mode: mode, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .ended = state, case ChannelEvent.inputClosed? = event as? ChannelEvent {
            return context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }
}
