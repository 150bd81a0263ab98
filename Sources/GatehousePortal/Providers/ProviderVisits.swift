internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions

/// What the sign-in page does about providers before it shows anything.
struct ProviderVisits: Sendable {
    let settings: PortalSettings
    let federation: Federation
    let starts: ProviderStarts
    let devices: KnownDevices
    let keeper: SessionKeeper
    let outages: Outages
    let audit: AuditLog
    let isRecording: @Sendable () -> Bool
    let clock: @Sendable () -> Timestamp

    /// Goes to the one provider by itself; `nil` where people choose.
    ///
    /// Not after a sign-out, which it would undo; not for somebody who wants to be somebody else; not for what is no visit. A
    /// problem that is to be told never comes here.
    func automatic(_ request: PortalRequest, to destination: Destination?) async -> Reply? {
        guard let gate = federation.automatic, request.isVisit, !request.switchesUser, !request.staysOnPage,
            !devices.isSignedOut(request)
        else { return nil }
        guard isRecording() else { return Reply(.unavailable, settings, isWritten: audit.notRecording(request)) }
        return await starts.reply(ProviderStarts.Errand(gate: gate, destination: destination), request)
    }

    /// Sends somebody back to the provider of their session, for a page that wants a more recent proof; `nil` for everybody else.
    func stepUp(_ request: PortalRequest, _ current: CurrentSession, to destination: Destination?) async -> Reply? {
        guard let within = request.within, request.isVisit, !request.staysOnPage else { return nil }
        let session: ProviderSession?
        do throws(BackendError) {
            session = try await federation.sessions.providerSession(behind: current.token, now: clock())
        } catch {
            return outages.reply(to: .people(error), "sign-in", request)
        }
        guard let session, let gate = federation.gate(session.provider), let id = try? keeper.id(of: current.token)
        else { return nil }
        guard isRecording() else { return Reply(.unavailable, settings, isWritten: audit.notRecording(request)) }
        let provider = gate.provider
        guard provider.canProveTime else {
            audit.providerRefused(
                "oidc.auth-time", "a provider of this type never says when it asked the person", session.subject,
                provider.name, .stepUp, request)
            return ProviderPage(settings: settings, provider: provider, destination: destination).reply(.unproven)
        }
        return await starts.reply(
            ProviderStarts.Errand(
                gate: gate, purpose: .stepUp, destination: destination, prompt: .login, maxAge: within, session: id,
                subject: session.subject.text), request)
    }
}
