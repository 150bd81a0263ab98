internal import GatehouseCore
internal import GatehouseOIDC

/// The sign-in form as an answer.
struct SignInForm: Sendable {
    let settings: PortalSettings
    let token: FormToken
    let destinations: Destinations
    /// Whether a forgotten password can be replaced by a link.
    let offersReset: Bool
    /// `nil` if there are no providers.
    let federation: Federation?
    let devices: KnownDevices

    /// The form, with a token that is bound to the browser's cookie; a valid cookie stays, so that two tabs work.
    func reply(
        _ status: Int, _ request: PortalRequest, _ attempt: SignInAttempt, problem: SignInPage.Problem?,
        retryAfter: Duration? = nil
    ) -> Reply {
        guard let cookie = request.cookies.preSession ?? SecretToken.random() else { return Reply(.failed, settings) }
        let page = SignInPage(
            settings: settings, destination: attempt.destination,
            isInAddress: destinations.isInAddress(attempt.destination, request), offersReset: offersReset,
            providers: federation.map { federation in
                ProviderButtons(
                    federation, settings, last: devices.lastProvider(request, of: federation.gates.map(\.provider.name))
                )
            }
        )
        .form(
            name: attempt.shownName, isRemembered: attempt.isRemembered, token: token.text(for: cookie, .signIn),
            problem: problem)
        var reply = Reply(status, page)
        reply.setCookie(settings.cookies.preSession(cookie))
        if let retryAfter { reply.setRetryAfter(retryAfter) }
        return reply
    }
}
