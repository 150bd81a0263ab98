internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseTerminal
internal import Logging
internal import ServiceLifecycle

/// Keeps what providers say of themselves at hand, so that no sign-in waits for it.
///
/// Nothing else waits for it either: a provider that is down keeps neither the daemon from starting nor a session from going on.
struct ProvidersService: Service {
    /// In the order of the configuration, which is that of their buttons.
    let clients: [ProviderClient]

    /// - Throws: `Failure.usage` if providers cannot be reached from here at all.
    init(_ configuration: Configuration, metrics: DaemonMetrics, logger: Logger) throws(Failure) {
        clients = try configuration.makeProviders { name, notice in
            metrics.note(notice, at: name)
            ProvidersService.tell(notice, at: name, logger)
        }
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await client.keepFresh() } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private static func tell(_ notice: ProviderNotice, at name: ProviderName, _ logger: Logger) {
        let source = LogArea.backends.rawValue
        switch notice {
        case .called: break
        case .heldBack(let reason):
            logger.warning(
                "a provider gives no answers and is not asked for half a minute",
                metadata: ["provider": "\(name)", "reason": "\(reason)"], source: source)
        case .backAgain:
            logger.notice("a provider answers again", metadata: ["provider": "\(name)"], source: source)
        case .kept(let what, let reason):
            logger.warning(
                "what a provider says of itself could not be renewed; see `gatehouse provider check`",
                metadata: ["provider": "\(name)", "part": "\(what.rawValue)", "reason": "\(reason)"], source: source)
        }
    }
}
