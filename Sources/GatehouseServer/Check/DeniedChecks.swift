internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseLogging
internal import Logging

/// The lines about denied checks of one event loop, part of the audit trail: at most one a second for each person and rule.
///
/// A page of an application asks for dozens of things that its visitor may not have. The first is written at once; those that
/// follow within the second are counted, and a second line like it says how many they were.
struct DeniedChecks {
    /// What belongs together.
    private struct Subject: Hashable {
        let user: UserReference?
        let application: ApplicationName?
        let rule: Int?
        let reason: Trace.Reason
    }

    private struct Repeated {
        let since: Timestamp
        let event: Event
        /// That of the first one.
        let trace: RequestTrace?
        var count = 0
    }

    private let logger: Logger
    private var recent: [Subject: Repeated] = [:]

    /// How many subjects are told apart within a second; beyond that each check has a line of its own.
    private static var capacity: Int { 4_096 }

    init(logger: Logger) { self.logger = logger }

    mutating func add(_ decision: Decision, _ identity: Identity?, _ check: PendingCheck, _ now: Timestamp) {
        let trace = decision.trace
        let subject = Subject(
            user: identity?.user, application: trace.application, rule: trace.rule, reason: trace.reason)
        if let known = recent[subject], !isOver(known, now) {
            recent[subject]?.count += 1
            return
        }
        if let old = recent.removeValue(forKey: subject) { flush(old) }
        let first = Repeated(
            since: now, event: DeniedChecks.event(trace, identity, check.request),
            trace: check.trace.map { RequestTrace($0) })
        if recent.count < DeniedChecks.capacity { recent[subject] = first }
        write(first, count: 1)
    }

    /// Writes what was counted in seconds that are over; called once a second.
    mutating func sweep(_ now: Timestamp) {
        guard !recent.isEmpty else { return }
        for (subject, repeated) in recent where isOver(repeated, now) {
            recent[subject] = nil
            flush(repeated)
        }
    }

    /// Writes everything that was counted: the daemon stops.
    mutating func flushAll() {
        for repeated in recent.values { flush(repeated) }
        recent = [:]
    }

    /// Also when the clock was set back.
    private func isOver(_ repeated: Repeated, _ now: Timestamp) -> Bool {
        now < repeated.since || now.since(repeated.since) >= .seconds(1)
    }

    private func flush(_ repeated: Repeated) {
        if repeated.count > 0 { write(repeated, count: repeated.count) }
    }

    private func write(_ check: Repeated, count: Int) {
        RequestTrace.$current.withValue(check.trace) {
            logger.log(check.event.with(.count, .number(count)), "check denied")
        }
    }

    private static func event(_ trace: Trace, _ identity: Identity?, _ request: CheckRequest) -> Event {
        let original = request.original
        return Event(
            .checkDenied, about: identity.map { .person($0.user) } ?? .nobody,
            [
                (.reason, "\(trace.reason.rawValue)"),
                (.application, "\(trace.application?.description ?? "-")"),
                (.rule, "\(trace.rule.map(String.init) ?? "-")"),
                (.user, "\(identity?.name.description ?? "-")"), (.method, "\(original.method)"),
                (.host, "\(original.authority)"),
                (.path, "\(String(decoding: original.target.path, as: UTF8.self))"),
            ])
    }
}
