internal import GatehouseCore

/// What a request shows under the names of the portal's cookies.
struct RequestCookies: Sendable {
    let sessions: SessionCookies
    let preSession: SecretToken?
    /// The sign-in that is not finished yet.
    let pending: SecretToken?
    /// The link for a new password that this browser came by.
    let reset: SecretToken?
    let device: DeviceCookie?
    /// What says that somebody has just signed in with this browser.
    let marker: SignInMarker
    /// Whether the browser sent no cookie at all, of whatever name.
    let isEmpty: Bool

    init(_ names: PortalCookies, in lines: [[UInt8]]) {
        /// The one value of a cookie; `nil` if there are several.
        func value(_ name: SessionCookieName) -> [UInt8]? {
            let values = SessionCookies.values(of: name, in: lines)
            return values.count == 1 ? values.first : nil
        }
        func secret(_ name: SessionCookieName) -> SecretToken? {
            value(name).flatMap { SecretToken(parsing: $0.span) }
        }
        sessions = SessionCookies(names.session, in: lines)
        preSession = secret(names.preSession)
        pending = secret(names.pending)
        reset = secret(names.reset)
        device = value(names.device).flatMap(DeviceCookie.init(parsing:))
        marker = SignInMarker(plain: value(names.marker), secure: value(names.secureMarker))
        isEmpty = lines.isEmpty
    }
}
