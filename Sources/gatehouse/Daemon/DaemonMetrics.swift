internal import GatehouseCore
internal import GatehouseMail
internal import GatehousePortal
internal import GatehouseServer

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
        for metric in CheckMetrics.exported { text.add(metric, of: loops.values) }
        for metric in PortalMetrics.exported { text.add(metric, of: CollectionOfOne(portal)) }
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
}
