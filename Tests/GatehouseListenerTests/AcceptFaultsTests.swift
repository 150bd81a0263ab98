import Glibc
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import GatehouseListener

@Suite("A socket whose connections cannot be taken")
struct AcceptFaultsTests {
    /// Counts what reaches the socket.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = Never
        private(set) var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    @Test("is left alone for a second, whoever asks for more meanwhile")
    func resting() {
        let reads = Reads()
        // Nothing can be accepted on no descriptor, so nobody can be turned away either.
        let faults = AcceptFaults(
            descriptor: -1, key: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, makeRoom: {})
        let channel = EmbeddedChannel(handlers: [reads, faults])
        // What was set last: the channel itself says `true` to everybody who asks.
        var autoReads: Bool? {
            channel.options.first { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
        }

        channel.read()
        #expect(reads.count == 1)
        channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
        #expect(autoReads == false)
        channel.read()
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
        channel.read()
        #expect(reads.count == 1)
        #expect(autoReads == false)

        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(autoReads == true)
        channel.read()
        #expect(reads.count == 2)
    }
}
