internal import GatehouseSessions
private import Synchronization

/// Whether the daemon can do its work: what `/readyz` says.
final class Readiness: Sendable {
    private let starting: Atomic<Int>
    private let sessions: SessionParts
    private let people: People
    private let log: DaemonLog

    /// - Parameters:
    ///   - listeners: how many addresses will answer.
    ///   - sessions: whose store is probed.
    ///   - people: whose tables have to be there.
    ///   - log: whose audit file may be required.
    init(listeners: Int, sessions: SessionParts, people: People, log: DaemonLog) {
        starting = Atomic(listeners)
        self.sessions = sessions
        self.people = people
        self.log = log
    }

    /// One more address answers.
    func listens() { starting.subtract(1, ordering: .relaxed) }

    /// Why it is not ready, a line each; empty when it is.
    func problems() async -> [String] {
        var problems: [String] = []
        if starting.load(ordering: .relaxed) > 0 { problems.append("starting: not every address answers yet") }
        do { try await sessions.keeper.probe() } catch { problems.append("sessions.store: \(error)") }
        do { try await people.requireSignIns() } catch { problems.append("database: not usable") }
        if !log.isRecording { problems.append("log.audit: \(log.auditProblem ?? "cannot be written")") }
        return problems
    }
}
