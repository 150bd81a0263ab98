internal import GatehouseCore

/// Signs in whoever a proxy in front of the portal vouches for.
struct HeaderSignIn: Sendable {
    let settings: PortalSettings
    /// Names that something in front of the portal vouches for; `nil` if nothing does.
    let remote: RemoteSignIn?
    let isRecording: @Sendable () -> Bool
    let steps: SignInSteps
    let welcome: Welcome
    let outages: Outages
    let audit: AuditLog

    /// The answer to a visit; `nil` if nobody is vouched for.
    func reply(_ request: PortalRequest, to destination: Destination?) async -> Reply? {
        guard let remote, request.isVisit, let name = remote.name(in: request) else { return nil }
        guard isRecording() else { return Reply(.unavailable, settings, isWritten: audit.notRecording(request)) }
        let identity: Identity?
        do throws(BackendError) { identity = try await remote.identity(name) } catch {
            return outages.reply(to: .people(error), "sign-in", request)
        }
        let result = await steps.result(of: .vouched(identity), SignInSteps.Wish(), request)
        switch result.ending {
        case .signedIn(let identity, let token):
            let place = destination?.address ?? settings.home
            return welcome.reply(
                Welcome.Newcomer(identity: identity, token: token, isRemembered: false, hasStray: result.hasStray),
                request, Reply(seeOther: place.map(Link.init) ?? Link(.account, of: settings.address)))
        case .notAdmitted:
            audit.signInFailed(.signIn, name, request)
            return Reply(.notAdmitted, settings)
        case .overtaken: return Reply(.unavailable, settings)
        case .noAnswer(let error): return outages.reply(to: error, "sign-in", request)
        case .postponed, .turnedAway, .refused, .outdated, .passwordChanged, .outOfOrder:
            return Reply(.failed, settings)
        }
    }
}
