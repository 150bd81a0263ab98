internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions

/// What a browser gets with a session, and who hears of it.
struct Welcome: Sendable {
    let settings: PortalSettings
    let keeper: SessionKeeper
    let sessions: BrowserSessions
    let devices: KnownDevices
    let mails: PersonalMails
    let audit: AuditLog

    /// A session that was just started.
    struct Newcomer: Sendable {
        let identity: Identity
        let token: SecretToken
        let isRemembered: Bool
        /// Whether something of no use lies under the cookie's name in the browser.
        let hasStray: Bool
        /// The name as it was typed, by which the browser is known from now on; `nil` if none was.
        var typed: UTF8Text?
        /// The provider by which they came; `nil` for those who did otherwise.
        var provider: ProviderName?
    }

    /// Completes the answer to a sign-in, which leads to where the person wanted to go, by the session's cookie.
    func reply(_ newcomer: Newcomer, _ request: PortalRequest, _ way: Reply) -> Reply {
        var reply = way
        if newcomer.hasStray { sessions.clearStray(in: &reply) }
        let cookies = settings.cookies
        reply.setCookie(cookies.session(newcomer.token, isRemembered: newcomer.isRemembered))
        reply.setCookie(cookies.clearedPreSession)
        let id = try? keeper.id(of: newcomer.token)
        if let id { for line in cookies.markers(id) { reply.setCookie(line) } }
        let identity = newcomer.identity
        let isNewDevice =
            newcomer.typed.map { noteDevice(of: identity, typed: $0, by: newcomer.provider, request, in: &reply) }
            ?? false
        audit.signedIn(
            identity, id, isRemembered: newcomer.isRemembered, isNewDevice: isNewDevice, request,
            provider: newcomer.provider)
        return reply
    }

    /// Leads somebody whose password was right to the form for a new one: whoever had the password is in from here on.
    func postponed(
        _ identity: Identity, _ secret: SecretToken, to destination: Destination?, typed name: UTF8Text,
        _ request: PortalRequest
    ) -> Reply {
        // Also in the address, so that whoever lets the time run out signs in again with the place kept.
        let link = Link(.signInPassword, of: settings.address, returningTo: destination)
        var reply = Reply(seeOther: link.isShort ? link : Link(.signInPassword, of: settings.address))
        reply.setCookie(settings.cookies.pending(secret))
        let isNewDevice = noteDevice(of: identity, typed: name, request, in: &reply)
        audit.passwordChangeRequired(identity, isNewDevice: isNewDevice, request)
        return reply
    }

    /// Makes the browser known; whether it was not, which its owner is told.
    private func noteDevice(
        of identity: Identity, typed name: UTF8Text, by provider: ProviderName? = nil, _ request: PortalRequest,
        in reply: inout Reply
    ) -> Bool {
        let device = devices.remembered(request, identity, name: name, by: provider)
        if let cookie = device.cookie { reply.setCookie(settings.cookies.device(cookie)) }
        if device.isNew { mails.tellOfNewDevice(identity, request) }
        return device.isNew
    }
}
