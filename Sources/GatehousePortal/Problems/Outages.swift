internal import GatehouseCore
internal import GatehouseSessions

/// What happens when a part of the site gives no answer: it is counted, written down, and said on a page.
struct Outages: Sendable {
    let settings: PortalSettings
    let audit: AuditLog

    /// Counts an outage and writes it down.
    func note(_ what: String, _ error: some Error, _ request: PortalRequest) {
        audit.unavailable(what, error, request)
    }

    /// The answer, or the page that says that a part of the site gives none.
    func answering(
        _ what: String, _ request: PortalRequest, _ work: () async throws(PortalError) -> Reply
    ) async -> Reply {
        do throws(PortalError) { return try await work() } catch { return reply(to: error, what, request) }
    }

    /// The page about an outage that was not noted yet.
    func reply(to error: PortalError, _ what: String, _ request: PortalRequest) -> Reply {
        note(what, error, request)
        switch error {
        case .sessions(.tooLarge): return Reply(.failed, settings)
        case .sessions, .people, .store: return Reply(.unavailable, settings)
        case .sessionsGoOn: return Reply(.sessionsGoOn, settings)
        }
    }
}
