internal import GatehouseMail
internal import GatehousePortal
internal import GatehouseServer
internal import Synchronization

/// Everything the daemon counts, and its text for Prometheus.
struct DaemonMetrics: Sendable {
    private let loops: [ObjectIdentifier: CheckMetrics]
    let portal = PortalMetrics()

    /// - Parameter loops: the event loops of the check listener; each counts for itself.
    init(loops: [ObjectIdentifier]) {
        self.loops = Dictionary(loops.map { ($0, CheckMetrics()) }) { first, _ in first }
    }

    func ofLoop(_ loop: ObjectIdentifier) -> CheckMetrics { loops[loop] ?? CheckMetrics() }

    func text(hashes: Int, mails: Outbox.Counts?, isReady: Bool, log: DaemonLog) -> String {
        var text = MetricsText()
        let checks = loops.values.reduce(into: CheckTotals()) { $0.add($1) }
        text.add(
            "gatehouse_checks_total", .counter, "Checks answered, by outcome.",
            [
                ("outcome=\"allow\"", checks.allowed), ("outcome=\"challenge\"", checks.challenged),
                ("outcome=\"deny\"", checks.denied), ("outcome=\"unavailable\"", checks.unavailable),
                ("outcome=\"refused\"", checks.refused),
            ])
        text.add(
            "gatehouse_check_connections_total", .counter, "Connections that proxies opened for checks.",
            checks.connections)
        text.add("gatehouse_check_connections_open", .gauge, "Connections open now.", checks.openConnections)
        text.add(
            "gatehouse_check_untrusted_total", .counter, "Requests of peers that are not trusted.", checks.untrusted)
        addPortal(to: &text)
        if let mails {
            text.add(
                "gatehouse_mail_waiting", .gauge, "Mails that are neither delivered nor lost.", mails.waiting)
            text.add(
                "gatehouse_mails_total", .counter, "Mails, by what became of them.",
                [("outcome=\"delivered\"", mails.delivered), ("outcome=\"lost\"", mails.lost)])
        }
        text.add("gatehouse_password_hashes_total", .counter, "Passwords hashed.", hashes)
        text.add(
            "gatehouse_log_dropped_total", .counter,
            "Lines that nobody took in time, of the log and of the audit file.",
            [("target=\"log\"", log.droppedLines), ("target=\"audit\"", log.droppedEvents)])
        text.add(
            "gatehouse_audit_failing", .gauge, "1 if the audit file cannot be written.", log.auditProblem == nil ? 0 : 1
        )
        text.add("gatehouse_ready", .gauge, "1 if the store and the database answer.", isReady ? 1 : 0)
        return text.text
    }

    /// What the portal counts.
    private func addPortal(to text: inout MetricsText) {
        text.add(
            "gatehouse_portal_connections_refused_total", .counter, "Connections of the portal that found no room.",
            portal.connectionsTurnedAway.load(ordering: .relaxed))
        text.add(
            "gatehouse_sign_ins_total", .counter, "Attempts to sign in, by outcome.",
            [
                ("outcome=\"ok\"", portal.signInsSucceeded.load(ordering: .relaxed)),
                ("outcome=\"failed\"", portal.signInsFailed.load(ordering: .relaxed)),
                ("outcome=\"throttled\"", portal.throttled.load(ordering: .relaxed)),
                ("outcome=\"busy\"", portal.busy.load(ordering: .relaxed)),
                ("outcome=\"cross-site\"", portal.crossSiteRefused.load(ordering: .relaxed)),
                ("outcome=\"unavailable\"", portal.unavailable.load(ordering: .relaxed)),
            ])
        text.add(
            "gatehouse_sign_ins_lost_total", .counter, "Sign-ins whose cookie did not come back.",
            portal.cookiesLost.load(ordering: .relaxed))
        text.add(
            "gatehouse_sign_outs_total", .counter, "Sessions ended by their owner.",
            portal.signOuts.load(ordering: .relaxed))
        text.add(
            "gatehouse_passwords_changed_total", .counter, "Passwords changed by their owners.",
            portal.passwordsChanged.load(ordering: .relaxed))
        text.add(
            "gatehouse_reset_links_total", .counter, "Links for a new password, by what became of them.",
            [
                ("outcome=\"sent\"", portal.resetsSent.load(ordering: .relaxed)),
                ("outcome=\"used\"", portal.resetsUsed.load(ordering: .relaxed)),
            ])
    }
}

/// The sums over all event loops.
private struct CheckTotals {
    var allowed = 0
    var challenged = 0
    var denied = 0
    var unavailable = 0
    var refused = 0
    var connections = 0
    var openConnections = 0
    var untrusted = 0

    mutating func add(_ loop: CheckMetrics) {
        allowed += loop.allowed.load(ordering: .relaxed)
        challenged += loop.challenged.load(ordering: .relaxed)
        denied += loop.denied.load(ordering: .relaxed)
        unavailable += loop.unavailable.load(ordering: .relaxed)
        refused += loop.refused.load(ordering: .relaxed)
        connections += loop.connections.load(ordering: .relaxed)
        openConnections += loop.openConnections.load(ordering: .relaxed)
        untrusted += loop.untrusted.load(ordering: .relaxed)
    }
}
