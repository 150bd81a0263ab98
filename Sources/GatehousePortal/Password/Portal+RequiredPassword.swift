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
            isRemembered: attempt.isRemembered, destination: UTF8Text(attempt.destination?.address.text ?? ""),
            endsAt: clock().advanced(by: PortalCookies.preSessionAge))
        // Also in the address, so that whoever lets the time run out signs in again with the place kept.
        let link = Link(.signInPassword, of: settings.address, returningTo: attempt.destination)
        var reply = Reply(seeOther: link.isShort ? link : Link(.signInPassword, of: settings.address))
        do throws(SessionError) {
            reply.setCookie(settings.cookies.pending(try await services.pending.make(content, now: clock())))
        } catch {
            throw .sessions(error)
        }
        let device = credentialCheck.remembered(request, identity, name: name)
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
                return await backToSignIn(request)
            }
            return newPasswordForm(200, errand, problem: nil)
        }
    }

    /// `POST /login/password`: the new password is set and the sign-in goes on.
    func setRequiredPassword(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        switch await ownForm(request, body, "new-password") {
        case .failure(let refusal): return refusal.reply
        case .success(let sent):
            return await answering("new password", request) { () async throws(PortalError) in
                guard let errand = try await pending(request) else {
                    return await backToSignIn(request)
                }
                switch try await setPassword(sent, errand, request) {
                case .reply(let reply): return reply
                case .changed(let identity):
                    // Dead already: it is bound to the old password.
                    try? await services.pending.end(errand.secret)
                    let wanted = await destination(request, errand)
                    let hasStray = await hasStray(request)
                    try await endSessions(of: errand.account, "required", request)
                    let isRemembered = errand.content.isRemembered
                    guard let identity, let started = await goOn(identity, isRemembered: isRemembered, request)
                    else { return changedAndSignedOut(wanted) }
                    let fresh = FreshSession(started: started, hasStray: hasStray)
                    var reply = welcome(identity, fresh, isRemembered: isRemembered, request, onward(to: wanted))
                    reply.setCookie(settings.cookies.clearedPending)
                    keepDevice(identity, request, in: &reply)
                    return reply
                }
            }
        }
    }

    private func backToSignIn(_ request: PortalRequest) async -> Reply {
        Reply(seeOther: Link(.signIn, of: settings.address, returningTo: await destination(request)))
    }

    private func pending(_ request: PortalRequest) async throws(PortalError) -> PasswordErrand? {
        guard let secret = request.pending else { return nil }
        return try await errand(.required, secret, in: services.pending)
    }
}
