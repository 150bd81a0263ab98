internal import GatehouseCore
internal import GatehouseSessions
internal import GatehouseThrottle

/// Somebody who may choose a new password without the old one: by a link, or because the old one has to go.
struct PasswordErrand: Sendable {
    let kind: PasswordPage.Kind
    /// What the browser shows for it.
    let secret: SecretToken
    let content: SecretContent
    let account: PasswordAccount
}

/// What all ways to a new password have in common.
extension Portal {
    /// What a secret stands for, if nothing about the account has changed since.
    func errand(
        _ kind: PasswordPage.Kind, _ secret: SecretToken, in records: SecretRecords
    ) async throws(PortalError) -> PasswordErrand? {
        let content: SecretContent?
        do throws(SessionError) { content = try await records.open(secret, now: clock()) } catch {
            throw .sessions(error)
        }
        guard let content, let passwords = services.passwords,
            let account = try await asking({ () async throws(BackendError) in
                try await passwords.account(of: content.user)
            }), try state(of: account) == content.state
        else { return nil }
        return PasswordErrand(kind: kind, secret: secret, content: content, account: account)
    }

    /// What came of a form for a new password.
    enum SetPassword {
        case changed(Identity?)
        case reply(Reply)
    }

    /// Takes the fields of a form without an old password.
    func setPassword(
        _ sent: OwnForm, _ errand: PasswordErrand, _ request: PortalRequest
    ) async throws(PortalError) -> SetPassword {
        // Bound to the account, too: by another link, the form would be about somebody else than it says.
        let person = errand.content.user
        switch standing(sent, for: [errand.secret], .newPassword, of: person, "new-password", request) {
        case .good: break
        case .stale: return .reply(newPasswordForm(422, errand, problem: .expired))
        case .forged: return .reply(newPasswordForm(403, errand, problem: .expired))
        }
        let new = NewPasswordFields(sent.fields)
        if let problem = new.problem { return .reply(newPasswordForm(422, errand, problem: problem)) }
        guard let passwords = services.passwords else { return .reply(problem(.notFound)) }
        let wait: Duration?
        do throws(StoreError) {
            wait = try await services.throttle.admitNewPassword(of: errand.account.name.text, now: clock())
        } catch {
            throw .store(error)
        }
        if let wait {
            metrics.throttled.increment()
            audit.newPasswordThrottled(errand.content, request)
            var reply = newPasswordForm(429, errand, problem: .throttled(wait))
            reply.setRetryAfter(wait)
            return .reply(reply)
        }
        let account = errand.account
        switch try await asking({ () async throws(BackendError) in try await passwords.change(account, new.password) })
        {
        case .refused(let reasons): return .reply(newPasswordForm(422, errand, problem: .refused(reasons)))
        case .outdated: return .reply(Reply(410, ResetPage(settings: settings).gone(offersReset: offersReset)))
        case .changed(let identity): return .changed(identity)
        }
    }

    func newPasswordForm(_ status: Int, _ errand: PasswordErrand, problem: PasswordPage.Problem?) -> Reply {
        let page = PasswordPage(settings: settings, kind: errand.kind, hints: services.passwords?.hints ?? [])
        return Reply(
            status,
            page.form(
                name: errand.content.name,
                token: formToken.text(for: errand.secret, .newPassword, of: errand.content.user), problem: problem))
    }

    /// Where somebody wanted to go before a new password came in between.
    func destination(_ request: PortalRequest, _ errand: PasswordErrand) async -> Destination? {
        if let destination = await destination(request) { return destination }
        return settings.returnAddress(errand.content.destination.bytes).map { Destination($0) }
    }

    // MARK: - After the change

    /// Tells of a changed password, which has been stored, and ends every session of the person.
    ///
    /// If the store fails, they end within `identity.refresh` after it is back: a new hash ends them, too.
    func endSessions(
        of account: PasswordAccount, _ reason: StaticString, _ request: PortalRequest
    ) async throws(PortalError) {
        guard let passwords = services.passwords else { return }
        let user = UserReference(backend: passwords.backend, id: account.id)
        metrics.passwordsChanged.increment()
        tellOfChange(account)
        do throws(SessionError) {
            let ended = try await keeper.endAll(of: user, now: clock())
            audit.passwordChanged(user, account.name, reason, ended: ended, request)
        } catch {
            audit.passwordChanged(user, account.name, reason, ended: nil, request)
            throw .sessionsGoOn(error)
        }
    }

    /// Starts the session that goes on after all others have ended; `nil` if that cannot be: the person signs in again.
    func goOn(
        _ identity: Identity?, isRemembered: Bool, _ request: PortalRequest
    ) async -> StartedSession? {
        guard let identity else { return nil }
        do throws(SessionError) {
            try await endAll(of: request)
            return try await keeper.start(
                for: identity, isRemembered: isRemembered, replacing: nil, from: request.origin, now: clock())
        } catch {
            metrics.unavailable.increment()
            audit.unavailable("new password", error, request)
            return nil
        }
    }

    /// Keeps a browser known that was so, and in which somebody chose a new password: what it showed ended with the old one.
    func keepDevice(_ identity: Identity, _ request: PortalRequest, in reply: inout Reply) {
        guard credentialCheck.knew(request, identity.name.text) else { return }
        let device = credentialCheck.remembered(request, identity, name: identity.name.text)
        if let cookie = device.cookie { reply.setCookie(settings.cookies.device(cookie)) }
    }

    /// For somebody whose password is changed, and who has to sign in with it.
    func changedAndSignedOut(_ destination: Destination? = nil) -> Reply {
        var reply = Reply(200, ResetPage(settings: settings).done(destination))
        reply.setCookie(settings.cookies.clearedReset)
        reply.setCookie(settings.cookies.clearedPending)
        return reply
    }
}
