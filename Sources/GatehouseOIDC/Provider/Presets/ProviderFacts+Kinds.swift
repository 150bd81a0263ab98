internal import GatehouseCore

/// The table of all kinds, each with what is odd about it.
extension ProviderKind {
    package var facts: ProviderFacts {
        switch self {
        case .google: .google
        case .github: .github
        case .microsoft: .microsoft
        case .gitlab: ProviderFacts(title: "GitLab", issuer: .standard("https://gitlab.com"))
        case .gitea: .gitea("Gitea")
        case .forgejo: .gitea("Forgejo")
        case .keycloak: .keycloak
        case .authentik: .authentik
        case .authelia: .authelia
        case .auth0: .auth0
        case .okta: .okta
        case .zitadel: .zitadel
        case .kanidm: .kanidm
        case .apple: .apple
        case .oidc: ProviderFacts(title: "OpenID Connect", issuer: .whole, refresh: offline)
        case .oauth2: .oauth2
        }
    }
}

private let offline = ProviderFacts.RefreshWish(scopes: ["offline_access"])

extension ProviderFacts {
    /// No groups; an address is everybody's name, since there is no other.
    ///
    /// When somebody was asked is said where the project's settings there allow it.
    fileprivate static let google = ProviderFacts(
        title: "Google", issuer: .fixed("https://accounts.google.com"),
        hosts: ["oauth2.googleapis.com", "openidconnect.googleapis.com", "www.googleapis.com"],
        claims: ClaimMapping(name: ["email"]),
        refresh: RefreshWish(parameters: [("access_type", "offline"), ("prompt", "consent")]),
        oddities: [.hostedDomain, .noGroups])

    /// The number is the subject, since `login` can be given up and taken by somebody else.
    ///
    /// Groups are organisations (`acme`) and teams (`acme/admins`).
    fileprivate static let github = ProviderFacts(
        title: "GitHub", issuer: .standard(GitHub.address), hosts: ["api.github.com"],
        scopes: ["read:user", "user:email", "read:org"],
        claims: ClaimMapping(subject: ["id"], name: ["login"]), userinfo: .always,
        oddities: [.plainOAuth, .githubInterface, .noAuthenticationTime])

    /// Groups are ids of objects; with `User.Read` the directory can be asked for those that did not fit into the token.
    ///
    /// When somebody was asked is said where the registration there has the claim.
    fileprivate static let microsoft = ProviderFacts(
        title: "Microsoft", issuer: .tenant, hosts: ["graph.microsoft.com"],
        scopes: ["openid", "profile", "email", "User.Read"], refresh: offline,
        oddities: [.addressesOfOthers, .groupsOverage, .pairwiseSubjects])

    fileprivate static func gitea(_ title: String) -> ProviderFacts {
        ProviderFacts(
            title: title, issuer: .address(followedBy: ""), scopes: ["openid", "profile", "email", "groups"])
    }

    /// Groups come by a mapper of the client, roles in `realm_access.roles`; refresh tokens without being asked for.
    fileprivate static let keycloak = ProviderFacts(
        title: "Keycloak", issuer: .named(key: "realm", before: "/realms/", after: "", isOptional: false),
        logoutTokenTypes: ["JWT"])

    /// Groups come with the scope `profile`.
    fileprivate static let authentik = ProviderFacts(
        title: "authentik",
        issuer: .named(key: "application", before: "/application/o/", after: "/", isOptional: false), refresh: offline,
        oddities: [.signingKeyIsOptional])

    /// All but the subject is at userinfo.
    fileprivate static let authelia = ProviderFacts(
        title: "Authelia", issuer: .address(followedBy: ""), scopes: ["openid", "profile", "email", "groups"],
        refresh: offline)

    /// No claim names a person but the address; groups are claims of one's own.
    fileprivate static let auth0 = ProviderFacts(
        title: "Auth0", issuer: .address(followedBy: "/"), claims: ClaimMapping(name: ["email"]), refresh: offline)

    /// The organisation's own server without `server`; groups take a claim and often a scope of one's own.
    fileprivate static let okta = ProviderFacts(
        title: "Okta", issuer: .named(key: "server", before: "/oauth2/", after: "", isOptional: true),
        refresh: offline)

    /// Roles are an object with a member for each; they come where the project asserts them.
    fileprivate static let zitadel = ProviderFacts(
        title: "Zitadel", issuer: .address(followedBy: ""),
        claims: ClaimMapping(groups: ["urn:zitadel:iam:org:project:roles"]), refresh: offline)

    /// A sign-in fails where one scope is not granted; with this one groups have their names.
    fileprivate static let kanidm = ProviderFacts(
        title: "Kanidm", issuer: .client(before: "/oauth2/openid/"),
        scopes: ["openid", "profile", "email", "groups_name"])

    fileprivate static let apple = ProviderFacts(
        title: "Apple", issuer: .fixed("https://appleid.apple.com"), scopes: ["openid", "name", "email"],
        claims: ClaimMapping(name: ["email"]), userinfo: .never,
        oddities: [.formPost, .verifiedAsText, .nameOnce, .noGroups, .pairwiseSubjects])

    fileprivate static let oauth2 = ProviderFacts(
        title: "OAuth 2", issuer: .whole, scopes: [], userinfo: .always,
        oddities: [.plainOAuth, .noAuthenticationTime])
}
