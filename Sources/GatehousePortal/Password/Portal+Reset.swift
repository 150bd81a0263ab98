internal import GatehouseCore
internal import GatehouseSessions
internal import GatehouseThrottle
internal import Hummingbird

/// A new password by a link in a mail.
///
/// The link works once, for some time, and only as long as the account is as it was when it was sent. Asking for one is
/// answered alike, and after the same time, whether there is such an account or not.
extension Portal {
    /// Whether links are sent on request.
    var offersReset: Bool { services.mail != nil && services.passwords != nil }

    /// `GET /reset`: the form; with a link's secret, on to the form for the new password.
    func resetForm(_ request: PortalRequest) async -> Reply {
        if let text = request.query?["token"] { return await openLink(text, request) }
        guard offersReset else { return problem(.notFound) }
        return await resetForm(200, request, problem: nil)
    }

    /// Moves the secret out of the address, where histories, logs and other sites could see it, into a cookie.
    private func openLink(_ text: [UInt8], _ request: PortalRequest) async -> Reply {
        await answering("reset", request) { () async throws(PortalError) in
            guard let secret = SecretToken(parsing: text.span), let errand = try await opened(secret) else {
                return gone
            }
            var reply = Reply(seeOther: Link(.resetPassword, of: settings.address))
            reply.setCookie(settings.cookies.reset(secret, age: errand.content.endsAt.since(clock())))
            return reply
        }
    }

    /// `POST /reset`: posts a link, if there is somebody to send it to.
    func askForReset(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        guard offersReset, let passwords = services.passwords else { return problem(.notFound) }
        switch await ownForm(request, body, "reset") {
        case .failure(let refusal): return refusal.reply
        case .success(let sent):
            let secrets = request.preSession.map { [$0] } ?? []
            switch standing(sent, for: secrets, .reset, "reset", request) {
            case .good: break
            case .stale: return await resetForm(422, request, problem: .expired, name: sent["name"])
            case .forged: return await resetForm(403, request, problem: .expired, name: sent["name"])
            }
            guard let typed = sent["name"], typed.count <= Credentials.maxNameLength,
                let name = UTF8Text(validating: typed)
            else { return problem(.badRequest) }
            guard typed.contains(where: { $0 > 0x20 }) else {
                return await resetForm(422, request, problem: .missing)
            }
            let reply = await answering("reset", request) { () async throws(PortalError) in
                let destination = await destination(request)
                try await sendLinks(name, passwords, destination, request)
                return Reply(200, ResetPage(settings: settings, destination: destination).asked())
            }
            await credentialCheck.waitForFloor(request)
            return reply
        }
    }

    private func sendLinks(
        _ name: UTF8Text, _ passwords: PeoplePasswords, _ destination: Destination?, _ request: PortalRequest
    ) async throws(PortalError) {
        let isAdmitted: Bool
        do throws(StoreError) {
            isAdmitted = try await services.throttle.admitMail(to: name, from: request.client, now: clock())
        } catch {
            throw .store(error)
        }
        guard isAdmitted else { return audit.resetThrottled(name, request) }
        let accounts: [PasswordAccount]
        do { accounts = try await passwords.meant(name) } catch { throw .people(error) }
        var count = 0
        var isHeld = false
        for account in accounts where account.isActive && account.hasPassword && !account.email.isEmpty {
            // By a name and by an address it is the same person's three.
            let person = UserReference(backend: passwords.backend, id: account.id)
            do throws(StoreError) {
                guard try await services.throttle.admitMail(to: person, now: clock()) else {
                    isHeld = true
                    continue
                }
            } catch {
                throw .store(error)
            }
            let link: String
            do throws(SessionError) {
                link = try await settings.resetLink(
                    for: account, backend: passwords.backend, in: services.resets, destination: destination?.address,
                    now: clock())
            } catch {
                throw .sessions(error)
            }
            if tellLink(link, account) { count += 1 }
        }
        for _ in 0..<count { metrics.resetsSent.increment() }
        if count == 0, isHeld { return audit.resetThrottled(name, request) }
        audit.resetAsked(name, mails: count, request)
    }

    /// `GET /reset/password`.
    func resetPasswordForm(_ request: PortalRequest) async -> Reply {
        await answering("reset", request) { () async throws(PortalError) in
            guard let errand = try await opened(request.reset) else { return gone }
            return newPasswordForm(200, errand, problem: nil)
        }
    }

    /// `POST /reset/password`: every session of the person ends; nobody is signed in by a link.
    func resetPassword(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        switch await ownForm(request, body, "new-password") {
        case .failure(let refusal): return refusal.reply
        case .success(let sent):
            return await answering("reset", request) { () async throws(PortalError) in
                guard let errand = try await opened(request.reset) else { return gone }
                switch try await setPassword(sent, errand, request) {
                case .reply(let reply): return reply
                case .changed(let identity):
                    metrics.resetsUsed.increment()
                    audit.resetUsed(errand.content, request)
                    // Dead already: it is bound to the old password.
                    try? await services.resets.end(errand.secret)
                    // Whoever reads the account's mail is its owner: failures before that count no more.
                    try? await services.throttle.clear(errand.content.name.text, of: errand.content.user)
                    try await endSessions(of: errand.account, "link", request)
                    var reply = changedAndSignedOut(await destination(request, errand))
                    if let identity { keepDevice(identity, request, in: &reply) }
                    return reply
                }
            }
        }
    }

    private func opened(_ secret: SecretToken?) async throws(PortalError) -> PasswordErrand? {
        guard let secret else { return nil }
        return try await errand(.byLink, secret, in: services.resets)
    }

    private var gone: Reply {
        var reply = Reply(410, ResetPage(settings: settings).gone(offersReset: offersReset))
        reply.setCookie(settings.cookies.clearedReset)
        return reply
    }

    private func resetForm(
        _ status: Int, _ request: PortalRequest, problem: ResetPage.Problem?, name: [UInt8]? = nil
    ) async -> Reply {
        guard let cookie = request.preSession ?? SecretToken.random() else { return self.problem(.failed) }
        var reply = Reply(
            status,
            ResetPage(settings: settings, destination: await destination(request)).form(
                name: SignInAttempt.shown(name ?? []), token: formToken.text(for: cookie, .reset), problem: problem))
        reply.setCookie(settings.cookies.preSession(cookie))
        return reply
    }

    /// What ends a link when it changes.
    func state(of account: PasswordAccount) throws(PortalError) -> Octets16? {
        do { return try account.linkDigest } catch { throw .sessions(error) }
    }
}
