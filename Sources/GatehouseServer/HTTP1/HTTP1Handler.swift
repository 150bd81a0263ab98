internal import GatehouseContracts
internal import GatehouseCore
private import Glibc
internal import NIOCore

/// One connection of a proxy: finds heads in the bytes, has them answered in order, writes the answers.
final class CheckHandler<Reader: RecordReader>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let engine: CheckEngine<Reader>
    private let connections: CheckConnections<Reader>
    /// Whether there was room for the connection.
    private(set) var isAccepted = false
    private var context: ChannelHandlerContext?
    private var buffer = ByteBuffer()
    private var parser = RequestHeadParser()
    private var peer: IPAddress?
    private(set) var isTrusted = false
    /// Whether an answer is being worked on: the next head waits.
    private var isAnswering = false
    /// Whether the engine is at work further up the stack: an answer that comes then is followed up and flushed there.
    private var isAsking = false
    /// Whether the peer takes answers; asking the channel each time costs more than being told.
    private var isWritable = true
    /// Whether the last answer was written: what still arrives is dropped until the peer closes.
    private var isClosing = false
    private(set) var requests = 0
    /// The tick at which something last happened.
    private var activeTick: UInt32
    /// The tick at which the head that is still incomplete began: octets that drip in do not renew its time.
    private var headTick: UInt32

    /// The most octets kept while an answer is being worked on; a proxy has no reason to send more ahead.
    private static var maxBuffered: Int { 262_144 }

    init(engine: CheckEngine<Reader>, connections: CheckConnections<Reader>) {
        self.engine = engine
        self.connections = connections
        activeTick = connections.tick
        headTick = connections.tick
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connections.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connections.remove(self)
    }

    func channelActive(context: ChannelHandlerContext) {
        switch context.remoteAddress {
        case .v4(let address)?: isTrusted = trust(address.address)
        case .v6(let address)?: isTrusted = trust(address.address)
        case .unixDomainSocket?: isTrusted = true
        case nil: isTrusted = context.localAddress?.pathname != nil
        }
        isAccepted = connections.admit(self)
        context.fireChannelActive()
        guard !isAccepted else { return }
        // Strangers have few places of their own, so that they can neither take the proxies' nor all descriptors; a proxy
        // hears why, at once: who waits for a request to refuse keeps a descriptor as long as the peer likes.
        guard isTrusted, connections.beginFarewell(self) else { return context.close(promise: nil) }
        refusePeer(context)
        context.flush()
    }

    private func trust(_ address: sockaddr_in) -> Bool {
        let value = UInt64(UInt32(bigEndian: address.sin_addr.s_addr))
        peer = IPAddress(high: 0, low: 0xFFFF_0000_0000 | value)
        return isPeerTrusted
    }

    private func trust(_ address: sockaddr_in6) -> Bool {
        let words = unsafe address.sin6_addr.__in6_u.__u6_addr32
        let high = UInt64(UInt32(bigEndian: words.0)) << 32 | UInt64(UInt32(bigEndian: words.1))
        let low = UInt64(UInt32(bigEndian: words.2)) << 32 | UInt64(UInt32(bigEndian: words.3))
        peer = IPAddress(high: high, low: low)
        return isPeerTrusted
    }

    private var isPeerTrusted: Bool { peer.map(engine.generation.proxies.contains) ?? false }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        guard !isClosing else { return }
        activeTick = connections.tick
        if buffer.readableBytes == 0 {
            buffer = incoming
            headTick = activeTick
        } else {
            // What was read before is dropped first: a buffer that never runs empty would grow without end.
            buffer.discardReadBytes()
            buffer.writeBuffer(&incoming)
        }
        guard buffer.readableBytes <= Self.maxBuffered else { return close(context) }
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            process()
            context.flush()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Answers head after head until one has to wait, more bytes are needed, or the peer does not take the answers.
    private func process() {
        while !isAnswering, !isClosing, isWritable, let context, buffer.readableBytes > 0 {
            guard isAccepted, isTrusted else { return refusePeer(context) }
            do throws(RequestHeadParser.Refusal) {
                // A second reference to the same bytes: the head is read from it while `buffer` moves on.
                let input = buffer
                guard let head = try parser.parse(input.readableBytesUInt8Span) else { return }
                buffer.moveReaderIndex(forwardBy: head.byteCount)
                headTick = connections.tick
                isAnswering = true
                requests &+= 1
                // Nothing is left: the octets go back to the channel, which reads the next head into them.
                if buffer.readableBytes == 0 { buffer = ByteBuffer() }
                isAsking = true
                engine.answer(head, input.readableBytesUInt8Span, peer: peer) { self.finish($0) }
                isAsking = false
            } catch {
                engine.metrics.refused.increment()
                engine.log.malformed(error, connections.now)
                return refuse(context, status: error.status)
            }
        }
    }

    private func finish(_ answer: CheckAnswer) {
        isAnswering = false
        guard let context, !isClosing else { return }
        context.write(wrapOutboundOut(answer.bytes), promise: nil)
        if !answer.keepsAlive { return close(context) }
        guard !isAsking else { return }
        headTick = connections.tick
        process()
        // After `process`: heads that waited may have been answered at once.
        context.flush()
    }

    private func refusePeer(_ context: ChannelHandlerContext) {
        if isAccepted {
            engine.metrics.untrusted.increment()
            engine.log.untrusted(peer?.description ?? "unknown", connections.now)
        } else {
            engine.log.tooManyConnections(connections.now)
        }
        refuse(context, status: isAccepted ? 403 : 503)
    }

    private func refuse(_ context: ChannelHandlerContext, status: Int) {
        let form = CheckAnswer.Form(isHTTP11: true, keepsAlive: false)
        let answer = ReadyAnswers().plain(CheckReply(status: status), form)
        context.write(wrapOutboundOut(answer.bytes), promise: nil)
        close(context)
    }

    /// Ends our direction and waits for the peer to end its own: closing at once, with unread bytes, would reset the
    /// connection and could take the answer away from the peer.
    private func close(_ context: ChannelHandlerContext) {
        isClosing = true
        buffer = ByteBuffer()
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    /// Closes the connection: the daemon stops.
    func stop() { context?.close(promise: nil) }

    /// Called once a second.
    func sweep(tick: UInt32) {
        guard let context else { return }
        let quiet = Int(tick &- activeTick)
        let isTooSlow =
            if isClosing {
                quiet > 2
            } else if isAnswering {
                false
            } else if buffer.readableBytes > 0 {
                Int(tick &- headTick) > 5
            } else {
                quiet > (isTrusted && isAccepted ? CheckConnections<Reader>.idleSeconds : 5)
            }
        if isTooSlow { context.close(promise: nil) }
        // An answer that the peer does not take within ten seconds.
        if !isWritable, quiet > 10 { context.close(promise: nil) }
    }
}
