internal import GatehouseCore

/// How many people a provider has, which decides what has to be said before anybody comes in.
extension Provider {
    /// Whether anybody can have an account there, so that without an allow list everybody would come in.
    package var isOpenToAll: Bool { ProviderReach.isOpenToAll(kind, issuer: issuer, tenants: tokens.tenants) }

    /// What an issuer in its metadata and its tokens looks like where it differs for each tenant, with `{tenantid}` in it;
    /// `nil` where it is `issuer`.
    package var issuerTemplate: String? {
        ProviderReach.isShared(kind, issuer: issuer) ? "\(Microsoft.authority){tenantid}/v2.0" : nil
    }
}

/// The same before there is a whole provider.
package enum ProviderReach {
    package static func isOpenToAll(_ kind: ProviderKind, issuer: String, tenants: Set<String>) -> Bool {
        switch kind {
        case .google, .apple: true
        case .github, .gitlab, .gitea, .forgejo: open.contains(issuer)
        case .microsoft:
            issuer == Microsoft.issuer(of: "common") || issuer == Microsoft.issuer(of: Microsoft.personalAccounts)
        case .keycloak, .authentik, .authelia, .auth0, .okta, .zitadel, .kanidm: false
        // Whoever names one of the services above by its address means the same.
        case .oidc, .oauth2: open.contains(issuer)
        }
    }

    /// Whether one issuer stands for those of many tenants.
    package static func isShared(_ kind: ProviderKind, issuer: String) -> Bool {
        kind == .microsoft && ["common", "organizations"].contains { Microsoft.issuer(of: $0) == issuer }
    }

    /// Services where whoever wants has an account.
    private static let open: Set<String> = [
        "https://accounts.google.com", "https://appleid.apple.com", "https://github.com", "https://gitlab.com",
        "https://gitea.com", "https://codeberg.org", Microsoft.issuer(of: "common"),
        Microsoft.issuer(of: Microsoft.personalAccounts), "https://discord.com", "https://www.facebook.com",
        "https://www.linkedin.com/oauth",
    ]
}

/// Microsoft's addresses.
package enum Microsoft {
    package static let authority = "https://login.microsoftonline.com/"
    /// The tenant of all personal accounts, which is what `consumers` stands for.
    package static let personalAccounts = "9188040d-6c67-4c5b-b112-36a304b66dad"

    package static func issuer(of tenant: String) -> String { "\(authority)\(tenant)/v2.0" }

    /// Whether a text is the id of a tenant, in lower case: 8-4-4-4-12 hexadecimal digits.
    package static func isTenantID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12]
            && parts.joined().allSatisfy { ASCII.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }
}

/// GitHub's addresses, and those of an Enterprise server.
package enum GitHub {
    package static let address = "https://github.com"

    /// Who somebody is, is `userinfo`; `/emails`, `/orgs` and `/teams` lie below it.
    package static func endpoints(of address: String) -> ProviderEndpoints {
        let interface = address == self.address ? "https://api.github.com" : "\(address)/api/v3"
        return ProviderEndpoints(
            authorization: "\(address)/login/oauth/authorize", token: "\(address)/login/oauth/access_token",
            userinfo: "\(interface)/user", takesSecretInForm: true)
    }
}
