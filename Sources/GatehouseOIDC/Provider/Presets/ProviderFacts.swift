/// What one kind of provider does in its own way.
///
/// They are facts, so that nobody else asks which kind a provider is: whoever meets an odd way reads the flag for it. The
/// table of all kinds is `ProviderFacts+Kinds.swift`.
package struct ProviderFacts: Sendable {
    /// What it is called where the operator says nothing else.
    package let title: String
    package let issuer: IssuerForm
    /// Hosts of its endpoints beside that of its issuer.
    package let hosts: Set<String>
    /// What is asked for where the operator says nothing else.
    package let scopes: [String]
    package let claims: ClaimMapping
    package let userinfo: UserinfoUse
    /// What a refresh token takes, without which nobody can be asked about again.
    package let refresh: RefreshWish
    /// Values of `typ` that its logout tokens have beside `logout+jwt`.
    package let logoutTokenTypes: Set<String>
    package let oddities: Oddities

    package init(
        title: String, issuer: IssuerForm, hosts: Set<String> = [],
        scopes: [String] = ["openid", "profile", "email"], claims: ClaimMapping = ClaimMapping(),
        userinfo: UserinfoUse = .auto, refresh: RefreshWish = RefreshWish(), logoutTokenTypes: Set<String> = [],
        oddities: Oddities = []
    ) {
        self.title = title
        self.issuer = issuer
        self.hosts = hosts
        self.scopes = scopes
        self.claims = claims
        self.userinfo = userinfo
        self.refresh = refresh
        self.logoutTokenTypes = logoutTokenTypes
        self.oddities = oddities
    }

    /// What is sent along so that there is a refresh token.
    package struct RefreshWish: Sendable {
        package let scopes: [String]
        /// Parameters of the authorization request.
        package let parameters: [(name: String, value: String)]

        package init(scopes: [String] = [], parameters: [(name: String, value: String)] = []) {
            self.scopes = scopes
            self.parameters = parameters
        }
    }

    /// What a kind does differently from OpenID Connect's documents, or leaves out.
    package struct Oddities: OptionSet, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// No OpenID: neither metadata nor ID tokens; the endpoints are the provider's own, and userinfo says who it is.
        package static let plainOAuth = Self(rawValue: 1 << 0)
        /// Who somebody is, their addresses, organisations and teams are asked of GitHub's interface.
        package static let githubInterface = Self(rawValue: 1 << 1)
        /// The answer comes as a form where a name or an address is asked for (`response_mode=form_post`).
        package static let formPost = Self(rawValue: 1 << 2)
        /// `email_verified` may be the text "true".
        package static let verifiedAsText = Self(rawValue: 1 << 3)
        /// The name comes once, beside the code.
        package static let nameOnce = Self(rawValue: 1 << 4)
        /// `hd` says which organisation manages an account: only that counts as its domain.
        package static let hostedDomain = Self(rawValue: 1 << 5)
        /// Whoever manages a tenant can write any address: it never links.
        package static let addressesOfOthers = Self(rawValue: 1 << 6)
        /// Too many groups are replaced by a hint where to ask (`_claim_names`, `hasgroups`).
        package static let groupsOverage = Self(rawValue: 1 << 7)
        /// It can never say when it asked the person (`auth_time`): what need not say it, and can be told to, has not this.
        package static let noAuthenticationTime = Self(rawValue: 1 << 8)
        /// It signs with the client's secret until a signing key is chosen, which is refused.
        package static let signingKeyIsOptional = Self(rawValue: 1 << 9)
        /// Subjects are made for each client: another registration has other people.
        package static let pairwiseSubjects = Self(rawValue: 1 << 10)
        /// It says of nobody which groups they are in.
        package static let noGroups = Self(rawValue: 1 << 11)
    }
}

/// How a kind's issuer is made of what the operator writes.
package enum IssuerForm: Sendable {
    /// One for everybody.
    case fixed(String)
    /// One service for everybody, or one's own at the address in `url`.
    case standard(String)
    /// The address in `url`, and what follows it.
    case address(followedBy: String)
    /// The address in `url`, and a name from a key of its own between two texts; without the name, where it may be left out,
    /// the address alone.
    case named(key: String, before: String, after: String, isOptional: Bool)
    /// The address in `url`, then a text, then the id of the client.
    case client(before: String)
    /// A tenant of Microsoft's.
    case tenant
    /// As `issuer` alone.
    case whole
}

extension Provider {
    package var facts: ProviderFacts { kind.facts }

    /// Whether a sign-in there can prove that somebody was asked a moment ago; what it says decides then.
    package var canProveTime: Bool {
        session.trustsReauthentication || !facts.oddities.contains(.noAuthenticationTime)
    }
}
