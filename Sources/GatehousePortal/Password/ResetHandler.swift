internal import GatehouseCore

/// Asking for a link for a new password.
///
/// It is answered alike, and after the same time, whether there is such an account or not.
struct ResetHandler: Sendable {
    let settings: PortalSettings
    /// What sends links; `nil` if none are sent on request.
    let links: ResetLinks?
    let opened: LinkPasswordHandler
    let gate: FormGate
    let destinations: Destinations
    let floor: FailureFloor
    let outages: Outages

    /// Answers `GET /reset`: the form; with a link's secret, on to the form for the new password.
    func page(_ request: PortalRequest) async -> Reply {
        if let text = request.query?["token"] { return await opened.open(text, request) }
        guard links != nil else { return Reply(.notFound, settings) }
        return await form(200, request, problem: nil)
    }

    /// Answers `POST /reset`: posts a link, if there is somebody to send it to.
    func ask(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        guard let links else { return Reply(.notFound, settings) }
        let secrets = request.cookies.preSession.map { [$0] } ?? []
        switch gate.standing(sent, for: secrets, .reset, request) {
        case .good: break
        case .stale: return await form(422, request, problem: .expired, name: sent["name"])
        case .forged: return await form(403, request, problem: .expired, name: sent["name"])
        }
        guard let typed = sent["name"], typed.count <= Credentials.maxNameLength,
            let name = UTF8Text(validating: typed)
        else { return Reply(.badRequest, settings) }
        guard typed.contains(where: { $0 > 0x20 }) else { return await form(422, request, problem: .missing) }
        let reply = await outages.answering("reset", request) { () async throws(PortalError) in
            let destination = await destinations.destination(request)
            try await links.send(to: name, returningTo: destination, request)
            return Reply(200, ResetPage(settings: settings, destination: destination).asked())
        }
        await floor.wait(request)
        return reply
    }

    private func form(
        _ status: Int, _ request: PortalRequest, problem: ResetPage.Problem?, name: [UInt8]? = nil
    ) async -> Reply {
        guard let cookie = request.cookies.preSession ?? SecretToken.random() else { return Reply(.failed, settings) }
        let page = ResetPage(settings: settings, destination: await destinations.destination(request))
        var reply = Reply(
            status,
            page.form(
                name: SignInAttempt.shown(name ?? []), token: gate.token.text(for: cookie, .reset), problem: problem))
        reply.setCookie(settings.cookies.preSession(cookie))
        return reply
    }
}
