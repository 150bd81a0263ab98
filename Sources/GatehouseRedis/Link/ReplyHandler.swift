internal import GatehouseCore
internal import NIOCore

/// The end of one connection's pipeline: parses what arrives for its link, which it knows until the connection ends.
final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var parser: ReplyParser
    private var link: RedisLink?
    /// Whom the connection leads to.
    let server: ServerAddress
    private var context: ChannelHandlerContext?

    init(link: RedisLink, server: ServerAddress) throws(ReplyFault) {
        parser = try ReplyParser()
        self.link = link
        self.server = server
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        link?.writabilityChanged(to: context.channel.isWritable)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.closedByServer)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        while let link {
            do {
                guard let reply = try parser.next(from: &buffer) else { return }
                link.received(reply)
            } catch {
                end(.protocolError)
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        link?.writabilityChanged(to: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) { end(.closedByServer) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(.failed(ConnectionReason.words(error))) }

    func write(_ octets: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(octets), promise: nil) }

    /// Closes the connection; the link hears no more of it.
    func close() {
        link = nil
        context?.close(promise: nil)
    }

    private func end(_ fault: LinkFault) {
        let link = link
        close()
        link?.ended(fault)
    }
}
