internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

/// The way from a form to the page that somebody wanted: by a page of the portal that leads on by itself.
extension Portal {
    /// The place that a request asks to come back to: by its own address, or, of a form, by a field.
    ///
    /// A form without `action` is sent to the address of its page, so that both have the same query. `rd` holds the place itself,
    /// `rk` the key of one that is too long for an address.
    func destination(_ request: PortalRequest, _ fields: FormFields? = nil) async -> Destination? {
        if let key = request.query?["rk"].flatMap({ SecretToken(parsing: $0.span) }),
            let place = settings.returnAddress(await services.longPlaces?(key, clock()))
        {
            return Destination(place, key: key)
        }
        return (settings.returnAddress(request.query?["rd"]) ?? settings.returnAddress(fields?["rd"])).map {
            Destination($0)
        }
    }

    /// Whether the address of a form holds the place, so that the form itself need not.
    func isInAddress(_ destination: Destination?, _ request: PortalRequest) -> Bool {
        guard let destination else { return false }
        return destination.key != nil || settings.returnAddress(request.query?["rd"]) == destination.address
    }

    /// The end of a form that led somewhere: the page that goes on from there.
    ///
    /// Reached by a redirect, so that cookies are seen to come back and nothing is sent twice; at once for a place that is too
    /// long for the head of an answer.
    func onward(to destination: Destination?) -> Reply {
        let link = Link(.onward, of: settings.address, returningTo: destination)
        guard let destination, !link.isShort else { return Reply(seeOther: link) }
        return Reply(200, OnwardPage(settings: settings).page(to: Link(destination.address), destination.address))
    }

    /// Answers `GET /login/continue`: leads on, or says why the sign-in is lost.
    func goOnward(_ request: PortalRequest) async -> Reply {
        let destination = await destination(request)
        let state: SessionState
        // Without the store nobody knows: the place itself says what is wrong.
        do throws(SessionError) { state = try await sessionState(of: request) } catch {
            return leadOn(to: destination)
        }
        // Whether the place can use the session shows there: who comes back from it is told on the sign-in page.
        if case .one = state { return leadOn(to: destination) }
        if let loss = loss(after: state, on: request, to: destination, mayBeBlocked: request.mayFollowOwnPage) {
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
        tell(loss, request, in: &reply)
        return reply
    }

    // MARK: - A sign-in that does not come back

    /// Why the browser of somebody who has just signed in shows no session, or one that does not reach the place they want;
    /// `nil` if there is no sign of that.
    func loss(
        after state: SessionState, on request: PortalRequest, to destination: Destination?, mayBeBlocked: Bool = false
    ) -> CookieLoss? {
        let marker = request.marker
        switch state {
        case .severalPeople: return nil
        case .one(let current):
            guard let id = try? keeper.id(of: current.token), marker.isOf(id),
                let origin = (destination?.address ?? settings.home)?.origin,
                !settings.cookies.reach(origin, portal: settings.address.origin.authority.host)
            else { return nil }
            return .unreachable(origin)
        case .nobody:
            guard marker.isThere else { return mayBeBlocked && !request.hasCookies ? .blocked : nil }
            // A session that came back and is over was ended elsewhere: that is no loss.
            let ids = request.sessions.tokens.compactMap { try? keeper.id(of: $0) }
            guard !ids.contains(where: marker.isOf) else { return nil }
            return settings.cookies.isSecure && !marker.hasSecureOne ? .insecure : .refused
        }
    }

    /// Logs a loss once: the mark goes.
    func tell(_ loss: CookieLoss, _ request: PortalRequest, in reply: inout Reply) {
        metrics.cookiesLost.increment()
        audit.cookieLost(loss, settings, request)
        for line in settings.cookies.clearedMarkers { reply.setCookie(line) }
    }
}

/// Why a sign-in that was right is of no use to the browser.
enum CookieLoss: Equatable, Sendable {
    /// No cookie comes back at all.
    case blocked
    /// Others come back, but not the session's: the browser does not accept its domain.
    case refused
    /// The cookie is for https, and the browser is on http.
    case insecure
    /// The cookie is not sent to where the person wants to go.
    case unreachable(Origin)

    var reason: StaticString {
        switch self {
        case .blocked: "blocked"
        case .refused: "refused"
        case .insecure: "insecure"
        case .unreachable: "unreachable"
        }
    }

    /// The line of the configuration to look at.
    func line(_ settings: PortalSettings) -> String {
        switch self {
        case .blocked: "none: the browser accepts no cookie"
        case .refused, .unreachable:
            settings.cookies.domain.map { "cookie.domain = \"\($0)\"" }
                ?? "portal.url = \"\(settings.address)\", without cookie.domain"
        case .insecure: "portal.url = \"\(settings.address)\""
        }
    }
}
