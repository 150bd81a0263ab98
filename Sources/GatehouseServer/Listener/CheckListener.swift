package import GatehouseCore
package import GatehouseListener
package import Logging
package import NIOCore
package import NIOPosix

/// The check listener: accepts connections on its addresses and spreads them over event loops that share nothing.
package struct CheckListener<Reader: RecordReader>: Sendable {
    /// What one event loop owns.
    private struct Loop {
        let responder: CheckResponder<Reader>
        let connections: HTTP1Connections<Reader>
        let sweeping: RepeatedTask
    }

    private let loops: [ObjectIdentifier: NIOLoopBound<Loop>]
    private let channels: [any Channel]
    /// The addresses that were bound, with the ports the system chose.
    package var addresses: [String] { channels.map { ListenAddress.text($0.localAddress) } }

    /// Makes one engine for each loop of the group and starts to listen.
    ///
    /// - Parameters:
    ///   - group: its loops share the connections.
    ///   - sockets: at least one; they are the listener's from now on.
    ///   - maxConnections: of all loops together; beyond them a new one gets 503.
    ///   - stop: given when the daemon is being stopped.
    ///   - logger: for complaints.
    ///   - clock: the wall clock.
    ///   - makeEngine: called once on each loop.
    /// - Returns: the listener, already accepting.
    /// - Throws: what `makeEngine` throws.
    package static func start(
        on group: MultiThreadedEventLoopGroup, sockets: [ListeningSocket], maxConnections: Int = 4_096,
        stop: StopNotice = StopNotice(), logger: Logger, clock: @escaping @Sendable () -> Timestamp,
        makeEngine: @escaping @Sendable (any EventLoop) throws -> CheckEngine<Reader>
    ) async throws -> CheckListener {
        var loops: [ObjectIdentifier: NIOLoopBound<Loop>] = [:]
        let count = group.makeIterator().reduce(0) { count, _ in count + 1 }
        for loop in group.makeIterator() {
            loops[ObjectIdentifier(loop)] = try await loop.submit {
                let responder = CheckResponder(try makeEngine(loop))
                let limit = max(maxConnections / max(count, 1), 1)
                let connections = HTTP1Connections(
                    responder: responder, limit: limit, loops: count, stop: stop, clock: clock)
                let bound = NIOLoopBound(connections, eventLoop: loop)
                let sweeping = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
                    bound.value.sweep()
                }
                let owned = Loop(responder: responder, connections: connections, sweeping: sweeping)
                return NIOLoopBound(owned, eventLoop: loop)
            }.get()
        }
        var channels: [any Channel] = []
        for socket in sockets { channels.append(try await serve(socket, group: group, loops: loops, logger: logger)) }
        return CheckListener(loops: loops, channels: channels)
    }

    private static func serve(
        _ socket: ListeningSocket, group: MultiThreadedEventLoopGroup, loops: [ObjectIdentifier: NIOLoopBound<Loop>],
        logger: Logger
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelInitializer { channel in socket.prepare(channel, logger: logger) {} }
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops[ObjectIdentifier(channel.eventLoop)]?.value else {
                        throw ChannelError.ioOnClosedChannel
                    }
                    let handler = HTTP1Handler(responder: loop.responder, connections: loop.connections)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        switch socket.address {
        case .tcp: return try await bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1).serve(socket)
        case .unix: return try await bootstrap.serve(socket)
        }
    }

    /// Returns when one of the addresses takes no more connections, whether that was asked for or not.
    package func ended() async {
        await withTaskGroup(of: Void.self) { group in
            for channel in channels { group.addTask { try? await channel.closeFuture.get() } }
            await group.next()
            // The rest is of no use without the one.
            stopAccepting()
        }
    }

    /// Takes no more connections; returns at once.
    ///
    /// A connection that was accepted is set up on a loop of its own, and NIO drops it if the listening socket is closed
    /// meanwhile: it is closed when every loop has done what it had been given by then.
    package func stopAccepting() {
        let loops = loops.values.map(\.eventLoop)
        for channel in channels {
            channel.setOption(.autoRead, value: false)
                .flatMap { EventLoopFuture.andAllComplete(loops.map { $0.submit {} }, on: channel.eventLoop) }
                .whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// Stops accepting, has what is under way answered, and closes what is left when the time for that is over.
    package func stop() async {
        stopAccepting()
        for channel in channels { try? await channel.closeFuture.get() }
        let leaving = loops.values.map { loop in
            loop.eventLoop.flatSubmit {
                let emptied = loop.eventLoop.makePromise(of: Void.self)
                let connections = loop.value.connections
                connections.leave(emptied)
                loop.eventLoop.scheduleTask(in: TimeAmount(connections.stop.remaining)) {
                    loop.value.connections.closeAll()
                }
                return emptied.futureResult
            }
        }
        for future in leaving { try? await future.get() }
        for loop in loops.values {
            _ = try? await loop.eventLoop.submit {
                loop.value.sweeping.cancel()
                loop.value.responder.engine.log.denied.flushAll()
            }.get()
        }
    }
}
