internal import GatehouseConfig
internal import GatehouseListener
private import GatehouseTerminal
private import Glibc
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// How the daemon ends: readiness goes, the delay passes with everything answered, listeners close, what is under way is
/// answered; a second signal ends it at once.
struct StopSequence: Sendable {
    let notice: StopNotice
    private let delay: Duration
    private let log: DaemonLog
    private let logger: Logger

    init(_ table: ShutdownTable, log: DaemonLog, logger: Logger) {
        notice = StopNotice(drain: table.drain)
        delay = table.delay
        self.log = log
        self.logger = logger
    }

    /// Runs the services until a signal ends them, or one of them ends by itself; `onSignal` hears of the signal at once.
    func run(_ services: ServiceGroup, onSignal: @escaping @Sendable () -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask { await takeSignals(for: services, onSignal) }
            // Signals are taken until the services have ended.
            try await group.next()
            group.cancelAll()
        }
    }

    private func takeSignals(for services: ServiceGroup, _ onSignal: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { group in
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                guard !notice.isGiven else { await endNow() }
                logger.info("stopping", metadata: ["signal": "\(signal)"])
                notice.give()
                onSignal()
                group.addTask {
                    try? await Task.sleep(for: delay)
                    notice.beginDraining()
                    await services.triggerGracefulShutdown()
                }
            }
        }
    }

    /// What is under way is cut off; only the log is written to its end.
    private func endNow() async -> Never {
        logger.warning("a second signal: stopped at once, and what was under way is cut off")
        await log.finish()
        _exit(ExitStatus.refused)
    }
}

/// What answers proxies and people: all of it ends at the same time.
struct Front: Service {
    let listeners: [any Service]

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners { group.addTask { try await listener.run() } }
            // The first one that fails takes the others with it.
            for try await _ in group {}
        }
    }
}
