package import GatehouseCore

/// The names and attributes of the portal's cookies.
package struct PortalCookies: Sendable {
    package let own: OwnCookies
    /// The parent domain that shares the session; `nil` for a host-only cookie, as the other one always is.
    package let domain: Host?
    package let isSecure: Bool
    /// How long a browser keeps the session cookie of someone who asked to be remembered.
    package let rememberedAge: Duration

    package init(
        own: OwnCookies, domain: Host? = nil, isSecure: Bool,
        rememberedAge: Duration = SessionLimits.remembered.absolute
    ) {
        self.own = own
        self.domain = domain
        self.isSecure = isSecure
        self.rememberedAge = rememberedAge
    }

    package var session: SessionCookieName { own.session }
    package var preSession: SessionCookieName { own.preSession }
    var pending: SessionCookieName { own.pending }
    var reset: SessionCookieName { own.reset }
    var device: SessionCookieName { own.device }

    /// RFC 6265, section 4.1.
    func line(_ name: SessionCookieName, value: String, maxAge: Duration?, domain: Host?) -> String {
        var text = "\(name)=\(value); Path=/"
        if let domain { text += "; Domain=\(domain)" }
        if let maxAge { text += "; Max-Age=\(max(0, maxAge.components.seconds))" }
        if isSecure { text += "; Secure" }
        return text + "; HttpOnly; SameSite=Lax"
    }
}
