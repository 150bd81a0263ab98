internal import GatehouseConfig
internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehouseMail
internal import GatehousePortal
internal import GatehouseRedis
internal import GatehouseServer
internal import GatehouseSessions
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import UnixSignals

/// The whole daemon: three listeners over one store, one database and one pool for password hashes.
struct Daemon {
    private let configuration: Configuration
    private let logger = Logger(label: "gatehouse")

    private let log: DaemonLog

    init(_ configuration: Configuration, log: DaemonLog) {
        self.configuration = configuration
        self.log = log
    }

    /// Runs until a signal ends it.
    ///
    /// With `offersSetup`, whoever starts it is told how to make the first administrator, if there is none.
    func run(offersSetup: Bool = false) async throws {
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.check.threads > 0 ? configuration.check.threads : max(System.coreCount, 1))
        let people = try await People.open(configuration, isPatient: false)
        try await people.requireTables()
        let sessions = try SessionParts(configuration, on: group.next(), logger: logger)
        let setup = offersSetup ? Setup(configuration, sessions: sessions, people: people) : nil
        let metrics = DaemonMetrics(loops: group.makeIterator().map { ObjectIdentifier($0) })
        let backends = try people.makeChain(configuration.backends, logger)
        let checks = try await startChecks(on: group, sessions: sessions, backends: backends, metrics: metrics)
        var services: [any Service] = [checks.service, HangupService(log: log)]
        let outbox = try configuration.makeOutbox(logger)
        if let outbox { services.append(OutboxService(outbox: outbox, logger: logger)) }
        services += try portals(
            on: group, sessions: sessions, people: people, backends: backends, metrics: metrics, outbox: outbox,
            setup: setup)
        services += admins(on: group, sessions: sessions, people: people, metrics: metrics)
        for warning in configuration.warnings { logger.warning("\(warning)") }
        for address in checks.addresses { announce("check", address) }
        let services_ = ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [], logger: quiet)
        try await services_.run()
        await sessions.store.close()
        logger.info("stopped")
    }

    // MARK: - Checks

    /// The check listener, whatever its loops read from.
    private struct RunningChecks {
        let service: any Service
        let addresses: [String]
    }

    /// Chooses the reader once: behind the choice everything is made for that one type.
    private func startChecks(
        on group: MultiThreadedEventLoopGroup, sessions: SessionParts, backends: BackendChain, metrics: DaemonMetrics
    ) async throws -> RunningChecks {
        let logger = logger
        switch sessions.source {
        case .redis(let settings):
            return try await startChecks(on: group, sessions, backends, metrics) { loop in
                let link = RedisLink(settings: settings, eventLoop: loop, logger: logger)
                link.start()
                return link
            }
        case .embedded(let store):
            return try await startChecks(on: group, sessions, backends, metrics) { _ in
                SQLiteRecordReader(store, now: WallClock.now) { fault in
                    if let fault {
                        logger.error("the session store cannot be read", metadata: ["error": "\(fault.reason)"])
                    } else {
                        logger.notice("the session store can be read again")
                    }
                }
            }
        }
    }

    private func startChecks<Reader: RecordReader>(
        on group: MultiThreadedEventLoopGroup, _ sessions: SessionParts, _ backends: BackendChain,
        _ metrics: DaemonMetrics,
        makeReader: @escaping @Sendable (any EventLoop) -> Reader
    ) async throws -> RunningChecks {
        let settings = try configuration.checkSettings(secrets: sessions.secrets)
        let refresher = IdentityRefresher(
            backends: backends, keeper: sessions.keeper, logger: logger, now: WallClock.now)
        let logger = logger
        do {
            let listener = try await CheckListener<Reader>.start(
                on: group, addresses: configuration.check.listen.map(\.bindAddress), clock: WallClock.now
            ) { loop in
                try CheckEngine(
                    settings: settings, reader: makeReader(loop), metrics: metrics.ofLoop(ObjectIdentifier(loop)),
                    logger: logger, now: WallClock.now
                ) { user in
                    // Owned by the refresher, which lets one question per person run at a time.
                    Task { await refresher.refresh(user) }
                }
            }
            return RunningChecks(service: CheckService(listener: listener), addresses: listener.addresses)
        } catch let error as CannotListen {
            throw Failure.usage("check.listen: \(error)")
        }
    }

    // MARK: - Portal and admin

    private func portals(
        on group: MultiThreadedEventLoopGroup, sessions: SessionParts, people: People, backends: BackendChain,
        metrics: DaemonMetrics, outbox: Outbox?, setup: Setup?
    ) throws -> [any Service] {
        var services = PortalServices(
            keeper: sessions.keeper, backends: backends, throttle: sessions.throttle,
            pending: sessions.secretRecords(.pending), resets: sessions.secretRecords(.reset),
            csrfKey: try sessions.lookup.makeCSRFKey(), deviceKey: try sessions.lookup.makeDeviceKey(),
            exactName: { UserNameRule.typed($0)?.text.bytes ?? $0.bytes })
        services.passwords = people.portalPasswords
        let returns = ReturnRecords(store: sessions.store, secrets: sessions.secrets)
        services.longPlaces = { key, now in try? await returns.address(of: key, now: now) }
        if let outbox, let table = configuration.mail { services.mail = outbox.portalMail(table) }
        services.remote = people.remoteSignIn
        services.setup = setup?.portalSetup
        services.isRecording = { [log] in log.isRecording }
        let portal = Portal(
            settings: try configuration.portalSettings(), services: services, clock: WallClock.now,
            metrics: metrics.portal, logger: logger)
        return configuration.portal.listen.map { address in
            let address = address.bindAddress
            let server = PortalServer.makeApplication(
                portal, address: address.hummingbird, group: group, logger: quiet,
                onRunning: { bound in
                    address.admitGroup()
                    announce("portal", GatehouseServer.BindAddress.text(bound))
                    await setup?.announce()
                })
            return ListenerService(key: "portal.listen", address: address, server: server)
        }
    }

    private func admins(
        on group: MultiThreadedEventLoopGroup, sessions: SessionParts, people: People, metrics: DaemonMetrics
    ) -> [any Service] {
        let log = log
        let source = AdminServer.Source(
            problems: { await Daemon.problems(sessions, people, log) },
            metrics: {
                let isReady = await Daemon.problems(sessions, people, log).isEmpty
                return metrics.text(hashes: await people.hashes(), isReady: isReady, log: log)
            })
        return configuration.admin.listen.map { address in
            let address = address.bindAddress
            let server = AdminServer.makeApplication(
                source, address: address, group: group, logger: quiet, onRunning: { announce("admin", $0) })
            return ListenerService(key: "admin.listen", address: address, server: server)
        }
    }

    private static func problems(_ sessions: SessionParts, _ people: People, _ log: DaemonLog) async -> [String] {
        var problems: [String] = []
        do { try await sessions.keeper.ping() } catch { problems.append("sessions.store: \(error)") }
        do { try await people.requireTables() } catch { problems.append("database: not usable") }
        if !log.isRecording { problems.append("log.audit: \(log.auditProblem ?? "cannot be written")") }
        return problems
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
private struct ListenerService<Server: ApplicationProtocol>: Service {
    let key: String
    let address: GatehouseServer.BindAddress
    let server: Server

    func run() async throws {
        address.removeLeftover()
        do {
            try await server.run()
        } catch let error as IOError {
            throw Failure.usage("\(key): \(CannotListen(address: address, error: error))")
        }
    }
}

/// Sends mails until the daemon is asked to stop; what is on its way then has five more seconds.
private struct OutboxService: Service {
    let outbox: Outbox
    let logger: Logger

    func run() async throws {
        let delivery = Task { await outbox.run() }
        try? await gracefulShutdown()
        outbox.close()
        for _ in 0..<50 where outbox.waiting > 0 { try? await Task.sleep(for: .milliseconds(100)) }
        delivery.cancel()
        // A server that does not answer does not keep the daemon.
        let lost = outbox.waiting
        if lost > 0 {
            logger.error("mails were not sent", metadata: ["event": "mail.lost", "count": "\(lost)"])
        }
    }
}

/// Ends the check listener when the daemon is asked to stop.
private struct CheckService<Reader: RecordReader>: Service {
    let listener: CheckListener<Reader>

    func run() async throws {
        try? await gracefulShutdown()
        await listener.stop()
    }
}
