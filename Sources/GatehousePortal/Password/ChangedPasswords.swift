internal import GatehouseCore
internal import GatehouseSessions

/// What follows upon a new password, whatever the way to it was.
struct ChangedPasswords: Sendable {
    let settings: PortalSettings
    /// `nil` if no passwords are kept here.
    let passwords: PeoplePasswords?
    let keeper: SessionKeeper
    let devices: KnownDevices
    let mails: PersonalMails
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// Tells of a changed password, which has been stored, and ends every session of the person.
    ///
    /// If the store fails, they end within `identity.refresh` after it is back: a new hash ends them, too.
    func endSessions(
        of account: PasswordAccount, _ reason: StaticString, _ request: PortalRequest
    ) async throws(PortalError) {
        guard let passwords else { return }
        let user = UserReference(backend: passwords.backend, id: account.id)
        mails.tellOfChange(account)
        do throws(SessionError) {
            let ended = try await keeper.endAll(of: user, now: clock())
            audit.passwordChanged(user, account.name, reason, ended: ended, request)
        } catch {
            audit.passwordChanged(user, account.name, reason, ended: nil, request)
            throw .sessionsGoOn(error)
        }
    }

    /// Keeps a browser known that was so, and in which somebody chose a new password: what it showed ended with the old one.
    func keepDevice(_ identity: Identity, _ request: PortalRequest, in reply: inout Reply) {
        guard devices.knew(request, identity.name.text) else { return }
        let device = devices.remembered(request, identity, name: identity.name.text)
        if let cookie = device.cookie { reply.setCookie(settings.cookies.device(cookie)) }
    }

    /// For somebody whose password is changed, and who has to sign in with it.
    func signedOut(_ destination: Destination? = nil) -> Reply {
        var reply = Reply(200, ResetPage(settings: settings).done(destination))
        reply.setCookie(settings.cookies.clearedReset)
        reply.setCookie(settings.cookies.clearedPending)
        return reply
    }
}
