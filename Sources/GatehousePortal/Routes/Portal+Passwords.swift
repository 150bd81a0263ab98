internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

/// Changing one's own password, and replacing one that has to be changed.
extension Portal {
    /// `GET /account/password`.
    func passwordForm(_ request: PortalRequest) async -> Reply {
        await withAccount(request, returningTo: "/account/password") { token, signedIn async throws(PortalError) in
            guard try await account(of: signedIn) != nil else { return Reply(200, PasswordPage.elsewhere(settings)) }
            return passwordForm(200, token, signedIn.identity, problem: nil)
        }
    }

    /// `POST /account/password`: other sessions end, and this one goes on under a new token.
    func changePassword(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        switch await ownForm(request, body, "password") {
        case .failure(let refusal): return refusal.reply
        case .success(let fields):
            return await withAccount(request, returningTo: "/account/password") {
                token, signedIn async throws(PortalError) in
                guard formToken.isValid(fields["token"], for: token, .account) else {
                    crossSite("form-token", "password", request)
                    return passwordForm(403, token, signedIn.identity, problem: .expired)
                }
                guard let account = try await account(of: signedIn) else {
                    return Reply(200, PasswordPage.elsewhere(settings))
                }
                let new = NewPasswordFields(fields)
                let old = Password(fields["old"] ?? [])
                if let problem = old.bytes.isEmpty ? .missing : new.problem {
                    return passwordForm(422, token, signedIn.identity, problem: problem)
                }
                return try await change(account, signedIn, from: old, to: new.password, token, request)
            }
        }
    }

    private func change(
        _ account: PasswordAccount, _ signedIn: SignedIn, from old: Password, to new: Password, _ token: SecretToken,
        _ request: PortalRequest
    ) async throws(PortalError) -> Reply {
        let user = signedIn.identity.user
        let credentials = Credentials(name: account.name.text, password: old, client: request.client)
        switch await credentialCheck.check(credentials, request, for: .passwordChange, isExpected: { $0.user == user })
        {
        case .wrong: return passwordForm(422, token, signedIn.identity, problem: .wrongOld)
        case .throttled(let wait):
            return passwordForm(429, token, signedIn.identity, problem: .throttled(wait), retryAfter: wait)
        case .busy(let wait): return passwordForm(503, token, signedIn.identity, problem: .busy, retryAfter: wait)
        case .unavailable: return passwordForm(503, token, signedIn.identity, problem: .unavailable)
        case .accepted: break
        }
        // The comparison may have made the hash anew.
        guard let passwords = services.passwords, let current = try await self.account(of: signedIn) else {
            return problem(.unavailable)
        }
        switch try await asking({ () async throws(BackendError) in try await passwords.change(current, new) }) {
        case .refused(let reasons): return passwordForm(422, token, signedIn.identity, problem: .refused(reasons))
        case .outdated: return passwordForm(503, token, signedIn.identity, problem: .unavailable)
        case .changed(let identity):
            let started = try await goOn(
                identity, "own", isRemembered: signedIn.session.isRemembered, replacing: token, request)
            var reply = Reply(seeOther: Link(.account, of: settings.address, done: .password))
            reply.setCookie(
                settings.cookies.session(started.token, isRemembered: signedIn.session.isRemembered))
            return reply
        }
    }

    /// Ends every session of somebody whose password was changed and starts the one that goes on.
    func goOn(
        _ identity: Identity, _ reason: StaticString, isRemembered: Bool, replacing old: SecretToken?,
        _ request: PortalRequest
    ) async throws(PortalError) -> StartedSession {
        try await endSessions(of: identity, reason, request)
        do throws(SessionError) {
            return try await keeper.start(
                for: identity, isRemembered: isRemembered, replacing: old, from: request.origin, now: clock())
        } catch {
            throw .sessions(error)
        }
    }

    /// Tells of a changed password, which has been stored, and ends every session of the person.
    ///
    /// If the store fails, they end within `identity.refresh`: a new hash ends them, too.
    func endSessions(
        of identity: Identity, _ reason: StaticString, _ request: PortalRequest
    ) async throws(PortalError) {
        metrics.passwordsChanged.increment()
        tellOfChange(identity)
        do throws(SessionError) {
            let ended = try await keeper.endAll(of: identity.user, now: clock())
            audit.passwordChanged(identity, reason, ended: ended, request)
        } catch {
            audit.passwordChanged(identity, reason, ended: nil, request)
            throw .sessions(error)
        }
    }

    // MARK: - A password that has to be changed

    /// Puts a sign-in off until a new password is chosen; `nil` if none has to be.
    func requiredChange(
        _ identity: Identity, _ attempt: SignInAttempt, _ request: PortalRequest
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
        audit.passwordChangeRequired(identity, request)
        do throws(SessionError) {
            let secret = try await services.pending.make(content, now: clock())
            var reply = Reply(seeOther: Link(.signInPassword, of: settings.address))
            reply.setCookie(settings.cookies.pending(secret))
            return reply
        } catch {
            throw .sessions(error)
        }
    }

    /// `GET /login/password`.
    func requiredPasswordForm(_ request: PortalRequest) async -> Reply {
        await answering("new password", request) { () async throws(PortalError) in
            guard let (content, _) = try await pending(request) else {
                return Reply(seeOther: Link(.signIn, of: settings.address))
            }
            return newPasswordForm(200, .required, content, request, problem: nil)
        }
    }

    /// `POST /login/password`: the new password is set and the sign-in goes on.
    func setRequiredPassword(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        switch await ownForm(request, body, "new-password") {
        case .failure(let refusal): return refusal.reply
        case .success(let fields):
            return await answering("new password", request) { () async throws(PortalError) in
                guard let secret = request.pending, let (content, account) = try await pending(request) else {
                    return Reply(seeOther: Link(.signIn, of: settings.address))
                }
                switch try await setPassword(fields, .required, content, account, request) {
                case .reply(let reply): return reply
                case .changed(let identity):
                    // Dead already: it is bound to the old password.
                    _ = try? await services.pending.take(secret, now: clock())
                    let started = try await goOn(
                        identity, "required", isRemembered: content.isRemembered, replacing: request.session, request)
                    let wanted = settings.returnAddress(content.destination.bytes)
                    var reply = welcome(identity, started, isRemembered: content.isRemembered, to: wanted, request)
                    reply.setCookie(settings.cookies.clearedPending)
                    return reply
                }
            }
        }
    }

    private func pending(
        _ request: PortalRequest
    ) async throws(PortalError) -> (content: SecretContent, account: PasswordAccount)? {
        guard let secret = request.pending else { return nil }
        return try await account(behind: secret, in: services.pending)
    }

    // MARK: - What both, and links, have in common

    /// The account that a secret stands for, if nothing about it has changed since.
    func account(
        behind secret: SecretToken, in records: SecretRecords
    ) async throws(PortalError) -> (content: SecretContent, account: PasswordAccount)? {
        let content: SecretContent?
        do throws(SessionError) { content = try await records.content(of: secret, now: clock()) } catch {
            throw .sessions(error)
        }
        guard let content, let passwords = services.passwords,
            let account = try await asking({ () async throws(BackendError) in
                try await passwords.account(of: content.user)
            }), try state(of: account) == content.state
        else { return nil }
        return (content, account)
    }

    /// What came of a form for a new password.
    enum SetPassword {
        case changed(Identity)
        case reply(Reply)
    }

    /// Takes the fields of a form without an old password.
    func setPassword(
        _ fields: FormFields, _ kind: PasswordPage.Kind, _ content: SecretContent, _ account: PasswordAccount,
        _ request: PortalRequest
    ) async throws(PortalError) -> SetPassword {
        guard formToken.isValid(fields["token"], for: request.preSession, .newPassword) else {
            crossSite("form-token", "new-password", request)
            return .reply(newPasswordForm(403, kind, content, request, problem: .expired))
        }
        let new = NewPasswordFields(fields)
        if let problem = new.problem { return .reply(newPasswordForm(422, kind, content, request, problem: problem)) }
        guard let passwords = services.passwords else { return .reply(problem(.notFound)) }
        switch try await asking({ () async throws(BackendError) in try await passwords.change(account, new.password) })
        {
        case .refused(let reasons):
            return .reply(newPasswordForm(422, kind, content, request, problem: .refused(reasons)))
        case .outdated: return .reply(Reply(410, ResetPage(settings: settings).gone(offersReset: offersReset)))
        case .changed(let identity): return .changed(identity)
        }
    }

    func newPasswordForm(
        _ status: Int, _ kind: PasswordPage.Kind, _ content: SecretContent, _ request: PortalRequest,
        problem: PasswordPage.Problem?
    ) -> Reply {
        guard let cookie = request.preSession ?? SecretToken.random() else { return self.problem(.failed) }
        let page = PasswordPage(settings: settings, kind: kind, hints: services.passwords?.hints ?? [])
        var reply = Reply(
            status,
            page.form(
                name: content.name, token: formToken.text(for: cookie, .newPassword),
                destination: settings.returnAddress(content.destination.bytes), problem: problem))
        reply.setCookie(settings.cookies.preSession(cookie))
        return reply
    }

    private func passwordForm(
        _ status: Int, _ token: SecretToken, _ identity: Identity, problem: PasswordPage.Problem?,
        retryAfter: Duration? = nil
    ) -> Reply {
        let page = PasswordPage(settings: settings, kind: .own, hints: services.passwords?.hints ?? [])
        var reply = Reply(
            status, page.form(name: identity.name, token: formToken.text(for: token, .account), problem: problem))
        if let retryAfter { reply.setRetryAfter(retryAfter) } else if status == 503 { reply.setRetryAfter(.seconds(5)) }
        return reply
    }

    private func account(of signedIn: SignedIn) async throws(PortalError) -> PasswordAccount? {
        guard let passwords = services.passwords else { return nil }
        return try await asking { () async throws(BackendError) in
            try await passwords.account(of: signedIn.identity.user)
        }
    }
}
