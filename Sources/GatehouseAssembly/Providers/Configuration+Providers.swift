package import GatehouseConfig
internal import GatehouseCore
package import GatehouseOIDC
internal import GatehouseOutbound
package import GatehouseTerminal

extension Configuration {
    /// The providers, ready to be asked, in the order of the file; nothing is asked yet.
    ///
    /// They are made once: another set of providers takes another start of the daemon, as another set of backends does.
    ///
    /// - Parameter report: is told what an operator may want to know or count of each; has to be quick.
    /// - Returns: one for each.
    /// - Throws: `Failure.usage` if they cannot be reached from here at all.
    package func makeProviders(
        report: @escaping @Sendable (ProviderName, ProviderNotice) -> Void = { _, _ in }
    ) throws(Failure) -> [ProviderClient] {
        guard !providers.isEmpty else { return [] }
        guard Outbound.isAvailable else { throw .usage("provider: \(OutboundError.libraryMissing.reason)") }
        let proxy = outbound.proxy.map { HTTPProxy(url: $0, exceptions: outbound.noProxy) }
        return providers.map(\.provider).map { provider in
            ProviderClient(
                provider, over: OutboundTransport(proxy: proxy), clock: WallClock.now,
                report: { report(provider.name, $0) })
        }
    }

    /// What has to be registered at a provider.
    package func registration(at provider: Provider) -> ProviderRegistration {
        let place = "\(portal.url)/oidc/\(provider.name)"
        return ProviderRegistration(
            redirect: "\(place)/callback", afterSignOut: "\(portal.url)/logout",
            signOutMessages: "\(place)/backchannel-logout", scopes: provider.client.scopes)
    }
}

/// What a provider has to know of us, as its own pages ask for it.
package struct ProviderRegistration: Equatable, Sendable {
    /// Where it sends browsers back after a sign-in.
    package let redirect: String
    /// And after a sign-out there (OpenID Connect RP-Initiated Logout 1.0).
    package let afterSignOut: String
    /// Where it tells that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).
    package let signOutMessages: String
    package let scopes: [String]
}
