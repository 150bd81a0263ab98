internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

/// Replacing a password that has to be changed before anybody is signed in with it.
extension Portal {
    /// Puts a sign-in off until a new password is chosen; `nil` if none has to be.
    func requiredChange(
        _ identity: Identity, _ attempt: SignInAttempt, _ request: PortalRequest, typed name: UTF8Text
    ) async throws(PortalError) -> Reply? {
        guard let passwords = services.passwords,
            let account = try await asking({ () async throws(BackendError) in
                try await passwords.account(of: identity.user)
            }), account.mustChange
        else { return nil }
        let content = SecretContent(
            user: identity.user, name: account.name, state: try state(of: account),
            isRemembered: attempt.isRemembered, destination: UTF8Text(attempt.destination?.text ?? ""),
            endsAt: clock().advanced(by: PortalCookies.preSessionAge))
        var reply = Reply(seeOther: Link(.signInPassword, of: settings.address))
        do throws(SessionError) {
            reply.setCookie(settings.cookies.pending(try await services.pending.make(content, now: clock())))
        } catch {
            throw .sessions(error)
        }
        let device = credentialCheck.remembered(request, name: name)
        if let cookie = device.cookie { reply.setCookie(settings.cookies.device(cookie)) }
        // Whoever had the first password is in from here on.
        if device.isNew { tellOfNewDevice(identity, request) }
        audit.passwordChangeRequired(identity, isNewDevice: device.isNew, request)
        return reply
    }

    /// `GET /login/password`.
    func requiredPasswordForm(_ request: PortalRequest) async -> Reply {
        await answering("new password", request) { () async throws(PortalError) in
            guard let errand = try await pending(request) else {
                return Reply(seeOther: Link(.signIn, of: settings.address))
            }
            return newPasswordForm(200, errand, problem: nil)
        }
    }

    /// `POST /login/password`: the new password is set and the sign-in goes on.
    func setRequiredPassword(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        switch await ownForm(request, body, "new-password") {
        case .failure(let refusal): return refusal.reply
        case .success(let fields):
            return await answering("new password", request) { () async throws(PortalError) in
                guard let errand = try await pending(request) else {
                    return Reply(seeOther: Link(.signIn, of: settings.address))
                }
                switch try await setPassword(fields, errand, request) {
                case .reply(let reply): return reply
                case .changed(let identity):
                    // Dead already: it is bound to the old password.
                    _ = try? await services.pending.take(errand.secret, now: clock())
                    try await endSessions(of: errand.account, "required", request)
                    let isRemembered = errand.content.isRemembered
                    guard let identity,
                        let started = await goOn(
                            identity, isRemembered: isRemembered, replacing: request.session, request)
                    else { return changedAndSignedOut }
                    let wanted = settings.returnAddress(errand.content.destination.bytes)
                    var reply = welcome(identity, started, isRemembered: isRemembered, to: wanted, request)
                    reply.setCookie(settings.cookies.clearedPending)
                    return reply
                }
            }
        }
    }

    private func pending(_ request: PortalRequest) async throws(PortalError) -> PasswordErrand? {
        guard let secret = request.pending else { return nil }
        return try await errand(.required, secret, in: services.pending)
    }
}
