internal import GatehouseAssembly
internal import GatehouseListener
internal import GatehousePeople
internal import GatehouseSessions
private import Synchronization

/// Whether the daemon can do its work: what `/readyz` says.
final class Readiness: Sendable {
    private let starting: Atomic<Int>
    private let sessions: SessionParts
    private let tables: PeopleTables
    private let log: DaemonLog
    private let stop: StopNotice

    /// - Parameters:
    ///   - listeners: how many addresses will answer.
    ///   - sessions: whose store is probed.
    ///   - tables: what sign-ins ask.
    ///   - log: whose audit file may be required.
    ///   - stop: given when the daemon is being stopped.
    init(listeners: Int, sessions: SessionParts, tables: PeopleTables, log: DaemonLog, stop: StopNotice) {
        starting = Atomic(listeners)
        self.sessions = sessions
        self.tables = tables
        self.log = log
        self.stop = stop
    }

    /// One more address answers.
    func listens() { starting.subtract(1, ordering: .relaxed) }

    /// Why it is not ready, a line each; empty when it is.
    func problems() async -> [String] {
        if stop.isGiven { return ["stopping: ask another instance"] }
        var problems: [String] = []
        if starting.load(ordering: .relaxed) > 0 { problems.append("starting: not every address answers yet") }
        do { try await sessions.keeper.probe() } catch { problems.append("sessions.store: \(error)") }
        do { try await tables.requireSignIns() } catch { problems.append("database: not usable") }
        if !log.isRecording { problems.append("log.audit: \(log.auditProblem ?? "cannot be written")") }
        return problems
    }
}
