internal import GatehouseCore
internal import GatehouseListener
internal import GatehouseLogging
internal import GatehouseMail
internal import GatehouseTracing
internal import Logging
internal import ServiceLifecycle

/// Sends mails until the daemon is asked to stop; what is on its way then has the time that is left, and what waits for another
/// attempt is lost.
struct OutboxService: Service {
    let outbox: Outbox
    let stop: StopNotice
    let logger: Logger

    func run() async throws {
        let delivery = Task { await outbox.run() }
        try? await gracefulShutdown()
        outbox.close()
        while outbox.totals.waiting > outbox.totals.resting, stop.remaining > .zero, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        let lost = outbox.totals.waiting
        // A server that does not answer does not keep the daemon.
        delivery.cancel()
        if lost > 0 {
            logger.log(Event(.mailLost, [(.count, .number(lost))]), "mails were not sent")
        }
    }
}

/// Sends the spans that still wait once everything else has ended, in the time that is left.
struct TracingService: Service {
    let exporter: SpanExporter
    let stop: StopNotice
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        let lost = await exporter.finish(within: stop.remaining)
        if lost > 0 {
            logger.warning(
                "spans were not sent: the collector did not take them in time", metadata: ["count": "\(lost)"])
        }
    }
}
