internal import GatehouseContracts
internal import GatehouseCore
private import Glibc
internal import NIOCore

/// Carries out on a channel what `HTTP1Connection` says.
final class HTTP1Handler<Reader: RecordReader>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let responder: CheckResponder<Reader>
    private let connections: HTTP1Connections<Reader>
    private var connection: HTTP1Connection
    private var context: ChannelHandlerContext?
    private var peer: IPAddress?
    /// What was found for the peer; `nil` until it is known.
    private(set) var place: HTTP1Place?

    init(responder: CheckResponder<Reader>, connections: HTTP1Connections<Reader>) {
        self.responder = responder
        self.connections = connections
        connection = HTTP1Connection(tick: connections.tick)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connections.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connections.remove(self)
    }

    // MARK: - The peer

    func channelActive(context: ChannelHandlerContext) {
        let place = connections.admit(isTrusted: isPeerTrusted(context))
        self.place = place
        let opening = connection.open(place)
        context.fireChannelActive()
        switch opening {
        case .serve: break
        case .refuse(let refusal): refuse(context, refusal)
        case .close: context.close(promise: nil)
        }
    }

    private func isPeerTrusted(_ context: ChannelHandlerContext) -> Bool {
        switch context.remoteAddress {
        case .v4(let address)?: peer = HTTP1Handler.ip(address.address)
        case .v6(let address)?: peer = HTTP1Handler.ip(address.address)
        case .unixDomainSocket?: return true
        case nil: return context.localAddress?.pathname != nil
        }
        return peer.map(responder.engine.generation.proxies.contains) ?? false
    }

    private static func ip(_ address: sockaddr_in) -> IPAddress {
        let value = UInt64(UInt32(bigEndian: address.sin_addr.s_addr))
        return IPAddress(high: 0, low: 0xFFFF_0000_0000 | value)
    }

    private static func ip(_ address: sockaddr_in6) -> IPAddress {
        let words = unsafe address.sin6_addr.__in6_u.__u6_addr32
        let high = UInt64(UInt32(bigEndian: words.0)) << 32 | UInt64(UInt32(bigEndian: words.1))
        let low = UInt64(UInt32(bigEndian: words.2)) << 32 | UInt64(UInt32(bigEndian: words.3))
        return IPAddress(high: high, low: low)
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch connection.receive(unwrapInboundIn(data), at: connections.tick) {
        case .proceed: process()
        case .drop: break
        case .close: close(context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        connection.writabilityChanged(to: isWritable)
        if isWritable {
            process()
            context.flush()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Answers head after head until one has to wait, more bytes are needed, or the peer does not take the answers.
    private func process() {
        while let context {
            switch connection.next(at: connections.tick) {
            case .wait: return
            case .refuse(let refusal): return refuse(context, refusal)
            case .ask(let request):
                ask(request)
                connection.asked()
            }
        }
    }

    private func ask(_ request: HTTP1Connection.Request) {
        do throws(NoCheck) {
            let octets = request.octets.readableBytesUInt8Span
            let check = try responder.read(request.head, octets, peer: peer)
            let span = responder.span(of: check, request.head, octets)
            responder.engine.judge(check, span: span) { self.finish($0) }
        } catch {
            finish(error)
        }
    }

    // MARK: - Answers

    private func finish(_ verdict: Verdict) {
        guard let context, case .write(let exchange, let next) = answered() else { return }
        write(responder.answer(verdict, exchange), context, then: next)
    }

    private func finish(_ refusal: NoCheck) {
        guard let context, case .write(let exchange, let next) = answered() else { return }
        write(responder.answer(refusal, exchange.form), context, then: next)
    }

    /// Once the daemon is being stopped, every answer is the last one of its connection.
    private func answered() -> HTTP1Connection.Delivery {
        connection.answered(at: connections.tick, isLast: connections.isStopping)
    }

    private func write(_ answer: ByteBuffer, _ context: ChannelHandlerContext, then next: HTTP1Connection.Continuation)
    {
        context.write(wrapOutboundOut(answer), promise: nil)
        switch next {
        case .goOn: break
        case .resume:
            process()
            context.flush()
        case .close: close(context)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ refusal: HTTP1Connection.Refusal) {
        let answer = responder.refusal(refusal, of: peer, now: connections.now)
        context.write(wrapOutboundOut(answer), promise: nil)
        close(context)
    }

    /// Ends our direction; the peer ends its own.
    private func close(_ context: ChannelHandlerContext) {
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    /// Ends the connection if nothing is under way: nothing new is taken any more.
    func leave() {
        guard let context, connection.leave() else { return }
        close(context)
    }

    /// Closes the connection: the daemon stops.
    func stop() { context?.close(promise: nil) }

    /// Called once a second.
    func sweep(tick: UInt32) {
        if connection.isTooSlow(at: tick) { context?.close(promise: nil) }
    }
}
