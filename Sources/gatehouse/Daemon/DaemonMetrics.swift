internal import GatehouseAssembly
internal import GatehouseBackends
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehousePortal
internal import GatehouseServer
internal import NIOCore

/// What counts in the daemon, part by part.
struct DaemonMetrics: Sendable {
    /// What one event loop of the check listener counts for itself.
    struct Loop: Sendable {
        let checks = CheckMetrics()
        let link: LinkCounts
        let cache = CacheCounts()
    }

    let startedAt = WallClock.now()
    private let loops: [ObjectIdentifier: Loop]
    /// The connection of pages, where there is one.
    private let pages: LinkCounts?
    let portal = PortalMetrics()
    /// Whether what checks read is kept.
    private let keepsRecords: Bool
    /// In the order of the chain.
    let backends: [BackendCounts]
    /// In the order of the configuration.
    let providers: [ProviderCounts]

    init(_ configuration: Configuration, loops: [any EventLoop], sessions: SessionParts) {
        var isFile = false
        if case .embedded = sessions.source { isFile = true }
        self.loops = Dictionary(
            loops.map { (ObjectIdentifier($0), Loop(link: LinkCounts(isUp: isFile))) }
        ) { first, _ in first }
        pages = sessions.link
        keepsRecords = !isFile && configuration.sessions.cache > 0
        backends = configuration.backends.filter { $0.kind.isAsked }.map { BackendCounts($0.name) }
        providers = configuration.providers.map { ProviderCounts($0.provider.name) }
    }

    func ofLoop(_ loop: any EventLoop) -> Loop { loops[ObjectIdentifier(loop)] ?? Loop(link: LinkCounts()) }

    /// The backend with something around it that counts.
    func metered(_ backend: any Backend) -> any Backend {
        guard let counts = backends.first(where: { $0.name == backend.name }) else { return backend }
        return MeteredBackend(backend, counts: counts, now: WallClock.now)
    }

    /// Counts what was noticed at a provider.
    func note(_ notice: ProviderNotice, at name: ProviderName) {
        providers.first { $0.name == name }?.note(notice)
    }

    var checks: [CheckMetrics] { loops.values.map(\.checks) }
    /// Every connection to the store of sessions.
    var links: [LinkCounts] { loops.values.map(\.link) + (pages.map { [$0] } ?? []) }
    /// What is kept of the store on each event loop, where anything is.
    var caches: [CacheCounts] { keepsRecords ? loops.values.map(\.cache) : [] }
    var pageLinks: [LinkCounts] { pages.map { [$0] } ?? [] }
}

extension BackendTable.Kind {
    /// Whether it is one of the chain: what a proxy says in a header nobody is asked for.
    fileprivate var isAsked: Bool {
        if case .remoteHeader = self { false } else { true }
    }
}

/// Facts about the daemon that nobody has to count.
struct DaemonFacts: Sendable {
    let startedAt: Timestamp
    /// How many warnings the configuration has.
    let warnings: Int
    let log: DaemonLog

    static let exported: [Metric<DaemonFacts>] = [
        Metric("gatehouse_build_info", .info, "What runs here.") { _ in
            [MetricSeries(["version": Version.text], .integer(1))]
        },
        Metric("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.") {
            [MetricSeries(.real($0.startedAt.seconds))]
        },
        Metric(
            "gatehouse_config_read_timestamp_seconds", .gauge,
            "When the configuration that counts was read, in seconds since 1970."
        ) {
            [MetricSeries(.real($0.startedAt.seconds))]
        },
        Metric("gatehouse_config_warnings", .gauge, "What the configuration has that is probably not meant.") {
            $0.warnings
        },
        Metric(
            "gatehouse_log_dropped_total", .counter,
            "Lines that nobody took in time, of the log and of the audit file.", by: "target",
            ["log": { $0.log.droppedLines }, "audit": { $0.log.droppedEvents }]),
        Metric("gatehouse_audit_failing", .gauge, "1 if the audit file cannot be written.") {
            $0.log.auditProblem == nil ? 0 : 1
        },
    ]
}

extension Timestamp {
    fileprivate var seconds: Double { Double(milliseconds) / 1_000 }
}
