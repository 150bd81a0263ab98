internal import GatehouseCore

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
