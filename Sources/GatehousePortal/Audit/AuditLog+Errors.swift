internal import GatehouseCore
internal import Logging

/// Lines about requests that get no page of their own, by which whoever is asked finds what a page told of.
///
/// Anybody can cause them, so there are only so many in a second; each returns whether it was written.
extension AuditLog {
    /// A head that the portal does not take.
    func headRefused(_ defect: HeadDefect, _ request: PortalRequest) -> Bool {
        limited(
            .warning, "request refused", "head \(defect.header) \(defect.reason)", request,
            ["header": "\(defect.header)", "reason": "\(defect.reason)", "status": "400"])
    }

    /// A request for a host that is not the portal's.
    ///
    /// Two lines in a second: browsers ask once more on another connection (RFC 9110, section 15.5.20), and what they show
    /// then is to be found, too.
    func misdirected(_ address: PortalAddress, _ request: PortalRequest) -> Bool {
        limited(
            .notice, "asked for a host that is not the portal's", "misdirected", request,
            [
                "host": "\(AuditLog.host(request))", "status": "421", "config": "portal.url = \"\(address)\"",
            ], limit: 2)
    }

    /// Any other page about an error, which nobody has written a line about.
    func error(_ status: Int, _ request: PortalRequest) -> Bool {
        limited(
            .info, "answered with a page about an error", "error \(status)", request,
            ["status": "\(status)", "host": "\(AuditLog.host(request))"], limit: 10)
    }

    /// Nobody may sign in or change anything unseen.
    func notRecording(_ request: PortalRequest) -> Bool {
        limited(
            .error, "refused: log.audit_required is set and log.audit cannot be written", "not recording", request,
            ["status": "503"])
    }

    /// At most `limit` lines of a topic in a second, with the count of those that were left out before.
    private func limited(
        _ level: Logger.Level, _ message: Logger.Message, _ topic: String, _ request: PortalRequest,
        _ fields: Logger.Metadata, limit: Int = 1
    ) -> Bool {
        guard let left = budget.take(topic, limit: limit, now: clock()) else { return false }
        var fields = fields
        if left > 0 { fields["left_out"] = "\(left)" }
        write(level, message, request, fields)
        return true
    }

    /// The host as it was asked for; the log escapes it.
    private static func host(_ request: PortalRequest) -> String {
        String(decoding: request.authority.prefix(100), as: UTF8.self)
    }
}
