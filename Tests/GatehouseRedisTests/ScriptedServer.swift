import GatehouseCore
import NIOCore
import NIOPosix
import Synchronization

@testable import GatehouseRedis

/// A server that answers the set-up of a connection like Redis and everything else as a test says.
final class ScriptedServer: Sendable {
    /// What follows the set-up: `[]` answers every command with "no such record", `nil` never answers, even the set-up.
    typealias Script = @Sendable (_ received: ByteBuffer) -> [UInt8]?

    private let channel: any Channel
    private let counters: Counters

    private final class Counters: Sendable {
        let connections = Mutex(0)
        let pieces = Mutex(0)
        let ended = Mutex(0)
    }

    static func start(_ script: @escaping Script) async throws -> ScriptedServer {
        let counters = Counters()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script: script, counters: counters))
                }
            }
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1 << 20))
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedServer(channel: channel, counters: counters)
    }

    private init(channel: any Channel, counters: Counters) {
        self.channel = channel
        self.counters = counters
    }

    var settings: RedisSettings {
        RedisSettings(
            address: .tcp(host: "127.0.0.1", port: UInt16(channel.localAddress?.port ?? 0)),
            commandDeadline: .seconds(5))
    }

    var connections: Int { counters.connections.withLock { $0 } }
    /// How many pieces of octets arrived in all.
    var pieces: Int { counters.pieces.withLock { $0 } }
    /// How many connections the other side closed.
    var ended: Int { counters.ended.withLock { $0 } }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: Script
        private let counters: Counters
        private var isSetUp = false

        init(script: @escaping Script, counters: Counters) {
            self.script = script
            self.counters = counters
        }

        func channelActive(context: ChannelHandlerContext) { counters.connections.withLock { $0 += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let received = unwrapInboundIn(data)
            counters.pieces.withLock { $0 += 1 }
            guard var answer = script(received) else { return }
            if !isSetUp {
                isSetUp = true
                answer = Array("+OK\r\n+PONG\r\n".utf8)
            } else if answer.isEmpty {
                let commands = received.readableBytesView.count { $0 == UInt8(ascii: "*") }
                answer = Array(String(repeating: "$-1\r\n", count: commands).utf8)
            }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { counters.ended.withLock { $0 += 1 } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
