internal import GatehouseCore
internal import GatehouseSessions

/// Sign-ins that were right and do not come back.
struct LostSignIns: Sendable {
    let settings: PortalSettings
    let keeper: SessionKeeper
    let audit: AuditLog

    /// Why the browser of somebody who has just signed in shows no session, or one that does not reach the place they want;
    /// `nil` if there is no sign of that.
    func loss(
        after state: SessionState, on request: PortalRequest, to destination: Destination?, mayBeBlocked: Bool = false
    ) -> CookieLoss? {
        let marker = request.cookies.marker
        switch state {
        case .severalPeople: return nil
        case .one(let current):
            guard let id = try? keeper.id(of: current.token), marker.isOf(id),
                let origin = (destination?.address ?? settings.home)?.origin,
                !settings.cookies.reach(origin, portal: settings.address.origin.authority.host)
            else { return nil }
            return .unreachable(origin)
        case .nobody:
            guard marker.isThere else { return mayBeBlocked && request.cookies.isEmpty ? .blocked : nil }
            // A session that came back and is over was ended elsewhere: that is no loss.
            let ids = request.cookies.sessions.tokens.compactMap { try? keeper.id(of: $0) }
            guard !ids.contains(where: marker.isOf) else { return nil }
            return settings.cookies.isSecure && !marker.hasSecureOne ? .insecure : .refused
        }
    }

    /// Logs a loss once: the mark goes.
    func tell(_ loss: CookieLoss, _ request: PortalRequest, in reply: inout Reply) {
        audit.cookieLost(loss, settings, request)
        for line in settings.cookies.clearedMarkers { reply.setCookie(line) }
    }
}
