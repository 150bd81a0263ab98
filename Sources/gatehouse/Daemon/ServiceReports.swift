internal import GatehouseListener
internal import GatehouseSystem
internal import GatehouseTerminal
private import Glibc
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
private import Synchronization

/// Tells the service manager how the daemon fares: that it is ready, what it lacks, that its loops turn, that it ends.
///
/// It is the first service of the daemon's group, so that its signs go on until everything else has ended.
final class ServiceReports: Service {
    /// `nil` if nobody wants to know.
    private let notifier: ServiceNotifier?
    private let watchdog: Duration?
    private let pulse: LoopPulse
    private let problems: @Sendable () async -> [String]
    private let logger: Logger
    private let isReady = Atomic<Bool>(false)
    private let hasComplained = Atomic<Bool>(false)

    /// How long a store or a database that does not answer holds up the start of units that wait for this one.
    ///
    /// After that the daemon counts as started, and answers what it can: another start would not mend them.
    private static var patience: Duration { .seconds(10) }
    /// How often the status is brought up to date, before and after it.
    private static var pauses: (before: Duration, after: Duration) { (.milliseconds(50), .seconds(5)) }

    /// - Parameters:
    ///   - manager: says where it hears, and how often it wants a sign of life.
    ///   - loops: those that have to turn for the daemon to count as alive.
    ///   - logger: for complaints.
    ///   - problems: what keeps the daemon from being ready, a line each.
    /// - Throws: `Failure.unknown` if the system gives no socket.
    init(
        to manager: ServiceManagerEnvironment, loops: [any EventLoop], logger: Logger,
        problems: @escaping @Sendable () async -> [String]
    ) throws(Failure) {
        do throws(ServiceManagerFault) {
            notifier = try manager.notifySocket.map { socket throws(ServiceManagerFault) in
                try ServiceNotifier(socket)
            }
        } catch {
            throw .unknown("\(error)")
        }
        watchdog = manager.watchdog
        pulse = LoopPulse(of: loops)
        self.problems = problems
        self.logger = logger
    }

    func run() async throws {
        guard notifier != nil else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.tellStatus() }
                if let watchdog = self.watchdog { group.addTask { await self.giveSigns(every: watchdog / 2) } }
            }
        }
    }

    /// Tells that the daemon was asked to stop.
    func tellStopping() { tell(.stopping) }

    /// Does what a reload consists of.
    func reloading(_ work: () -> Void) {
        // Before the start is over, "ready" would end it.
        guard isReady.load(ordering: .relaxed) else { return work() }
        var moment = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
        tell(.reloading(monotonicMicroseconds: UInt64(moment.tv_sec) * 1_000_000 + UInt64(moment.tv_nsec / 1_000)))
        work()
        tell(.ready)
    }

    private func tellStatus() async {
        let begin = ContinuousClock.now
        var last: String?
        while !Task.isCancelled {
            let problems = await problems()
            let status = problems.isEmpty ? "ready" : "not ready: \(problems.joined(separator: "; "))"
            if status != last { tell(.status(status)) }
            last = status
            let isReady = isReady.load(ordering: .relaxed)
            if !isReady, problems.isEmpty || ContinuousClock.now - begin >= ServiceReports.patience {
                tell(.ready)
                self.isReady.store(true, ordering: .relaxed)
            }
            let pauses = ServiceReports.pauses
            try? await Task.sleep(for: isReady ? pauses.after : pauses.before)
        }
    }

    /// A loop that hangs, or a pool of threads that does, ends the signs, and with them the process.
    private func giveSigns(every pause: Duration) async {
        while !Task.isCancelled, (try? await pulse.beat()) != nil {
            tell(.watchdog)
            try? await Task.sleep(for: pause)
        }
    }

    private func tell(_ message: ServiceMessage) {
        do throws(ServiceManagerFault) { try notifier?.send(message) } catch {
            guard !hasComplained.exchange(true, ordering: .relaxed) else { return }
            logger.warning("the service manager cannot be told how the daemon fares", metadata: ["error": "\(error)"])
        }
    }
}
