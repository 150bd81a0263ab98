package import Hummingbird
internal import HummingbirdCore
package import Logging
package import NIOCore

/// The portal's listener.
package enum PortalServer {
    /// Makes the server of one address; the caller runs it as a service.
    ///
    /// All of them share one portal. The file of a Unix socket must not exist. Beyond `maxConnections` new connections
    /// wait.
    /// `onRunning` hears the address that was bound.
    package static func makeApplication(
        _ portal: Portal, address: BindAddress, group: any EventLoopGroup, logger: Logger,
        maxConnections: Int = 4_096, times: RequestTimes = RequestTimes(),
        onRunning: @escaping @Sendable (SocketAddress?) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let channels = HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestDeadlineInstaller(times: times), EarlyAnswerInstaller()],
            idleTimeout: times.idle,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16_384, maxHeaderListSize: 16_384, maxHeaderFieldCount: 64))
        return Application(
            responder: portal, server: .http1(configuration: channels),
            configuration: ApplicationConfiguration(
                address: address, serverName: nil, backlog: 1_024,
                availableConnectionsDelegate: MaximumAvailableConnections(maxConnections, logger: logger)),
            onServerRunning: { channel in await onRunning(channel.localAddress) },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }
}
