package import GatehouseCore

/// A provider of third-party sign-in as the configuration says it: a value, without anything that was fetched.
package struct Provider: Sendable {
    package let name: ProviderName
    /// What people read: "Continue with TITLE".
    package let title: UTF8Text
    /// The sign on its button; `nil` for the first letter of its title.
    package let logo: ProviderLogo?
    package let kind: ProviderKind
    /// The issuer, octet by octet (OpenID Connect Discovery 1.0, section 4.3); for a kind without one, the address of the service.
    package let issuer: String
    package let client: ProviderClientIdentity
    package let network: ProviderNetwork
    package let tokens: TokenRules
    package let claims: ClaimMapping
    package let admission: Admission
    package let accounts: AccountRules
    package let session: ProviderSessionRules

    package init(
        name: ProviderName, title: UTF8Text, logo: ProviderLogo? = nil, kind: ProviderKind, issuer: String,
        client: ProviderClientIdentity, network: ProviderNetwork, tokens: TokenRules, claims: ClaimMapping,
        admission: Admission,
        accounts: AccountRules, session: ProviderSessionRules
    ) {
        self.name = name
        self.title = title
        self.logo = logo
        self.kind = kind
        self.issuer = issuer
        self.client = client
        self.network = network
        self.tokens = tokens
        self.claims = claims
        self.admission = admission
        self.accounts = accounts
        self.session = session
    }
}

/// Which service it is: what it does differently is in its table of facts.
package enum ProviderKind: String, Sendable, CaseIterable {
    case google, github, microsoft, gitlab, gitea, forgejo, keycloak, authentik, authelia, auth0, okta, zitadel, kanidm,
        apple
    case oidc, oauth2
}

/// Who we are to the provider.
package struct ProviderClientIdentity: Sendable {
    package let id: String
    package let authentication: ClientAuthentication
    package let scopes: [String]

    package init(id: String, authentication: ClientAuthentication, scopes: [String]) {
        self.id = id
        self.authentication = authentication
        self.scopes = scopes
    }
}

/// How we prove to the token endpoint who we are (OpenID Connect Core 1.0, section 9).
package enum ClientAuthentication: Sendable {
    /// A secret, in the way that the metadata asks for: basic where it says nothing.
    case secret(SecretOctets)
    /// A public client: its id alone.
    case none
    /// Apple: a token that we sign for each call with the key of a team.
    case appleKey(pem: SecretOctets, keyID: String, team: String)
}

/// How the provider is reached.
package struct ProviderNetwork: Sendable {
    /// Hosts besides the issuer's that its endpoints may have.
    package let hosts: Set<String>
    /// The certificates that are trusted in place of the system's; a path.
    package let caFile: String?
    /// Endpoints that are given instead of discovered.
    package let endpoints: ProviderEndpoints?

    package init(hosts: Set<String> = [], caFile: String? = nil, endpoints: ProviderEndpoints? = nil) {
        self.hosts = hosts
        self.caFile = caFile
        self.endpoints = endpoints
    }
}

/// Addresses of a provider without discovery.
package struct ProviderEndpoints: Equatable, Sendable {
    package let authorization: String
    package let token: String
    package let userinfo: String?
    /// Whether our secret goes into the form of the token call, and not into its header.
    package let takesSecretInForm: Bool

    package init(authorization: String, token: String, userinfo: String?, takesSecretInForm: Bool = false) {
        self.authorization = authorization
        self.token = token
        self.userinfo = userinfo
        self.takesSecretInForm = takesSecretInForm
    }
}

/// What a token of the provider has to be like, beyond what every token has to be.
package struct TokenRules: Sendable {
    package let algorithms: [SignatureAlgorithm]
    package let trustedAudiences: Set<String>
    /// Microsoft: the tenants whose people may come, where the issuer is a template.
    package let tenants: Set<String>
    package let userinfo: UserinfoUse
    /// Values of `typ` that a logout token may have besides `logout+jwt`.
    package let logoutTokenTypes: Set<String>

    package init(
        algorithms: [SignatureAlgorithm] = [.rs256, .ps256, .es256, .edDSA], trustedAudiences: Set<String> = [],
        tenants: Set<String> = [], userinfo: UserinfoUse = .auto, logoutTokenTypes: Set<String> = []
    ) {
        self.algorithms = algorithms
        self.trustedAudiences = trustedAudiences
        self.tenants = tenants
        self.userinfo = userinfo
        self.logoutTokenTypes = logoutTokenTypes
    }
}

/// When the userinfo endpoint is asked.
package enum UserinfoUse: String, Sendable, CaseIterable {
    /// If a wanted claim is not in the ID token.
    case auto, always, never
}

/// What holds for sessions that began at the provider.
package struct ProviderSessionRules: Sendable {
    /// Whether "signed in within" believes a provider that does not say when it asked the person.
    package let trustsReauthentication: Bool
    /// Whether signing out here leads to signing out there without asking.
    package let signsOutAtProvider: Bool
    /// How often the provider is asked whether the person is still there; `nil` for never.
    package let recheck: Duration?
    /// How long a session goes on while the provider gives no answer to that.
    package let recheckGrace: Duration
    /// Whether the sign-in page goes to the provider by itself.
    package let isAutomatic: Bool

    package init(
        trustsReauthentication: Bool = false, signsOutAtProvider: Bool = false, recheck: Duration? = nil,
        recheckGrace: Duration = .seconds(3_600), isAutomatic: Bool = false
    ) {
        self.trustsReauthentication = trustsReauthentication
        self.signsOutAtProvider = signsOutAtProvider
        self.recheck = recheck
        self.recheckGrace = recheckGrace
        self.isAutomatic = isAutomatic
    }
}
