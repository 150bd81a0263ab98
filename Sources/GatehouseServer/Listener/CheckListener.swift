package import GatehouseCore
package import NIOCore
package import NIOPosix

/// The check listener: accepts connections on its addresses and spreads them over event loops that share nothing.
package struct CheckListener<Reader: RecordReader>: Sendable {
    /// What one event loop owns.
    private struct Loop {
        let engine: CheckEngine<Reader>
        let connections: CheckConnections<Reader>
        let sweeping: RepeatedTask
    }

    private let loops: [ObjectIdentifier: NIOLoopBound<Loop>]
    private let channels: [any Channel]

    /// The addresses that were bound, with the ports the system chose.
    package var addresses: [String] { channels.map { BindAddress.text($0.localAddress) } }

    /// Makes one engine for each loop of the group and starts to listen.
    ///
    /// - Parameters:
    ///   - group: its loops share the connections.
    ///   - addresses: at least one.
    ///   - clock: the wall clock.
    ///   - makeEngine: called once on each loop.
    /// - Returns: the listener, already accepting.
    /// - Throws: an error that names the address which cannot be bound.
    package static func start(
        on group: MultiThreadedEventLoopGroup, addresses: [BindAddress], clock: @escaping @Sendable () -> Timestamp,
        makeEngine: @escaping @Sendable (any EventLoop) throws -> CheckEngine<Reader>
    ) async throws -> CheckListener {
        var loops: [ObjectIdentifier: NIOLoopBound<Loop>] = [:]
        let count = group.makeIterator().reduce(0) { count, _ in count + 1 }
        for loop in group.makeIterator() {
            loops[ObjectIdentifier(loop)] = try await loop.submit {
                let engine = try makeEngine(loop)
                let limit = max(engine.settings.maxConnections / max(count, 1), 1)
                let connections = CheckConnections(engine: engine, limit: limit, clock: clock)
                let bound = NIOLoopBound(connections, eventLoop: loop)
                let sweeping = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
                    bound.value.sweep()
                }
                let owned = Loop(engine: engine, connections: connections, sweeping: sweeping)
                return NIOLoopBound(owned, eventLoop: loop)
            }.get()
        }
        var channels: [any Channel] = []
        for address in addresses {
            do {
                channels.append(try await bind(address, group: group, loops: loops))
                address.admitGroup()
            } catch {
                for channel in channels { try? await channel.close() }
                throw CannotListen(address: address, error: error)
            }
        }
        return CheckListener(loops: loops, channels: channels)
    }

    private static func bind(
        _ address: BindAddress, group: MultiThreadedEventLoopGroup, loops: [ObjectIdentifier: NIOLoopBound<Loop>]
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops[ObjectIdentifier(channel.eventLoop)]?.value else {
                        throw ChannelError.ioOnClosedChannel
                    }
                    let handler = CheckHandler(engine: loop.engine, connections: loop.connections)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        switch address {
        case .tcp:
            return try await bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(to: address.socketAddress()).get()
        case .unix(let path):
            return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
    }

    /// Stops accepting, then closes what is open.
    package func stop() async {
        for channel in channels { try? await channel.close() }
        for loop in loops.values {
            _ = try? await loop.eventLoop.submit {
                loop.value.sweeping.cancel()
                loop.value.connections.closeAll()
            }.get()
        }
    }
}
