package import Logging
package import NIOCore
package import NIOPosix

extension ListeningSocket {
    /// Makes the channel that accepts on the socket bear a system that has no descriptor left.
    ///
    /// - Parameters:
    ///   - channel: the one that accepts.
    ///   - logger: for the complaint.
    ///   - makeRoom: closes what can be spared; called on the channel's loop.
    /// - Returns: completed when its handlers are in place.
    package func prepare(
        _ channel: any Channel, logger: Logger, makeRoom: @escaping @Sendable () -> Void
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                AcceptFaults(descriptor: descriptor, key: key, logger: logger, makeRoom: makeRoom))
        }
    }
}

extension ServerBootstrap {
    /// Accepts the connections of a socket, which belongs to the channel from now on.
    package func serve(_ socket: ListeningSocket) async throws -> any Channel {
        let channel = try await withBoundSocket(socket.descriptor).get()
        socket.listen()
        return channel
    }
}
