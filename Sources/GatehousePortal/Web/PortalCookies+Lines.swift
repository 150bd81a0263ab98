internal import GatehouseCore

/// The lines by which browsers take the portal's cookies and forget them.
extension PortalCookies {
    /// How long a sign-in form can be sent, and how long a sign-in may remain unfinished.
    static let preSessionAge = Duration.seconds(600)
    /// As long as browsers keep anything.
    private static let deviceAge = Duration.seconds(400 * 86_400)

    /// The cookie of a sign-in; without `Max-Age` it ends with the browser.
    func session(_ token: SecretToken, isRemembered: Bool) -> String {
        line(session, value: token.text, maxAge: isRemembered ? rememberedAge : nil, domain: domain)
    }

    var clearedSession: String { line(session, value: "", maxAge: .zero, domain: domain) }

    func preSession(_ token: SecretToken) -> String {
        line(preSession, value: token.text, maxAge: PortalCookies.preSessionAge, domain: nil)
    }

    var clearedPreSession: String { line(preSession, value: "", maxAge: .zero, domain: nil) }

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
}
