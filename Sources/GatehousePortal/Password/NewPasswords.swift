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

/// What the ways to a new password without the old one have in common.
struct NewPasswords: Sendable {
    let settings: PortalSettings
    /// `nil` if no passwords are kept here.
    let passwords: PeoplePasswords?
    let throttle: Throttle
    let gate: FormGate
    let destinations: Destinations
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// What a secret stands for, if nothing about the account has changed since.
    func errand(
        _ kind: PasswordPage.Kind, _ secret: SecretToken, in records: SecretRecords
    ) async throws(PortalError) -> PasswordErrand? {
        let content: SecretContent?
        do throws(SessionError) { content = try await records.open(secret, now: clock()) } catch {
            throw .sessions(error)
        }
        guard let content, let account = try await account(of: content.user),
            try state(of: account) == content.state
        else { return nil }
        return PasswordErrand(kind: kind, secret: secret, content: content, account: account)
    }

    private func account(of user: UserReference) async throws(PortalError) -> PasswordAccount? {
        do { return try await passwords?.account(of: user) } catch { throw .people(error) }
    }

    private func state(of account: PasswordAccount) throws(PortalError) -> Octets16? {
        do { return try account.linkDigest } catch { throw .sessions(error) }
    }

    /// What came of a form for a new password.
    enum Outcome {
        case set(PeoplePasswords.Change)
        /// Nothing was tried: the form has to come again.
        case reply(Reply)
    }

    /// Takes the fields of a form without an old password, and tries the new one.
    func outcome(
        of sent: OwnForm, _ errand: PasswordErrand, _ request: PortalRequest
    ) async throws(PortalError) -> Outcome {
        // Bound to the account, too: by another link, the form would be about somebody else than it says.
        let person = errand.content.user
        switch gate.standing(sent, for: [errand.secret], .newPassword, of: person, request) {
        case .good: break
        case .stale: return .reply(form(422, errand, problem: .expired))
        case .forged: return .reply(form(403, errand, problem: .expired))
        }
        let new = NewPasswordFields(sent.fields)
        if let problem = new.problem { return .reply(form(422, errand, problem: problem)) }
        guard let passwords else { return .reply(Reply(.notFound, settings)) }
        let wait: Duration?
        do throws(StoreError) {
            wait = try await throttle.admitNewPassword(of: errand.account.name.text, now: clock())
        } catch {
            throw .store(error)
        }
        if let wait {
            audit.newPasswordThrottled(errand.content, request)
            var reply = form(429, errand, problem: .throttled(wait))
            reply.setRetryAfter(wait)
            return .reply(reply)
        }
        do throws(BackendError) { return .set(try await passwords.change(errand.account, new.password)) } catch {
            throw .people(error)
        }
    }

    func form(_ status: Int, _ errand: PasswordErrand, problem: PasswordPage.Problem?) -> Reply {
        let page = PasswordPage(settings: settings, kind: errand.kind, hints: passwords?.hints ?? [])
        let token = gate.token.text(for: errand.secret, .newPassword, of: errand.content.user)
        return Reply(status, page.form(name: errand.content.name, token: token, problem: problem))
    }

    /// Where somebody wanted to go before a new password came in between.
    func destination(_ request: PortalRequest, _ errand: PasswordErrand) async -> Destination? {
        if let destination = await destinations.destination(request) { return destination }
        return settings.returnAddress(errand.content.destination.bytes).map { Destination($0) }
    }
}
