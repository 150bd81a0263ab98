package import GatehouseCore

/// The names and attributes of the portal's cookies.
package struct PortalCookies: Sendable {
    package let own: OwnCookies
    /// The parent domain that shares the session; `nil` for a host-only cookie, as the other one always is.
    package let domain: Host?
    package let isSecure: Bool
    /// How long a browser keeps the session cookie of someone who asked to be remembered.
    package let rememberedAge: Duration

    /// How long a sign-in form can be sent, and how long a sign-in may remain unfinished.
    static let preSessionAge = Duration.seconds(600)
    /// As long as browsers keep anything.
    private static let deviceAge = Duration.seconds(400 * 86_400)

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

    /// The cookie of a sign-in; without `Max-Age` it ends with the browser.
    func session(_ token: SecretToken, isRemembered: Bool) -> String {
        line(session, value: token.text, maxAge: isRemembered ? rememberedAge : nil, domain: domain)
    }

    var clearedSession: String { line(session, value: "", maxAge: .zero, domain: domain) }

    func preSession(_ token: SecretToken) -> String {
        line(preSession, value: token.text, maxAge: PortalCookies.preSessionAge, domain: nil)
    }

    func pending(_ token: SecretToken) -> String {
        line(pending, value: token.text, maxAge: PortalCookies.preSessionAge, domain: nil)
    }

    var clearedPending: String { line(pending, value: "", maxAge: .zero, domain: nil) }

    func reset(_ token: SecretToken, age: Duration) -> String {
        line(reset, value: token.text, maxAge: age, domain: nil)
    }

    var clearedReset: String { line(reset, value: "", maxAge: .zero, domain: nil) }

    func device(_ device: DeviceCookie) -> String {
        line(self.device, value: device.text, maxAge: PortalCookies.deviceAge, domain: nil)
    }

    var clearedPreSession: String { line(preSession, value: "", maxAge: .zero, domain: nil) }

    /// RFC 6265, section 4.1.
    func line(_ name: SessionCookieName, value: String, maxAge: Duration?, domain: Host?) -> String {
        var text = "\(name)=\(value); Path=/"
        if let domain { text += "; Domain=\(domain)" }
        if let maxAge { text += "; Max-Age=\(max(0, maxAge.components.seconds))" }
        if isSecure { text += "; Secure" }
        return text + "; HttpOnly; SameSite=Lax"
    }
}
