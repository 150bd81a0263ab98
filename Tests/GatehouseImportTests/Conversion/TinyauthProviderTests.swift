import GatehouseConfig
import GatehouseCore
import GatehouseImport
import GatehouseOIDC
import Testing

/// Variables of a provider, and what has to stand in the configuration.
struct TinyauthProviderLines: Sendable, CustomTestStringConvertible {
    let variables: [String]
    let kind: ProviderKind
    let issuer: String

    var testDescription: String { "\(kind), \(issuer), \(variables.first ?? "")" }

    /// In the spellings of versions 4 and 5, and of version 3 where the provider has one of its three names.
    static func all(_ id: String, _ place: String, _ ends: [String], _ kind: ProviderKind, _ issuer: String)
        -> [TinyauthProviderLines]
    {
        let values = [
            ("CLIENT_ID", "cid"), ("CLIENT_SECRET", "not-for-anybody"), ("AUTH_URL", place + ends[0]),
            ("TOKEN_URL", place + ends[1]), ("USER_INFO_URL", place + ends[2]), ("SCOPES", "openid,profile,email"),
            ("NAME", "Our own"),
        ]
        return [
            values.map { "PROVIDERS_\(id)_\($0.0)='\($0.1)'" },
            values.map { "TINYAUTH_OAUTH_PROVIDERS_\(id)_\($0.0.replacing("_", with: ""))=\($0.1)" },
            id == "GENERIC"
                ? values.map { "\(id)_\($0.0.replacing("USER_INFO", with: "USER"))=\($0.1)" } : [],
        ].filter { !$0.isEmpty }.map { TinyauthProviderLines(variables: $0, kind: kind, issuer: issuer) }
    }
}

@Suite("tinyauth's providers")
struct TinyauthProviderTests {
    private static func site(_ lines: String...) throws -> ConvertedSite {
        try ConvertedSite((["APP_URL=https://auth.example.com"] + lines).joined(separator: "\n") + "\n", .tinyauth)
    }

    private static let google = "GOOGLE_CLIENT_ID=cid\nGOOGLE_CLIENT_SECRET_FILE=/run/secrets/google"

    static let known: [TinyauthProviderLines] =
        TinyauthProviderLines.all(
            "MY_IDP", "https://kc.example.com/realms/x",
            [
                "/protocol/openid-connect/auth", "/protocol/openid-connect/token",
                "/protocol/openid-connect/userinfo",
            ], .keycloak, "https://kc.example.com/realms/x")
        + TinyauthProviderLines.all(
            "GENERIC", "https://id.example.com", ["/authorize", "/api/oidc/token", "/api/oidc/userinfo"], .oidc,
            "https://id.example.com")
        + TinyauthProviderLines.all(
            "GENERIC", "https://a.example.com/sub",
            ["/api/oidc/authorization", "/api/oidc/token", "/api/oidc/userinfo"],
            .authelia, "https://a.example.com/sub")
        + TinyauthProviderLines.all(
            "MY_IDP", "https://z.example.com", ["/oauth/v2/authorize", "/oauth/v2/token", "/oidc/v1/userinfo"],
            .zitadel,
            "https://z.example.com")
        + TinyauthProviderLines.all(
            "MY_IDP", "https://o.example.com:8443/x", ["/authorize", "/token", "/me"], .oauth2,
            "https://o.example.com:8443")

    @Test(
        "become providers here, in the spelling of each version, and their secrets stay where they are",
        arguments: known)
    func providers(_ lines: TinyauthProviderLines) throws {
        let site = try TinyauthProviderTests.site(lines.variables.joined(separator: "\n"))
        #expect(!site.text.contains("not-for-anybody"))
        let provider = try #require(site.configuration.providers.first?.provider)
        #expect(provider.kind == lines.kind && provider.issuer == lines.issuer && provider.title == "Our own")
        #expect(provider.client.id == "cid" && provider.client.scopes == ["openid", "profile", "email"])
        #expect(provider.admission.isForEveryone && !site.configuration.portal.takesPasswords)
        #expect(site.configuration.providers.count == 1 && (lines.kind == .oauth2) == site.text.contains("proves more"))
        #expect(site.text.contains("gatehouse provider check \(provider.name) --offline"))
        #expect(!site.lost.contains { $0.contains("IDP") || $0.contains("GENERIC") }, "\(site.lost)")
    }

    @Test("are those that it knows by name, and people with passwords keep them")
    func presets() throws {
        let site = try TinyauthProviderTests.site(
            TinyauthProviderTests.google, "TINYAUTH_OAUTH_PROVIDERS_GITHUB_CLIENTID=other",
            "TINYAUTH_OAUTH_PROVIDERS_GITHUB_CLIENTSECRET=not-for-anybody", "USERS_FILE=/data/users",
            "TINYAUTH_OAUTH_AUTOREDIRECT=github", "TINYAUTH_APPS_A_OAUTH_GROUPS=admins")
        let providers = site.configuration.providers.map(\.provider)
        #expect(providers.map(\.kind) == [.google, .github] && providers.map(\.client.id) == ["cid", "other"])
        #expect(providers.map(\.title) == ["Google", "GitHub"])
        #expect(providers.allSatisfy(\.accounts.groups.keepsOthers) && site.configuration.portal.takesPasswords)
        #expect(site.text.contains("from GOOGLE_CLIENT_SECRET_FILE") && !site.text.contains("not-for-anybody"))
        #expect(
            site.lost.contains { $0.contains("OAUTH_AUTO_REDIRECT") }
                && !providers.contains(where: \.session.isAutomatic))
        let alone = try TinyauthProviderTests.site(TinyauthProviderTests.google, "OAUTH_AUTO_REDIRECT=google")
        #expect(alone.configuration.providers.first?.provider.session.isAutomatic == true)
        let none = try TinyauthProviderTests.site(TinyauthProviderTests.google, "OAUTH_AUTO_REDIRECT=none")
        #expect(none.configuration.providers.first?.provider.session.isAutomatic == false)
    }

    @Test("let in whom the list of addresses let in, and nobody where it has no equal")
    func admission() throws {
        func admission(_ lines: String...) throws -> (Admission, [String]) {
            let site = try TinyauthProviderTests.site(([TinyauthProviderTests.google] + lines).joined(separator: "\n"))
            return (try #require(site.configuration.providers.first?.provider.admission), site.lost)
        }
        #expect(try admission().0.isForEveryone && admission("OAUTH_WHITELIST=").0.isForEveryone)
        let (emails, _) = try admission("TINYAUTH_OAUTH_WHITELIST=a@example.com, b@example.org")
        #expect(emails.emails == ["a@example.com", "b@example.org"] && emails.domains.isEmpty && !emails.isForEveryone)
        for text in ["/@example\\.com$/", "/^.*@example\\.com$/", "/.+@Example.com$/"] {
            #expect(try admission("OAUTH_WHITELIST=\(text)").0.domains == ["example.com"])
        }
        let own = try admission("TINYAUTH_GOOGLE_WHITELIST=c@example.com", "OAUTH_WHITELIST=d@example.com").0
        #expect(own.emails == ["c@example.com"])
        for line in [
            "OAUTH_WHITELIST=/@example\\.com/", "OAUTH_WHITELIST=/^[ab]@example\\.com$/",
            "OAUTH_WHITELIST=/@(a|b)\\.com$/",
            "OAUTH_WHITELIST=//", "OAUTH_WHITELIST=/@a.com$/,b@example.com", "AUTH_ACLS_POLICY=deny\nOAUTH_WHITELIST=",
            "GOOGLE_WHITELISTFILE=x", "TINYAUTH_OAUTH_WHITELISTFILE=/data/list",
        ] {
            let (closed, lost) = try admission(line)
            #expect(closed.subjects == ["nobody"] && !closed.isForEveryone, "\(line)")
            #expect(lost.contains { $0.contains("WHITELIST") }, "\(line): \(lost)")
        }
    }

    @Test("are named where they cannot be taken over")
    func lost() throws {
        let half = try TinyauthProviderTests.site(
            "PROVIDERS_WORK_CLIENT_ID=x", "PROVIDERS_WORK_INSECURE_SKIP_VERIFY=true", "PROVIDERS_OTHER_AUTH_URL=x",
            "PROVIDERS_WORK_COLOUR=red", "TINYAUTH_OIDC_CLIENTS_APP_CLIENTSECRET=not-for-anybody")
        #expect(half.configuration.providers.isEmpty && half.configuration.portal.takesPasswords)
        for words in [
            "PROVIDERS_WORK: ", "PROVIDERS_OTHER: ", "PROVIDERS_WORK_COLOUR",
            "OIDC_CLIENTS_APP_CLIENTSECRET: Gatehouse is no",
        ] {
            #expect(half.lost.contains { $0.contains(words) }, "\(words): \(half.lost)")
        }
        #expect(!half.text.contains("not-for-anybody"))
        let strange = try TinyauthProviderTests.site(
            "PROVIDERS_9_CLIENT_ID=x", "PROVIDERS_9_AUTH_URL=https://o.example.com/a", "PROVIDERS_9_INSECURE=true",
            "PROVIDERS_9_TOKEN_URL=https://o.example.com/t", "PROVIDERS_9_USER_INFO_URL=https://o.example.com/u",
            "PROVIDERS_9_NAME='\"]\n'".replacing("\n", with: " x"))
        #expect(strange.configuration.providers.first?.provider.name.description == "provider-1")
        #expect(strange.lost.contains { $0.contains("certificates are always verified") })
    }
}

@Suite("Authelia's clients and people")
struct AutheliaClientTests {
    private static let site =
        "session: {cookies: [{domain: example.com, authelia_url: 'https://auth.example.com/'}]}\n"

    @Test("say what becomes of each client, and how Authelia may stay")
    func clients() throws {
        let site = try ConvertedSite(
            AutheliaClientTests.site
                + """
                identity_providers:
                  oidc:
                    hmac_secret: not-for-anybody
                    clients:
                      - client_id: grafana
                        client_name: Grafana
                        client_secret: not-for-anybody
                      - id: old
                      - policy: two_factor

                """, .authelia)
        #expect(!site.text.contains("not-for-anybody"))
        for words in ["(line 6): \"Grafana\"", "(line 9): \"old\"", "(line 10): one without a name"] {
            #expect(
                site.lost.contains { $0.contains(words) && $0.contains("no OpenID Connect provider") }, "\(site.lost)")
        }
        #expect(site.text.contains("type = \"authelia\" and url = \"https://auth.example.com\""))
        let none = try ConvertedSite(
            AutheliaClientTests.site + "identity_providers: {oidc: {clients: []}}\n", .authelia)
        #expect(none.lost.contains { $0.contains("identity_providers (line 2)") }, "\(none.lost)")
    }

    @Test("are not passed over in silence where the directory was asked in another way")
    func people() throws {
        let site = try ConvertedSite(
            AutheliaClientTests.site
                + """
                authentication_backend:
                  password_reset: {disable: true}
                  refresh_interval: 1m
                  ldap:
                    address: ldaps://ldap.example.com
                    base_dn: dc=example,dc=com
                    timeout: 20s
                    tls: {skip_verify: true}
                    group_search_mode: memberof

                """, .authelia)
        for words in [
            "password_reset (line 3)", "refresh_interval (line 4)", "ldap.timeout", "ldap.tls", "group_search_mode",
        ] {
            #expect(site.lost.contains { $0.contains(words) }, "\(words): \(site.lost)")
        }
    }
}
