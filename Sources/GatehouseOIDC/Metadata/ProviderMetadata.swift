internal import GatehouseCore

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3), as far as it is used, and checked.
struct ProviderMetadata: Equatable, Sendable {
    /// What answers and tokens have to name: where it is a template, with `{tenantid}` in it.
    let issuer: String
    let endpoints: Endpoints
    let tokenAuthentication: TokenAuthentication
    /// Whether every answer names the issuer (RFC 9207, section 3).
    let namesIssuerInAnswer: Bool

    /// Where things are; each address was judged.
    struct Endpoints: Equatable, Sendable {
        let authorization: String
        let token: String
        var keySet: String?
        var userinfo: String?
        var endSession: String?
        var revocation: String?
    }

    /// Where our secret goes in a call of the token endpoint (RFC 6749, section 2.3.1).
    enum TokenAuthentication: Equatable, Sendable {
        /// Into the header: what counts where the provider says nothing.
        case basic
        /// Into the form.
        case post
    }

    /// Where a document is, by the issuer: one slash at its end does not count (Discovery, section 4).
    static func address(of issuer: String) -> String {
        let base = issuer.utf8.last == UInt8(ascii: "/") ? String(issuer.dropLast()) : issuer
        return base + "/.well-known/openid-configuration"
    }

    /// For a provider that has no metadata, whose endpoints are given; `nil` for every other one.
    init?(given provider: Provider) {
        guard provider.facts.oddities.contains(.plainOAuth), let endpoints = provider.network.endpoints else {
            return nil
        }
        self.init(
            issuer: provider.issuer,
            endpoints: Endpoints(
                authorization: endpoints.authorization, token: endpoints.token, userinfo: endpoints.userinfo),
            tokenAuthentication: endpoints.takesSecretInForm ? .post : .basic, namesIssuerInAnswer: false)
    }

    init(
        issuer: String, endpoints: Endpoints, tokenAuthentication: TokenAuthentication, namesIssuerInAnswer: Bool
    ) {
        self.issuer = issuer
        self.endpoints = endpoints
        self.tokenAuthentication = tokenAuthentication
        self.namesIssuerInAnswer = namesIssuerInAnswer
    }
}
