internal import GatehouseCore
internal import NIOCore

/// Stands in front of everything else on a connection: admits it, and closes it when its client is too slow, in sending a
/// request or in taking the answer.
///
/// Sees octets; `EarlyAnswer`, behind the parser, tells it where requests and answers begin and end.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = NIOAny
    typealias OutboundOut = ByteBuffer

    private enum State {
        case idle
        case head
        case body
        case answer
        /// There was no room.
        case turnedAway
    }

    private let times: RequestTimes
    private let places: ConnectionPlaces
    private let proxies: TrustedProxies
    private var state = State.idle
    /// Requests whose answer has not been written, and whether the last of them is there as a whole.
    private var open = 0
    private var isLastWhole = true
    /// Writes that the system has not taken.
    private var waitingWrites = 0
    private var timer: Scheduled<Void>?
    private var sendTimer: Scheduled<Void>?
    private var channel: (any Channel)?

    private var id: ObjectIdentifier { ObjectIdentifier(self) }

    init(times: RequestTimes, places: ConnectionPlaces, proxies: TrustedProxies) {
        self.times = times
        self.places = places
        self.proxies = proxies
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        self.channel = channel
        let isAdmitted = places.admit(
            id, peer(of: context), now: .now(), close: { channel.close(promise: nil) },
            quiesce: { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) })
        guard isAdmitted else { return turnAway(context) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .turnedAway: return
        case .idle: enter(.head)
        case .head, .body, .answer: break
        }
        context.fireChannelRead(data)
    }

    /// The parser found a head.
    func requestBegan() {
        open += 1
        isLastWhole = false
        enter(.body)
    }

    /// The parser found the end of a request.
    func requestEnded() {
        isLastWhole = true
        if open > 0 { enter(.answer) }
    }

    /// An answer begins: the client waits for us no longer.
    func answerBegan() { stop(&timer) }

    /// An answer was written as a whole.
    func answerEnded() {
        open = max(open - 1, 0)
        enter(open > 0 && !isLastWhole ? .body : open > 0 ? .answer : .idle)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise()
        waitingWrites += 1
        if waitingWrites == 1 { start(&sendTimer, times.send) }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in bound.value.written() }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop(&timer)
        stop(&sendTimer)
        places.remove(id)
        channel = nil
        context.fireChannelInactive()
    }

    // MARK: - Admission

    private func peer(of context: ChannelHandlerContext) -> ConnectionPlaces.Peer {
        if case .unixDomainSocket? = context.localAddress { return .trusted(nil) }
        let address = context.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        guard let address, !proxies.contains(address) else { return address.map { .trusted($0) } ?? .stranger(nil) }
        // A customer has 64 bits of IPv6 addresses.
        return .stranger(address.isV4 ? address : IPAddress(high: address.high, low: 0))
    }

    private func turnAway(_ context: ChannelHandlerContext) {
        state = .turnedAway
        guard places.beginFarewell() else { return context.close(promise: nil) }
        let (places, channel) = (NIOLoopBound(places, eventLoop: context.eventLoop), context.channel)
        channel.closeFuture.whenComplete { _ in places.value.endFarewell() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: ConnectionGuard.farewell)), promise: nil)
        context.close(mode: .output, promise: nil)
        // Octets that are on their way would turn an immediate end into a reset, and the answer would be lost.
        timer = context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    private static let farewell = {
        let text = "Too many connections are open. Try again in a few seconds.\n"
        return """
            HTTP/1.1 503 Service Unavailable\r
            Content-Type: text/plain; charset=utf-8\r
            Content-Length: \(text.utf8.count)\r
            Cache-Control: no-store\r
            Retry-After: 5\r
            Connection: close\r
            \r
            \(text)
            """
    }()

    // MARK: - Time

    private func enter(_ state: State) {
        if case .turnedAway = self.state { return }
        self.state = state
        switch state {
        case .idle:
            stop(&timer)
            places.rest(id, now: .now())
        case .head:
            places.begin(id)
            start(&timer, times.head)
        case .body: start(&timer, times.body)
        case .answer: start(&timer, times.answer)
        case .turnedAway: break
        }
    }

    private func written() {
        waitingWrites -= 1
        if waitingWrites > 0 { start(&sendTimer, times.send) } else { stop(&sendTimer) }
    }

    private func start(_ timer: inout Scheduled<Void>?, _ time: TimeAmount) {
        timer?.cancel()
        guard let channel else { return }
        timer = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    private func stop(_ timer: inout Scheduled<Void>?) {
        timer?.cancel()
        timer = nil
    }
}
