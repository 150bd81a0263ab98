internal import GatehouseCore
internal import GatehouseSessions

/// Replacing a password that has to be changed before anybody is signed in with it.
struct RequiredPasswordHandler: Sendable {
    let settings: PortalSettings
    /// Sign-ins that wait for a new password.
    let pending: SecretRecords
    let new: NewPasswords
    let changed: ChangedPasswords
    let steps: SignInSteps
    let welcome: Welcome
    let destinations: Destinations
    let outages: Outages
    /// Whether there are links for a new password.
    let offersReset: Bool

    /// Answers `GET /login/password`.
    func page(_ request: PortalRequest) async -> Reply {
        await outages.answering("new password", request) { () async throws(PortalError) in
            guard let errand = try await errand(request) else { return await backToSignIn(request) }
            return new.form(200, errand, problem: nil)
        }
    }

    /// Answers `POST /login/password`: the new password is set and the sign-in goes on.
    func set(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        await outages.answering("new password", request) { () async throws(PortalError) in
            guard let errand = try await errand(request) else { return await backToSignIn(request) }
            switch try await new.outcome(of: sent, errand, request) {
            case .reply(let reply): return reply
            case .set(let change): return try await goOn(change, errand, request)
            }
        }
    }

    private func goOn(
        _ change: PeoplePasswords.Change, _ errand: PasswordErrand, _ request: PortalRequest
    ) async throws(PortalError) -> Reply {
        let isRemembered = errand.content.isRemembered
        let result = await steps.result(
            of: .newPassword(change), SignInSteps.Wish(isRemembered: isRemembered), request
        ) { () async throws(PortalError) in
            // Dead already: it is bound to the old password.
            try? await pending.end(errand.secret)
            try await changed.endSessions(of: errand.account, "required", request)
        }
        switch result.ending {
        case .signedIn(let identity, let token):
            var reply = welcome.reply(
                Welcome.Newcomer(
                    identity: identity, token: token, isRemembered: isRemembered, hasStray: result.hasStray),
                request, Reply(onwardTo: await new.destination(request, errand), settings))
            reply.setCookie(settings.cookies.clearedPending)
            changed.keepDevice(identity, request, in: &reply)
            return reply
        case .passwordChanged(let error):
            if let error { outages.note("new password", error, request) }
            return changed.signedOut(await new.destination(request, errand))
        case .refused(let reasons): return new.form(422, errand, problem: .refused(reasons))
        case .outdated: return Reply(410, ResetPage(settings: settings).gone(offersReset: offersReset))
        case .noAnswer(let error): throw error
        case .postponed, .turnedAway, .notAdmitted, .overtaken, .outOfOrder: return Reply(.failed, settings)
        }
    }

    private func backToSignIn(_ request: PortalRequest) async -> Reply {
        let destination = await destinations.destination(request)
        return Reply(seeOther: Link(.signIn, of: settings.address, returningTo: destination))
    }

    private func errand(_ request: PortalRequest) async throws(PortalError) -> PasswordErrand? {
        guard let secret = request.cookies.pending else { return nil }
        return try await new.errand(.required, secret, in: pending)
    }
}
