internal import GatehouseConfig
internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseCrypto
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

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// Runs until a signal ends it.
    func run() async throws {
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.check.threads > 0 ? configuration.check.threads : max(System.coreCount, 1))
        let people = try await People.open(configuration)
        try await people.requireTables()
        let sessions = try SessionParts(configuration, on: group.next(), logger: logger)
        let metrics = DaemonMetrics(loops: group.makeIterator().map { ObjectIdentifier($0) })
        let listener = try await startChecks(on: group, sessions: sessions, people: people, metrics: metrics)
        var services: [any Service] = [CheckService(listener: listener)]
        services += try portals(on: group, sessions: sessions, people: people, metrics: metrics)
        services += admins(on: group, sessions: sessions, people: people, metrics: metrics)
        for warning in configuration.warnings { logger.warning("\(warning)") }
        for address in listener.addresses { announce("check", address) }
        let services_ = ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [], logger: quiet)
        try await services_.run()
        logger.info("stopped")
    }

    // MARK: - Checks

    private func startChecks(
        on group: MultiThreadedEventLoopGroup, sessions: SessionParts, people: People, metrics: DaemonMetrics
    ) async throws -> CheckListener<RedisLink> {
        let settings = try configuration.checkSettings(secrets: sessions.secrets)
        let redis = sessions.redis
        let refresher = IdentityRefresher(
            backends: people.backends, keeper: sessions.keeper, logger: logger, now: WallClock.now)
        let logger = logger
        do {
            return try await CheckListener.start(
                on: group, addresses: configuration.check.listen.map(\.bindAddress), clock: WallClock.now
            ) { loop in
                let link = RedisLink(settings: redis, eventLoop: loop, logger: logger)
                link.start()
                return try CheckEngine(
                    settings: settings, reader: link, metrics: metrics.ofLoop(ObjectIdentifier(loop)), logger: logger,
                    now: WallClock.now
                ) { user in
                    // Owned by the refresher, which lets one question per person run at a time.
                    Task { await refresher.refresh(user) }
                }
            }
        } catch let error as CannotListen {
            throw Failure.usage("check.listen: \(error)")
        }
    }

    // MARK: - Portal and admin

    private func portals(
        on group: MultiThreadedEventLoopGroup, sessions: SessionParts, people: People, metrics: DaemonMetrics
    ) throws -> [any Service] {
        let portal = Portal(
            settings: try configuration.portalSettings(), keeper: sessions.keeper, backends: people.backends,
            csrfKey: try sessions.lookup.makeCSRFKey(), clock: WallClock.now, metrics: metrics.portal, logger: logger)
        return configuration.portal.listen.map { address in
            let address = address.bindAddress
            let server = PortalServer.makeApplication(
                portal, address: address.hummingbird, group: group, logger: quiet,
                onRunning: { bound in
                    address.admitGroup()
                    announce("portal", GatehouseServer.BindAddress.text(bound))
                })
            return ListenerService(key: "portal.listen", address: address, server: server)
        }
    }

    private func admins(
        on group: MultiThreadedEventLoopGroup, sessions: SessionParts, people: People, metrics: DaemonMetrics
    ) -> [any Service] {
        let source = AdminServer.Source(
            problems: { await Daemon.problems(sessions, people) },
            metrics: {
                metrics.text(hashes: await people.hashes(), isReady: await Daemon.problems(sessions, people).isEmpty)
            })
        return configuration.admin.listen.map { address in
            let address = address.bindAddress
            let server = AdminServer.makeApplication(
                source, address: address, group: group, logger: quiet, onRunning: { announce("admin", $0) })
            return ListenerService(key: "admin.listen", address: address, server: server)
        }
    }

    private static func problems(_ sessions: SessionParts, _ people: People) async -> [String] {
        var problems: [String] = []
        do { try await sessions.keeper.ping() } catch { problems.append("sessions.store: \(error)") }
        do { try await people.requireTables() } catch { problems.append("database: not usable") }
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

/// Ends the check listener when the daemon is asked to stop.
private struct CheckService: Service {
    let listener: CheckListener<RedisLink>

    func run() async throws {
        try? await gracefulShutdown()
        await listener.stop()
    }
}
