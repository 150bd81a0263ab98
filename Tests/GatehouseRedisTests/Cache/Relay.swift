import NIOCore
import NIOPosix

@testable import GatehouseRedis

/// A TCP relay in front of a Redis that can hold, delay and cut what goes through it, for each of a reader's two connections apart.
final class Relay: Sendable {
    /// Which connections: those that subscribed, or the others.
    enum Side: Sendable { case data, pushes }

    private let channel: any Channel
    private let loop: any EventLoop
    private let state: NIOLoopBound<State>

    /// What the connections of one relay share; on its loop only.
    private final class State {
        var pairs: [Pair] = []
        /// Whose replies do not go on.
        var held: Set<Side> = []
    }

    /// One connection through the relay.
    private final class Pair {
        let client: any Channel
        let server: any Channel
        var side = Side.data
        var kept: [ByteBuffer] = []

        init(client: any Channel, server: any Channel) {
            self.client = client
            self.server = server
        }
    }

    static func start(to port: UInt16) async throws -> Relay {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let state = try await loop.submit { NIOLoopBound(State(), eventLoop: loop) }.get()
        let channel = try await ServerBootstrap(group: loop)
            .childChannelInitializer { client in
                ClientBootstrap(group: loop).connect(host: "127.0.0.1", port: Int(port)).flatMapThrowing { server in
                    let pair = Pair(client: client, server: server)
                    state.value.pairs.append(pair)
                    try client.pipeline.syncOperations.addHandler(FromClient(pair))
                    try server.pipeline.syncOperations.addHandler(FromServer(pair, state.value))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return Relay(channel: channel, loop: loop, state: state)
    }

    private init(channel: any Channel, loop: any EventLoop, state: NIOLoopBound<State>) {
        self.channel = channel
        self.loop = loop
        self.state = state
    }

    var port: UInt16 { UInt16(channel.localAddress?.port ?? 0) }

    /// Keeps back what Redis says, as a network does that lost its way: nobody is told.
    func hold(_ side: Side) async throws {
        try await loop.submit { [state] in _ = state.value.held.insert(side) }.get()
    }

    /// Lets go what was kept back.
    func release(_ side: Side) async throws {
        try await loop.submit { [state] in
            state.value.held.remove(side)
            for pair in state.value.pairs where pair.side == side {
                for buffer in pair.kept { pair.client.writeAndFlush(buffer, promise: nil) }
                pair.kept = []
            }
        }.get()
    }

    /// Ends the connections of a side.
    func cut(_ side: Side) async throws {
        try await loop.submit { [state] in
            for pair in state.value.pairs where pair.side == side { pair.client.close(promise: nil) }
        }.get()
    }

    func stop() async throws {
        try await channel.close()
        try await cut(.data)
        try await cut(.pushes)
    }

    private final class FromClient: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let pair: Pair
        init(_ pair: Pair) { self.pair = pair }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            if String(decoding: buffer.readableBytesView, as: UTF8.self).contains("SUBSCRIBE") { pair.side = .pushes }
            pair.server.writeAndFlush(buffer, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { pair.server.close(promise: nil) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private final class FromServer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let pair: Pair
        private let state: State
        init(_ pair: Pair, _ state: State) {
            self.pair = pair
            self.state = state
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            if state.held.contains(pair.side) {
                pair.kept.append(buffer)
            } else {
                pair.client.writeAndFlush(buffer, promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { pair.client.close(promise: nil) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
