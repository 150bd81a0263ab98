internal import GatehouseCore
package import GatehouseOIDC
package import GatehouseSessions

/// Signing in at providers: what the portal works with where the configuration names some.
package struct Federation: Sendable {
    /// In the order of the configuration, which is that of the buttons.
    let gates: [any ProviderGate]
    /// Who their people are here.
    let accounts: any ExternalAccounts
    /// What is kept beside sessions that began there.
    let sessions: any FederationSessions
    /// Sign-ins whose people are away at a provider.
    let starts: SingleUseStore<ProviderStart>
    /// Messages of providers that were taken.
    let messages: SingleUseStore<ProviderMessage>
    /// Whether anybody can sign in with a password as well: without, the sign-in page has no form.
    let takesPasswords: Bool
    /// The signs on buttons, of the providers that have one of their own.
    let logos: [ProviderName: StaticFile]

    /// - Parameters:
    ///   - gates: in the order of the buttons, each under a name of its own.
    ///   - accounts: says who somebody is who comes back.
    ///   - sessions: keeps what belongs to sessions of providers.
    ///   - starts: of the kind `.provider`.
    ///   - messages: of the kind `.providerMessage`.
    ///   - takesPasswords: whether a backend does.
    package init(
        gates: [any ProviderGate], accounts: any ExternalAccounts, sessions: any FederationSessions,
        starts: SingleUseStore<ProviderStart>, messages: SingleUseStore<ProviderMessage>, takesPasswords: Bool = true
    ) {
        self.gates = gates
        self.accounts = accounts
        self.sessions = sessions
        self.starts = starts
        self.messages = messages
        self.takesPasswords = takesPasswords
        var logos: [ProviderName: StaticFile] = [:]
        for provider in gates.map(\.provider) { logos[provider.name] = provider.logo.map { StaticFile($0) } }
        self.logos = logos
    }

    /// The gate of a name; `nil` if the configuration has none, or none any more.
    func gate(_ name: ProviderName) -> (any ProviderGate)? { gates.first { $0.provider.name == name } }

    /// The one that the sign-in page goes to by itself.
    var automatic: (any ProviderGate)? { gates.first { $0.provider.session.isAutomatic } }
}

extension Place {
    /// Where a sign-in at a provider begins.
    static func provider(_ name: ProviderName) -> Place { Place("/oidc/\(name)") }
    /// Where the provider sends the browser back.
    static func providerCallback(_ name: ProviderName) -> Place { Place("/oidc/\(name)/callback") }
    /// Where the provider tells that somebody signed out there.
    static func providerSignOut(_ name: ProviderName) -> Place { Place("/oidc/\(name)/backchannel-logout") }
}

extension ExternalSubject {
    /// Both in one text: neither has a line feed.
    var text: UTF8Text { UTF8Text(wellFormed: issuer.bytes + [0x0A] + subject.bytes) }
}
