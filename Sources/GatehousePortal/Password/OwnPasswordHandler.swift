internal import GatehouseCore
internal import GatehouseSessions

/// Changing one's own password.
struct OwnPasswordHandler: Sendable {
    let settings: PortalSettings
    /// `nil` if no passwords are kept here.
    let passwords: PeoplePasswords?
    let check: CredentialCheck
    let gate: FormGate
    let signedIn: SignedInOnly
    let changed: ChangedPasswords
    let starts: SessionStart
    let sessions: BrowserSessions
    let outages: Outages

    /// Answers `GET /account/password`.
    func page(_ request: PortalRequest) async -> Reply {
        await signedIn.reply(request, returningTo: .accountPassword) { current async throws(PortalError) in
            guard let account = try await account(of: current.signedIn) else {
                return Reply(200, PasswordPage.elsewhere(settings))
            }
            guard account.hasPassword else { return Reply(200, PasswordPage.none(settings)) }
            return form(200, current, problem: nil)
        }
    }

    /// Answers `POST /account/password`: other sessions end, and this one goes on under a new token.
    func change(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        await signedIn.reply(request, returningTo: .accountPassword) { current async throws(PortalError) in
            let person = current.signedIn.identity.user
            switch gate.standing(sent, for: [current.token], .account, of: person, request) {
            case .good: break
            case .stale: return form(422, current, problem: .expired)
            case .forged: return form(403, current, problem: .expired)
            }
            guard let account = try await account(of: current.signedIn) else {
                return Reply(200, PasswordPage.elsewhere(settings))
            }
            guard account.hasPassword else { return Reply(200, PasswordPage.none(settings)) }
            let new = NewPasswordFields(sent.fields)
            let old = Password(sent["old"] ?? [])
            if let problem = old.bytes.isEmpty ? .missing : new.problem {
                return form(422, current, problem: problem)
            }
            return try await change(account, current, from: old, to: new.password, request)
        }
    }

    private func change(
        _ account: PasswordAccount, _ current: CurrentSession, from old: Password, to new: Password,
        _ request: PortalRequest
    ) async throws(PortalError) -> Reply {
        let user = current.signedIn.identity.user
        let credentials = Credentials(name: account.name.text, password: old, client: request.client)
        switch await check.check(
            credentials, request, for: .passwordChange, by: user, isExpected: { $0.user == user })
        {
        case .wrong, .barred: return form(422, current, problem: .wrongOld)
        case .throttled(let wait): return form(429, current, problem: .throttled(wait), retryAfter: wait)
        case .busy(let wait): return form(503, current, problem: .busy, retryAfter: wait)
        case .unavailable: return form(503, current, problem: .unavailable)
        case .accepted: break
        }
        // The comparison may have made the hash anew.
        guard let passwords, let account = try await self.account(of: current.signedIn) else {
            return Reply(.unavailable, settings)
        }
        let change: PeoplePasswords.Change
        do throws(BackendError) { change = try await passwords.change(account, new) } catch { throw .people(error) }
        switch change {
        case .refused(let reasons): return form(422, current, problem: .refused(reasons))
        case .outdated: return form(503, current, problem: .unavailable)
        case .changed(let identity):
            try await changed.endSessions(of: account, "own", request)
            return await goOn(identity, current, request)
        }
    }

    /// Starts the session that goes on after all others have ended; if that cannot be, the person signs in again.
    private func goOn(_ identity: Identity?, _ current: CurrentSession, _ request: PortalRequest) async -> Reply {
        guard let identity else { return changed.signedOut() }
        let isRemembered = current.signedIn.session.isRemembered
        let token: SecretToken
        do throws(SessionError) {
            token = try await starts.start(identity, isRemembered, nil, request)
        } catch {
            outages.note("new password", error, request)
            return changed.signedOut()
        }
        var reply = Reply(seeOther: Link(.account, of: settings.address, done: .password))
        if request.cookies.sessions.count > 1 { sessions.clearStray(in: &reply) }
        reply.setCookie(settings.cookies.session(token, isRemembered: isRemembered))
        changed.keepDevice(identity, request, in: &reply)
        return reply
    }

    private func form(
        _ status: Int, _ current: CurrentSession, problem: PasswordPage.Problem?, retryAfter: Duration? = nil
    ) -> Reply {
        let identity = current.signedIn.identity
        let page = PasswordPage(settings: settings, kind: .own, hints: passwords?.hints ?? [])
        let token = gate.token.text(for: current.token, .account, of: identity.user)
        var reply = Reply(status, page.form(name: identity.name, token: token, problem: problem))
        if let retryAfter { reply.setRetryAfter(retryAfter) } else if status == 503 { reply.setRetryAfter(.seconds(5)) }
        return reply
    }

    private func account(of signedIn: SignedIn) async throws(PortalError) -> PasswordAccount? {
        do { return try await passwords?.account(of: signedIn.identity.user) } catch { throw .people(error) }
    }
}
