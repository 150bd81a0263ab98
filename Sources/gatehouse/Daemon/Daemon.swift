internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehouseListener
internal import GatehouseLogging
internal import GatehouseMail
internal import GatehousePeople
internal import GatehousePortal
internal import GatehouseRedis
internal import GatehouseServer
internal import GatehouseSessions
internal import GatehouseSystem
internal import GatehouseTerminal
internal import GatehouseTracing
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// The whole daemon: three listeners over one store, one database and one pool for password hashes.
struct Daemon {
    private let configuration: Configuration
    private let logger = Logger(label: "gatehouse")

    private let log: DaemonLog
    private let manager: ServiceManagerEnvironment

    /// - Parameters:
    ///   - configuration: of everything.
    ///   - log: takes every line.
    ///   - manager: what the service manager passes and wants to hear.
    init(_ configuration: Configuration, log: DaemonLog, manager: ServiceManagerEnvironment) {
        self.configuration = configuration
        self.log = log
        self.manager = manager
    }

    /// Runs until a signal ends it.
    ///
    /// Everything is listened on before anything is answered; checks, pages and the operator have event loops of their own,
    /// so that a flood of one does not reach the others. With `offersSetup`, whoever starts it is told how to make the first
    /// administrator, if there is none.
    func run(offersSetup: Bool = false) async throws {
        let sockets = try DaemonSockets(configuration, inherited: manager.descriptors)
        let places = ConnectionBudget(sockets: sockets)
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.check.threads > 0 ? configuration.check.threads : max(System.coreCount, 1))
        let pages = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let people = try await openPeople()
        let sessions = try SessionParts.open(configuration, on: pages, logger: logger)
        let setup = offersSetup ? Setup(configuration, sessions: sessions, maker: people.firstAdministrator) : nil
        let metrics = DaemonMetrics(configuration, loops: group.makeIterator().map { $0 }, sessions: sessions)
        let backends = try people.makeChain(
            configuration.backends, providers: configuration.providers, logger, metered: metrics.metered)
        let outbox = try configuration.makeOutbox(logger)
        let providers = try DaemonProviders(
            configuration, people: people, backends: backends, sessions: sessions, outbox: outbox, metrics: metrics,
            logger: logger)
        let stopping = StopSequence(configuration.shutdown, log: log, logger: logger)
        let readiness = Readiness(
            listeners: sockets.portal.count + sockets.admin.count, sessions: sessions, tables: people.tables, log: log,
            stop: stopping.notice, metrics: metrics, configuration: configuration.path)
        if let complaint = places.complaint { logger.warning("\(complaint)") }
        let tracing = try configuration.makeTracing(logger)
        let refresher = IdentityRefresher(
            backends: backends, keeper: sessions.keeper, logger: logger, now: WallClock.now,
            rechecks: providers.rechecks)
        let checks = try await startChecks(
            on: group, sockets: sockets.check, places: places.checks, sessions: sessions, refresher: refresher,
            metrics: metrics, tracer: tracing?.tracer, stop: stopping.notice)
        let admin = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let reports = try ServiceReports(
            to: manager, loops: group.makeIterator() + [pages, admin], logger: logger,
            problems: { await readiness.problems() })
        let portal = try makePortal(
            sessions: sessions, people: people, backends: backends, providers: providers, metrics: metrics,
            outbox: outbox, setup: setup, tracer: tracing?.tracer)
        let pagesServed = portalServices(
            portal, on: sockets.portal, loop: pages, places: places.portal, stop: stopping.notice
        ) {
            readiness.listens()
            await setup?.announce()
        }
        // They end one after another, the last one first: the service manager and the operator are answered until nothing else
        // is left, and what was under way may still post mails.
        var services: [any Service] = [reports]
        services += adminServices(
            adminSource(readiness, people, metrics, outbox, tracing, sessions), on: sockets.admin, loop: admin,
            stop: stopping.notice
        ) { readiness.listens() }
        services.append(HangupService(log: log, around: reports.reloading))
        services += deliveries(tracing, outbox, stopping.notice)
        if let service = providers.service { services.append(service) }
        services.append(Front(listeners: [checks.service] + pagesServed))
        services.append(StartupPagesService())
        for warning in configuration.warnings { logger.warning("\(warning)") }
        for address in checks.addresses { announce("check", address) }
        try await stopping.run(ServiceGroup(services: services, logger: quiet)) { reports.tellStopping() }
        await sessions.store.close()
        logger.info("stopped")
    }

    private func openPeople() async throws -> People {
        let people = try People.open(configuration, isPatient: false) { [logger] name, refusal in
            logger.log(
                Event(.passwordUnusable, [(.user, .text(shown("\(name)"))), (.reason, "\(refusal)")]),
                "a stored password hash can match nothing: nobody can sign in with it")
        }
        try await people.tables.require()
        return people
    }

    /// What goes out in its own time: spans, and mails.
    private func deliveries(_ tracing: SpanExporter?, _ outbox: Outbox?, _ stop: StopNotice) -> [any Service] {
        var services: [any Service] = []
        if let tracing { services.append(TracingService(exporter: tracing, stop: stop, logger: logger)) }
        if let outbox { services.append(OutboxService(outbox: outbox, stop: stop, logger: logger)) }
        return services
    }

    // MARK: - Checks

    /// The check listener, whatever its loops read from.
    private struct RunningChecks {
        let service: any Service
        let addresses: [String]
    }

    /// Chooses the reader once: behind the choice everything is made for that one type.
    private func startChecks(
        on group: MultiThreadedEventLoopGroup, sockets: [ListeningSocket], places: Int, sessions: SessionParts,
        refresher: IdentityRefresher, metrics: DaemonMetrics, tracer: Tracer?, stop: StopNotice
    ) async throws -> RunningChecks {
        let logger = logger
        switch sessions.source {
        case .redis(let settings):
            let loops = group.makeIterator().map { $0 }.count
            return try await startChecks(on: group, sockets, places, sessions, refresher, metrics, tracer, stop) {
                loop in
                sessions.startReader(settings, on: loop, of: loops, configuration, metrics.ofLoop(loop), logger)
            }
        case .embedded(let store):
            return try await startChecks(on: group, sockets, places, sessions, refresher, metrics, tracer, stop) {
                loop in
                let link = metrics.ofLoop(loop).link
                return SQLiteRecordReader(store, now: WallClock.now) { fault in
                    if let fault {
                        link.isDown(fault.reason)
                        logger.error(
                            "the session store cannot be read", metadata: ["error": "\(fault.reason)"],
                            source: LogArea.store.rawValue)
                    } else {
                        link.isConnected()
                        logger.notice("the session store can be read again", source: LogArea.store.rawValue)
                    }
                }
            }
        }
    }

    private func startChecks<Reader: RecordReader>(
        on group: MultiThreadedEventLoopGroup, _ sockets: [ListeningSocket], _ places: Int, _ sessions: SessionParts,
        _ refresher: IdentityRefresher, _ metrics: DaemonMetrics, _ tracer: Tracer?, _ stop: StopNotice,
        makeReader: @escaping @Sendable (any EventLoop) -> Reader
    ) async throws -> RunningChecks {
        let generation = try configuration.generation(secrets: sessions.secrets)
        let (logger, store) = (logger, sessions.source.system)
        let listener = try await CheckListener<Reader>.start(
            on: group, sockets: sockets, maxConnections: places, stop: stop, logger: logger, clock: WallClock.now
        ) { loop in
            try CheckEngine(
                generation: generation, reader: makeReader(loop), metrics: metrics.ofLoop(loop).checks,
                logger: logger, tracing: tracer.map { CheckTracing($0, store: store) }, now: WallClock.now
            ) { user, done in
                let done = NIOLoopBound(done, eventLoop: loop)
                // Owned by the refresher, which lets one question per person run at a time.
                Task {
                    await refresher.refresh(user)
                    loop.execute { done.value() }
                }
                // No check waits longer than 2 s for anything.
                loop.scheduleTask(in: .milliseconds(1_500)) { done.value() }
            }
        }
        return RunningChecks(service: CheckService(listener: listener), addresses: listener.addresses)
    }

    // MARK: - Portal and admin

    private func makePortal(
        sessions: SessionParts, people: People, backends: BackendChain, providers: DaemonProviders,
        metrics: DaemonMetrics, outbox: Outbox?, setup: Setup?, tracer: Tracer?
    ) throws -> Portal {
        var services = PortalServices(
            keeper: sessions.keeper, backends: backends, throttle: sessions.throttle,
            pending: sessions.secretRecords(.pending), resets: sessions.secretRecords(.reset),
            csrfKey: try sessions.lookup.makeCSRFKey(), deviceKey: try sessions.lookup.makeDeviceKey(),
            names: .django)
        services.passwords = people.ownAccounts?.portalPasswords
        let returns = ReturnRecords(store: sessions.store, secrets: sessions.secrets)
        services.longPlaces = { key, now in try? await returns.address(of: key, now: now) }
        if let outbox, let table = configuration.mail { services.mail = outbox.portalMail(table) }
        services.remote = people.arrivals.remoteSignIn(configuration.backends)
        services.setup = setup?.portalSetup
        services.federation = providers.federation
        services.isRecording = { [log] in log.isRecording }
        return Portal(
            settings: try configuration.portalSettings(), services: services, clock: WallClock.now,
            metrics: metrics.portal, logger: logger, tracer: tracer)
    }

    private func adminSource(
        _ readiness: Readiness, _ people: People, _ metrics: DaemonMetrics, _ outbox: Outbox?,
        _ tracing: SpanExporter?, _ sessions: SessionParts
    ) -> AdminServer.Source {
        let facts = DaemonFacts(startedAt: metrics.startedAt, warnings: configuration.warnings.count, log: log)
        let registry = MetricsRegistry(
            metrics, facts, health: { await readiness.parts() }, people: people, outbox: outbox,
            tracing: tracing, sessions: sessions)
        return AdminServer.Source(health: { await readiness.parts() }, metrics: { await registry.families() })
    }

    private func portalServices(
        _ portal: Portal, on sockets: [ListeningSocket], loop: any EventLoop, places: Int, stop: StopNotice,
        onRunning: @escaping @Sendable () async -> Void
    ) -> [any Service] {
        sockets.map { socket in
            let listener = PortalServer.makeListener(
                portal, on: socket, limits: PlaceLimits(total: places),
                times: RequestTimes(waitingForOthers: configuration.longestWaitForBackends), stop: stop, logger: quiet)
            return ListenerService(listener: listener, loop: loop) { address in
                announce("portal", address)
                await onRunning()
            }
        }
    }

    private func adminServices(
        _ source: AdminServer.Source, on sockets: [ListeningSocket], loop: any EventLoop, stop: StopNotice,
        onRunning: @escaping @Sendable () async -> Void
    ) -> [any Service] {
        sockets.map { socket in
            let listener = AdminServer.makeListener(
                source, on: socket, hosts: configuration.admin.hosts, stop: stop, logger: quiet, clock: WallClock.now)
            return ListenerService(listener: listener, loop: loop) { address in
                announce("admin", address)
                await onRunning()
            }
        }
    }

    private func announce(_ listener: String, _ address: String) {
        logger.info("listening", metadata: ["listener": "\(listener)", "address": "\(address)"])
    }

    /// The frameworks' own lines, which would only repeat ours.
    private var quiet: Logger {
        var quiet = Logger(label: "gatehouse.framework")
        quiet.logLevel = .warning
        return quiet
    }
}

/// One address of the portal or the admin listener.
private struct ListenerService: Service {
    let listener: HTTPListener
    let loop: any EventLoop
    let onRunning: @Sendable (String) async -> Void

    func run() async throws {
        try await listener.run(on: loop) { address in await onRunning(ListenAddress.text(address)) }
    }
}

/// Ends the check listener when the daemon is asked to stop, and the daemon when the listener takes no more connections.
private struct CheckService<Reader: RecordReader>: Service {
    let listener: CheckListener<Reader>

    func run() async throws {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await listener.ended()
            } onGracefulShutdown: {
                listener.stopAccepting()
            }
        } onCancel: {
            // Another listener ended by itself, and the daemon goes with it.
            listener.stopAccepting()
        }
        await listener.stop()
        guard Task.isShuttingDownGracefully || Task.isCancelled else { throw ListenerEnded(listener: "check.listen") }
    }
}
