package import GatehouseCore
private import Glibc
internal import HTTPTypes
package import Hummingbird
internal import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import ServiceLifecycle

/// One address that answers HTTP/1.1, for pages and for the operator: slow clients, and too many, are bounded here.
///
/// Hummingbird's parser and writer do the work on each connection; accepting is our own, since it knows no limits for peers.
package struct HTTPListener: Sendable {
    /// Answers a request; every failure is an answer, too.
    package typealias Responder = @Sendable (Request, any Channel) async -> Response

    private let socket: ListeningSocket
    private let limits: PlaceLimits
    private let times: RequestTimes
    private let proxies: TrustedProxies
    private let stop: StopNotice
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let onTurnedAway: @Sendable () -> Void
    private let responder: Responder

    /// The octets of a head that are taken, and its lines.
    private static var maxHeadOctets: Int { 16_384 }
    private static var maxHeadLines: Int { 64 }

    /// The octets of answers that the system keeps for a client; more than any page has.
    private static var sendBuffer: Int { 131_072 }

    /// - Parameters:
    ///   - socket: is the listener's from now on.
    ///   - limits: for its connections.
    ///   - times: for each request.
    ///   - proxies: whose connections are no strangers'.
    ///   - stop: given when the daemon is being stopped.
    ///   - logger: for complaints.
    ///   - clock: the wall clock, for `Date`.
    ///   - onTurnedAway: called for each connection that found no room.
    ///   - responder: answers requests.
    package init(
        _ socket: ListeningSocket, limits: PlaceLimits, times: RequestTimes = RequestTimes(),
        proxies: TrustedProxies, stop: StopNotice = StopNotice(), logger: Logger,
        clock: @escaping @Sendable () -> Timestamp,
        onTurnedAway: @escaping @Sendable () -> Void = {},
        responder: @escaping Responder
    ) {
        self.socket = socket
        self.limits = limits
        self.times = times
        self.proxies = proxies
        self.stop = stop
        self.logger = logger
        self.clock = clock
        self.onTurnedAway = onTurnedAway
        self.responder = responder
    }

    /// Answers until the task is cancelled or the daemon stops gracefully; then what is under way has the time that is left.
    ///
    /// - Parameters:
    ///   - loop: all connections live on this one.
    ///   - onRunning: hears the address, once connections are taken.
    /// - Throws: what the system says if the socket cannot be used; `ListenerEnded` if no more connections come, unasked.
    package func run(
        on loop: any EventLoop, onRunning: @Sendable (SocketAddress?) async -> Void = { _ in }
    ) async throws {
        let places = try await loop.submit {
            NIOLoopBound(ConnectionPlaces(limits: limits, onTurnedAway: onTurnedAway), eventLoop: loop)
        }.get()
        let connections = HTTP1Channel(
            responder: { request, writer, channel in
                var response = await responder(request, channel)
                response.headers[.date] = HTTPDate.text(clock())
                do {
                    try await writer.write(response: response.head, body: response.body)
                } catch is HTTPParserError {
                    // Thrown on, it would become a second answer.
                    throw ChannelError.inputClosed
                }
            },
            configuration: HTTP1Channel.Configuration(
                idleTimeout: times.idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: HTTPListener.maxHeadOctets, maxHeaderListSize: HTTPListener.maxHeadOctets,
                    maxHeaderFieldCount: HTTPListener.maxHeadLines)))
        let server = try await bootstrap(on: loop, places).bind(socket.descriptor) { channel in
            connections.setup(channel: channel, logger: logger).flatMapThrowing { value in
                let pipeline = channel.pipeline.syncOperations
                let connection = ConnectionGuard(times: times, places: places.value, proxies: proxies)
                try pipeline.addHandler(connection, position: .first)
                let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandler(EarlyAnswer(connection: connection, stop: stop), position: .after(parser))
                return value
            }
        }
        socket.listen()
        await onRunning(server.channel.localAddress)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                // Ends when the socket is closed, or the task is cancelled.
                try? await server.executeThenClose { accepted in
                    for try await connection in accepted {
                        group.addTask { await connections.handle(value: connection, logger: logger) }
                    }
                }
                if !Task.isShuttingDownGracefully { group.cancelAll() }
            }
        } onGracefulShutdown: {
            loop.execute {
                // What is accepted already gets its handlers before the socket closes.
                server.channel.setOption(.autoRead, value: false).whenComplete { _ in
                    loop.scheduleTask(in: .milliseconds(50)) { server.channel.close(promise: nil) }
                }
                places.value.quiesceAll()
                _ = loop.scheduleTask(in: TimeAmount(stop.remaining)) { places.value.closeAll() }
            }
        }
        guard Task.isCancelled || Task.isShuttingDownGracefully else { throw ListenerEnded(listener: socket.key) }
    }

    private func bootstrap(
        on loop: any EventLoop, _ places: NIOLoopBound<ConnectionPlaces>
    ) -> ServerBootstrap {
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelInitializer { channel in
                socket.prepare(channel, logger: logger) { places.value.closeIdle(16) }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        guard case .tcp = socket.address else { return bootstrap }
        // An answer that the system has taken may still wait for a client that reads nothing: the system gives it up, too.
        let userTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_USER_TIMEOUT))
        return
            bootstrap
            .childChannelOption(userTimeout, value: Int(times.send.nanoseconds / 1_000_000))
            .childChannelOption(.socketOption(.so_sndbuf), value: HTTPListener.sendBuffer)
    }
}
