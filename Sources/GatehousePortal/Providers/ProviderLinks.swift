internal import GatehouseCore
internal import GatehouseOIDC

/// The links by which somebody who is signed in begins to link an account elsewhere.
///
/// Each holds a token for this very session and person: an address that anybody could write would let another site link an account
/// of its own to whoever opens it.
struct ProviderLinks: Sendable {
    let settings: PortalSettings
    let token: FormToken
    let clock: @Sendable () -> Timestamp

    /// How long ago the sign-in may be.
    static let freshness = Duration.seconds(300)

    func link(to provider: ProviderName, for current: CurrentSession) -> Link {
        let text = token.text(for: current.token, .link, of: current.signedIn.identity.user)
        return Link(path: Place.provider(provider).path, query: [("link", text)], of: settings.address)
    }

    func isOwn(_ text: [UInt8], of current: CurrentSession) -> Bool {
        token.judge(text, for: [current.token], .link, of: current.signedIn.identity.user) == .current
    }

    func isFresh(_ current: CurrentSession) -> Bool {
        clock().since(current.signedIn.session.lastProof) <= ProviderLinks.freshness
    }
}
