internal import GatehouseCore
internal import GatehouseSessions

/// The way from a form to the page that somebody wanted: by a page of the portal that leads on by itself.
struct OnwardHandler: Sendable {
    let settings: PortalSettings
    let sessions: BrowserSessions
    let destinations: Destinations
    let losses: LostSignIns

    /// Answers `GET /login/continue`: leads on, or says why the sign-in is lost.
    func goOn(_ request: PortalRequest) async -> Reply {
        let destination = await destinations.destination(request)
        let state: SessionState
        // Without the store nobody knows: the place itself says what is wrong.
        do throws(SessionError) { state = try await sessions.state(of: request) } catch {
            return leadOn(to: destination)
        }
        // Whether the place can use the session shows there: who comes back from it is told on the sign-in page.
        if case .one = state { return leadOn(to: destination) }
        let mayBeBlocked = request.mayFollowOwnPage
        if let loss = losses.loss(after: state, on: request, to: destination, mayBeBlocked: mayBeBlocked) {
            return lost(loss, request, destination)
        }
        return Reply(seeOther: Link(.signIn, of: settings.address, returningTo: destination))
    }

    private func leadOn(to destination: Destination?) -> Reply {
        guard let place = destination?.address ?? settings.home else {
            return Reply(seeOther: Link(.account, of: settings.address))
        }
        // A page of the portal's own needs no way around `form-action`.
        if settings.isOwnPage(place) { return Reply(seeOther: Link(place)) }
        return Reply(200, OnwardPage(settings: settings).page(to: Link(place), place))
    }

    private func lost(_ loss: CookieLoss, _ request: PortalRequest, _ destination: Destination?) -> Reply {
        var reply = Reply(200, OnwardPage(settings: settings).lost(loss, destination))
        losses.tell(loss, request, in: &reply)
        return reply
    }
}
