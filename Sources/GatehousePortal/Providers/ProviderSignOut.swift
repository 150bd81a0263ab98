internal import GatehouseCore
internal import GatehouseOIDC

/// Signing out at the provider, too, after the session here has ended.
struct ProviderSignOut: Sendable {
    let settings: PortalSettings
    /// `nil` if there are no providers.
    let federation: Federation?
    let devices: KnownDevices
    let clock: @Sendable () -> Timestamp

    /// Where somebody signs out at the provider that their session began at.
    struct Offer: Sendable {
        let provider: Provider
        let link: Link
        let isAutomatic: Bool
    }

    /// What belongs to a session that is about to end: looked up before, since it ends with it.
    struct Left: Sendable {
        let gate: any ProviderGate
        let session: ProviderSession
    }

    /// - Returns: `nil` for a session that began otherwise, or if nobody knows: signing out here waits for nothing.
    func left(of token: SecretToken?) async -> Left? {
        guard let federation, let token,
            let session = try? await federation.sessions.providerSession(behind: token, now: clock()),
            let gate = federation.gate(session.provider)
        else { return nil }
        return Left(gate: gate, session: session)
    }

    /// What a person is offered after their session ended; the provider is told that its tokens are used no more.
    func offer(_ left: Left?) async -> Offer? {
        guard let left else { return nil }
        let address = await left.gate.signOutAddress(
            hint: left.session.tokens, returnTo: Link(.signOut, of: settings.address, isAbsolute: true).text)
        left.gate.revoke(left.session.tokens)
        let provider = left.gate.provider
        return address.flatMap { Link(elsewhere: $0) }.map {
            Offer(provider: provider, link: $0, isAutomatic: provider.session.signsOutAtProvider)
        }
    }

    /// Whether the sign-in page would lead on by itself: not right after somebody signed out.
    var isAutomatic: Bool { federation?.automatic != nil }

    /// Keeps the sign-in page where it is until somebody signs in again.
    func note(_ request: PortalRequest, in reply: inout Reply) {
        guard isAutomatic, let device = devices.signedOut(request) else { return }
        reply.setCookie(settings.cookies.device(device))
    }
}
