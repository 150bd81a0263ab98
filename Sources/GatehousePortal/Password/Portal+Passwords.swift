internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

/// Changing one's own password.
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
        case .success(let sent):
            return await withAccount(request, returningTo: "/account/password") {
                token, signedIn async throws(PortalError) in
                let person = signedIn.identity.user
                switch standing(sent, for: [token], .account, of: person, "password", request) {
                case .good: break
                case .stale: return passwordForm(422, token, signedIn.identity, problem: .expired)
                case .forged: return passwordForm(403, token, signedIn.identity, problem: .expired)
                }
                guard let account = try await account(of: signedIn) else {
                    return Reply(200, PasswordPage.elsewhere(settings))
                }
                let new = NewPasswordFields(sent.fields)
                let old = Password(sent["old"] ?? [])
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
        switch await credentialCheck.check(
            credentials, request, for: .passwordChange, by: user, isExpected: { $0.user == user })
        {
        case .wrong, .barred: return passwordForm(422, token, signedIn.identity, problem: .wrongOld)
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
            try await endSessions(of: current, "own", request)
            let isRemembered = signedIn.session.isRemembered
            guard let started = await goOn(identity, isRemembered: isRemembered, request) else {
                return changedAndSignedOut()
            }
            var reply = Reply(seeOther: Link(.account, of: settings.address, done: .password))
            if request.sessions.count > 1 { clearStray(in: &reply) }
            reply.setCookie(settings.cookies.session(started.token, isRemembered: isRemembered))
            if let identity { keepDevice(identity, request, in: &reply) }
            return reply
        }
    }

    private func passwordForm(
        _ status: Int, _ token: SecretToken, _ identity: Identity, problem: PasswordPage.Problem?,
        retryAfter: Duration? = nil
    ) -> Reply {
        let page = PasswordPage(settings: settings, kind: .own, hints: services.passwords?.hints ?? [])
        var reply = Reply(
            status,
            page.form(
                name: identity.name, token: formToken.text(for: token, .account, of: identity.user), problem: problem))
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
