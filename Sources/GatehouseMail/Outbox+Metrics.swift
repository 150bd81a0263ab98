package import GatehouseCore

extension Outbox.Counts {
    /// What is exported.
    package static let exported: [Metric<Outbox.Counts>] = [
        Metric("gatehouse_mail_waiting", .gauge, "Mails that are neither delivered nor lost.") { $0.waiting },
        Metric("gatehouse_mail_retrying", .gauge, "Mails that were not taken yet and are tried again later.") {
            $0.resting
        },
        Metric(
            "gatehouse_mails_total", .counter, "Mails, by what became of them.", by: "outcome",
            ["delivered": { $0.delivered }, "lost": { $0.lost }]),
    ]
}
