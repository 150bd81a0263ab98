internal import GatehouseAssembly
internal import GatehouseBackends
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseMail
internal import GatehouseOIDC
internal import GatehousePeople
internal import GatehousePortal
internal import GatehouseServer
internal import GatehouseSessions
internal import GatehouseSystem
internal import GatehouseTracing

extension MetricsRegistry {
    /// Every list of metrics that the daemon has, in the order in which they are written.
    init(
        _ metrics: DaemonMetrics, _ facts: DaemonFacts, health: @escaping @Sendable () async -> [HealthPart],
        people: People, outbox: Outbox?, tracing: SpanExporter?, sessions: SessionParts
    ) {
        self.init()
        add(DaemonFacts.exported) { [facts] }
        add([HealthPart].exported) { [await health()] }
        add(CheckMetrics.exported) { metrics.checks }
        add(LinkCounts.exported) { metrics.links }
        add(LinkCounts.exportedOfPages) { metrics.pageLinks }
        add(CacheCounts.exported) { metrics.caches }
        add(LiveSessions.exported) { await sessions.alive.map { [LiveSessions(count: $0)] } ?? [] }
        add { facts.log.events.families }
        add(PortalMetrics.exported) { [metrics.portal] }
        add(BackendCounts.exported) { metrics.backends }
        add(ProviderCounts.exported) { metrics.providers }
        add(PasswordMetrics.exported) { [await people.passwords.figures()] }
        add(Outbox.Counts.exported) { outbox.map { [$0.totals] } ?? [] }
        add(SpanExporter.exported) { tracing.map { [$0] } ?? [] }
        add(ProcessFigures.exported) { [.now()] }
    }
}

/// How many sessions there are, where the store can tell.
private struct LiveSessions: Sendable {
    let count: Int

    static let exported: [Metric<LiveSessions>] = [
        Metric("gatehouse_sessions_alive", .gauge, "Sessions in the embedded store that did not end.") { $0.count }
    ]
}

extension SessionParts {
    /// How many sessions did not end; `nil` where that would take a look at every record of a server, and without an answer.
    fileprivate var alive: Int? {
        get async {
            guard case .embedded(let store) = source else { return nil }
            return try? await store.count(beginningWith: secrets.sessionPrefix)
        }
    }
}
