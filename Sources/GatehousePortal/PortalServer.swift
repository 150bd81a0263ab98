internal import GatehouseCore
package import GatehouseListener
internal import Hummingbird
package import Logging

/// The portal's listener.
package enum PortalServer {
    /// Makes the listener of one address; the caller runs it.
    ///
    /// All of them share one portal.
    package static func makeListener(
        _ portal: Portal, on socket: ListeningSocket, limits: PlaceLimits, times: RequestTimes = RequestTimes(),
        stop: StopNotice = StopNotice(), logger: Logger
    ) -> HTTPListener {
        let metrics = portal.metrics
        return HTTPListener(
            socket, limits: limits, times: times, proxies: portal.settings.proxies, stop: stop, logger: logger,
            clock: portal.clock, onTurnedAway: { metrics.connectionsTurnedAway.increment() }
        ) { request, channel in
            await portal.answer(request, from: PortalContext(channel: channel))
        }
    }
}
