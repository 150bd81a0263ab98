package import GatehouseCore

/// What an ID token has to be, to be the answer to one sign-in or one refresh.
package struct IDTokenExpectation: Sendable {
    /// What the token is asked for.
    package enum Occasion: Sendable {
        /// The first token of a sign-in.
        case signIn(nonce: SecretToken)
        /// One that comes with refreshed tokens, without a nonce, for the same person (OpenID Connect Core 1.0, section 12.2).
        case refresh(of: UTF8Text)
    }

    package let issuer: TokenIssuer
    package let clientID: UTF8Text
    package let algorithms: [SignatureAlgorithm]
    /// Audiences that may stand beside ours.
    package let trustedAudiences: Set<UTF8Text>
    package let occasion: Occasion
    /// The access token that came with it.
    package let accessToken: UTF8Text
    /// When the sign-in began, or the refresh.
    package let startedAt: Timestamp
    /// What `max_age` said; `nil` if it was not sent.
    package let maxAge: Duration?
    /// Whether a provider that does not say when it asked the person is believed to have done so for `maxAge`.
    package let trustsReauthentication: Bool
    /// The context classes of which one was asked for; empty for none.
    package let contextClasses: [UTF8Text]

    package init(
        issuer: TokenIssuer, clientID: UTF8Text, algorithms: [SignatureAlgorithm] = TokenRules().algorithms,
        trustedAudiences: Set<UTF8Text> = [], occasion: Occasion, accessToken: UTF8Text, startedAt: Timestamp,
        maxAge: Duration? = nil, trustsReauthentication: Bool = false, contextClasses: [UTF8Text] = []
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.algorithms = algorithms
        self.trustedAudiences = trustedAudiences
        self.occasion = occasion
        self.accessToken = accessToken
        self.startedAt = startedAt
        self.maxAge = maxAge
        self.trustsReauthentication = trustsReauthentication
        self.contextClasses = contextClasses
    }

    /// What a provider's token has to be.
    ///
    /// `issuer` is the one that `StartedSignIn` remembers; for Microsoft with several tenants the pattern with `{tenantid}`.
    package init(
        of provider: Provider, issuer: UTF8Text, occasion: Occasion, accessToken: UTF8Text, startedAt: Timestamp,
        maxAge: Duration? = nil
    ) {
        self.init(
            issuer: TokenIssuer(issuer, tenants: provider.tokens.tenants), clientID: UTF8Text(provider.client.id),
            algorithms: provider.tokens.algorithms,
            trustedAudiences: Set(provider.tokens.trustedAudiences.map { UTF8Text($0) }), occasion: occasion,
            accessToken: accessToken, startedAt: startedAt, maxAge: maxAge,
            trustsReauthentication: provider.session.trustsReauthentication)
    }
}
