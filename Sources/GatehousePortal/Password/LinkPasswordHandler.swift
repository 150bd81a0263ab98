internal import GatehouseCore
internal import GatehouseSessions
internal import GatehouseThrottle

/// A new password by a link in a mail.
///
/// The link works once, for some time, and only as long as the account is as it was when it was sent.
struct LinkPasswordHandler: Sendable {
    let settings: PortalSettings
    /// Links for new passwords.
    let resets: SecretRecords
    let new: NewPasswords
    let changed: ChangedPasswords
    let throttle: Throttle
    let outages: Outages
    /// Whether another link can be asked for.
    let offersReset: Bool
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// Answers a link: moves the secret out of the address, where histories, logs and other sites could see it, into a cookie.
    func open(_ text: [UInt8], _ request: PortalRequest) async -> Reply {
        await outages.answering("reset", request) { () async throws(PortalError) in
            guard let secret = SecretToken(parsing: text.span), let errand = try await errand(secret) else {
                return gone
            }
            var reply = Reply(seeOther: Link(.resetPassword, of: settings.address))
            reply.setCookie(settings.cookies.reset(secret, age: errand.content.endsAt.since(clock())))
            return reply
        }
    }

    /// Answers `GET /reset/password`.
    func page(_ request: PortalRequest) async -> Reply {
        await outages.answering("reset", request) { () async throws(PortalError) in
            guard let errand = try await errand(request.cookies.reset) else { return gone }
            return new.form(200, errand, problem: nil)
        }
    }

    /// Answers `POST /reset/password`: every session of the person ends; nobody is signed in by a link.
    func set(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        await outages.answering("reset", request) { () async throws(PortalError) in
            guard let errand = try await errand(request.cookies.reset) else { return gone }
            switch try await new.outcome(of: sent, errand, request) {
            case .reply(let reply): return reply
            case .set(.refused(let reasons)): return new.form(422, errand, problem: .refused(reasons))
            case .set(.outdated): return Reply(410, ResetPage(settings: settings).gone(offersReset: offersReset))
            case .set(.changed(let identity)): return try await finish(errand, identity, request)
            }
        }
    }

    private func finish(
        _ errand: PasswordErrand, _ identity: Identity?, _ request: PortalRequest
    ) async throws(PortalError) -> Reply {
        audit.resetUsed(errand.content, request)
        // Dead already: it is bound to the old password.
        try? await resets.end(errand.secret)
        // Whoever reads the account's mail is its owner: failures before that count no more.
        try? await throttle.clear(errand.content.name.text, of: errand.content.user)
        try await changed.endSessions(of: errand.account, "link", request)
        var reply = changed.signedOut(await new.destination(request, errand))
        if let identity { changed.keepDevice(identity, request, in: &reply) }
        return reply
    }

    private func errand(_ secret: SecretToken?) async throws(PortalError) -> PasswordErrand? {
        guard let secret else { return nil }
        return try await new.errand(.byLink, secret, in: resets)
    }

    private var gone: Reply {
        var reply = Reply(410, ResetPage(settings: settings).gone(offersReset: offersReset))
        reply.setCookie(settings.cookies.clearedReset)
        return reply
    }
}
