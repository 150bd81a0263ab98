internal import GatehouseAssembly
internal import GatehouseBackends
internal import GatehouseCore
internal import GatehouseListener
internal import GatehouseLogging
internal import GatehouseOIDC
internal import GatehousePeople
internal import GatehouseServer
internal import GatehouseSessions
private import GatehouseSystem
private import Synchronization

/// Whether the daemon can do its work, part by part: what `/readyz` says.
final class Readiness: Sendable {
    private let starting: Atomic<Int>
    private let sessions: SessionParts
    private let tables: PeopleTables
    private let log: DaemonLog
    private let stop: StopNotice
    private let metrics: DaemonMetrics
    private let file: ConfigurationFile
    private let clock = ClockWatch()

    /// - Parameters:
    ///   - listeners: how many addresses will answer.
    ///   - sessions: whose store is probed.
    ///   - tables: what sign-ins ask.
    ///   - log: whose audit file may be required.
    ///   - stop: given when the daemon is being stopped.
    ///   - metrics: what was noticed on the way.
    ///   - configuration: the path of the file that was read.
    init(
        listeners: Int, sessions: SessionParts, tables: PeopleTables, log: DaemonLog, stop: StopNotice,
        metrics: DaemonMetrics, configuration: String
    ) {
        starting = Atomic(listeners)
        self.sessions = sessions
        self.tables = tables
        self.log = log
        self.stop = stop
        self.metrics = metrics
        file = ConfigurationFile(configuration)
    }

    /// One more address answers.
    func listens() { starting.subtract(1, ordering: .relaxed) }

    /// Every part, in the order in which they need each other.
    ///
    /// Store and database are asked now; of the rest it is said what was noticed last.
    func parts() async -> [HealthPart] {
        if stop.isGiven {
            let advice = "ask another instance"
            return [.needed("listeners", as: "stopping", "stopping: \(advice)", briefly: advice)]
        }
        let isStarting = starting.load(ordering: .relaxed) > 0
        let now = WallClock.now()
        // Beside each other: whoever asks waits for the slower one only.
        async let store = askStore()
        async let database = askDatabase()
        return [
            .needed("listeners", as: "starting", isStarting ? "not every address answers yet" : nil),
            .told("configuration", file.problem), .told("keys", keys(now)),
            .told("clock", clock.problem(now) ?? clocks(now)), .needed("store", as: "sessions.store", await store),
            .told("link", links), .told("cache", caches),
            .needed("database", as: "database", await database, briefly: "not usable"),
            .told("backends", backends),
            .needed("log", as: "log.audit", log.isRecording ? nil : log.auditProblem ?? "cannot be written"),
        ]
    }

    /// Why it is not ready, a line each; empty when it is.
    func problems() async -> [String] { await parts().compactMap(\.obstacle) }

    // MARK: - What is asked

    /// Whoever asks waits for no part longer than this: they have limits of their own, like Kubernetes' second.
    private static let patience = Duration.milliseconds(900)

    private func askStore() async -> String? {
        await within(Readiness.patience, else: "gives no answer") { [sessions] in
            do { try await sessions.keeper.probe() } catch { return "\(error)" }
            return nil
        }
    }

    private func askDatabase() async -> String? {
        await within(Readiness.patience, else: "gives no answer") { [tables] in
            do { try await tables.requireSignIns() } catch { return "\(error)" }
            return nil
        }
    }

    // MARK: - What was noticed

    /// How long it is told of.
    private static let memory = Duration.seconds(300)

    private func isFresh(_ sighting: Timestamp?, _ now: Timestamp) -> Bool {
        sighting.map { now.since($0) <= Readiness.memory } ?? false
    }

    private func keys(_ now: Timestamp) -> String? {
        guard metrics.checks.contains(where: { isFresh($0.unreadableRecords.lastTime, now) }) else { return nil }
        return
            "records of the store do not open, so their owners are signed out: they were altered, moved, or sealed by a "
            + "key that is not in keys.seal; put that key back behind the first one"
    }

    private func clocks(_ now: Timestamp) -> String? {
        guard metrics.checks.contains(where: { isFresh($0.clockDifferences.lastTime, now) }) else { return nil }
        return "differs by more than a minute from that of another instance or of the store: set them"
    }

    private var links: String? {
        let links = metrics.links
        let down = links.filter { !$0.isUp }
        guard let first = down.first else { return nil }
        let reason = first.reason.map { ": \($0)" } ?? ""
        return "\(down.count) of \(links.count) connections to the store are missing\(reason)"
    }

    private var caches: String? {
        let caches = metrics.caches
        let doubts = caches.compactMap(\.doubt)
        guard let first = doubts.first else { return nil }
        return
            "\(doubts.count) of \(caches.count) event loops keep no records, and ask the store for each check: \(first)"
    }

    private var backends: String? {
        let outages = metrics.backends.compactMap { backend in
            backend.outage.map { outage in
                "\(backend.name) has not answered since \(LineLog.text(outage.since)): \(outage.reason)"
            }
        }
        let providers = metrics.providers.compactMap { provider in
            provider.outage.map { "the provider \(provider.name) gives no answers: \($0)" }
        }
        let all = outages + providers
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }
}

/// The file that the configuration was read from, and whether it is still that one.
private struct ConfigurationFile: Sendable {
    private let path: String
    private let status: FileStatus?

    init(_ path: String) {
        self.path = path
        status = ConfigurationFile.status(of: path)
    }

    var problem: String? {
        guard let status, let now = ConfigurationFile.status(of: path) else { return nil }
        // Permissions and links may change; the content is what counts.
        let isSame = status.inode == now.inode && status.modified == now.modified && status.size == now.size
        return isSame ? nil : "\(path) was changed since it was read: `gatehouse check`, then restart to use it"
    }

    private static func status(of path: String) -> FileStatus? { try? OpenFile(path).status() }
}

/// Notices when somebody sets the clock.
private struct ClockWatch: Sendable {
    private let begin = WallClock.now()
    private let beginOnSteadyClock = ContinuousClock.now

    /// What sessions tolerate.
    private static let tolerance = Duration.seconds(60)

    func problem(_ now: Timestamp) -> String? {
        let difference = now.since(begin) - (ContinuousClock.now - beginOnSteadyClock)
        let seconds = abs(difference.components.seconds)
        guard seconds >= ClockWatch.tolerance.components.seconds else { return nil }
        return "was set \(difference < .zero ? "back" : "ahead") by \(seconds) s since the start: sessions "
            + (difference < .zero ? "live longer" : "ended early")
    }
}
