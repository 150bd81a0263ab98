internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseOIDC
internal import Testing

/// A kind, what it takes beside an id and a secret, and the issuer that this makes.
struct KnownProvider: Sendable, CustomTestStringConvertible {
    let type: String
    let lines: String
    let issuer: String

    var testDescription: String { type }
}

@Suite("The tables of providers")
struct ProviderTableTests {
    let fixture: ProviderFixture

    init() throws { fixture = try ProviderFixture() }

    private static let everyone = "allow = \"everyone\""

    static let known: [KnownProvider] = [
        KnownProvider(type: "google", lines: everyone, issuer: "https://accounts.google.com"),
        KnownProvider(type: "github", lines: everyone, issuer: "https://github.com"),
        KnownProvider(type: "gitlab", lines: everyone, issuer: "https://gitlab.com"),
        KnownProvider(
            type: "apple", lines: "team = \"ABCDE12345\"\nkey_id = \"FGHIJ67890\"\n\(everyone)",
            issuer: "https://appleid.apple.com"),
        KnownProvider(
            type: "microsoft", lines: "tenant = \"\(ProviderFixture.tenant)\"",
            issuer: "https://login.microsoftonline.com/\(ProviderFixture.tenant)/v2.0"),
        KnownProvider(type: "gitea", lines: "url = \"https://git.x.test/\"", issuer: "https://git.x.test"),
        KnownProvider(type: "forgejo", lines: "url = \"https://git.x.test\"", issuer: "https://git.x.test"),
        KnownProvider(
            type: "keycloak", lines: "url = \"https://kc.x.test\"\nrealm = \"main\"",
            issuer: "https://kc.x.test/realms/main"),
        KnownProvider(
            type: "authentik", lines: "url = \"https://ak.x.test\"\napplication = \"gh\"",
            issuer: "https://ak.x.test/application/o/gh/"),
        KnownProvider(type: "authelia", lines: "url = \"https://a.x.test\"", issuer: "https://a.x.test"),
        KnownProvider(type: "auth0", lines: "url = \"https://x.eu.auth0.com\"", issuer: "https://x.eu.auth0.com/"),
        KnownProvider(type: "okta", lines: "url = \"https://x.okta.com\"", issuer: "https://x.okta.com"),
        KnownProvider(
            type: "okta", lines: "url = \"https://x.okta.com\"\nserver = \"default\"",
            issuer: "https://x.okta.com/oauth2/default"),
        KnownProvider(type: "zitadel", lines: "url = \"https://z.x.test\"", issuer: "https://z.x.test"),
        KnownProvider(
            type: "kanidm", lines: "url = \"https://idm.x.test\"", issuer: "https://idm.x.test/oauth2/openid/cid"),
        KnownProvider(type: "oidc", lines: "issuer = \"https://op.x.test/\"", issuer: "https://op.x.test/"),
        KnownProvider(type: "keycloak", lines: "issuer = \"https://kc/r\"", issuer: "https://kc/r"),
        KnownProvider(
            type: "oauth2",
            lines: """
                issuer = "https://o.x.test"
                endpoints = { authorization = "https://o.x.test/a?x=1", token = "https://o.x.test/t", userinfo = "https://o.x.test/u" }
                """, issuer: "https://o.x.test"),
    ]

    @Test("take few lines for a known one, and make its issuer of them", arguments: known)
    func fewLines(_ known: KnownProvider) throws {
        let provider = try #require(try fixture.provider(known.type, known.lines))
        #expect(provider.kind.rawValue == known.type && provider.name.description == known.type)
        #expect(provider.issuer == known.issuer)
        #expect(provider.client.id == "cid" && provider.client.scopes == provider.kind.facts.scopes)
        #expect(known.lines.contains("allow") == provider.isOpenToAll)
        #expect(provider.network.hosts.isSuperset(of: provider.kind.facts.hosts))
        #expect(provider.admission.isForEveryone && provider.accounts.mode == .none)
        let discovers = known.type != "github" && known.type != "oauth2"
        #expect((provider.network.endpoints == nil) == discovers)
    }

    @Test("know every kind there is")
    func everyKind() {
        #expect(Set(ProviderTableTests.known.map(\.type)) == Set(ProviderKind.allCases.map(\.rawValue)))
    }

    @Test("make of a service of one's own what GitHub's is")
    func enterprise() throws {
        let provider = try #require(try fixture.provider("github", "url = \"https://git.corp.test\""))
        #expect(provider.issuer == "https://git.corp.test" && provider.network.hosts.isEmpty && !provider.isOpenToAll)
        #expect(
            provider.network.endpoints
                == ProviderEndpoints(
                    authorization: "https://git.corp.test/login/oauth/authorize",
                    token: "https://git.corp.test/login/oauth/access_token",
                    userinfo: "https://git.corp.test/api/v3/user", takesSecretInForm: true))
    }

    @Test("tell Microsoft's tenants apart")
    func tenants() throws {
        let shared = try #require(
            try fixture.provider("microsoft", "tenant = \"organizations\"\ntenants = [\"\(ProviderFixture.tenant)\"]"))
        #expect(shared.issuerTemplate == "https://login.microsoftonline.com/{tenantid}/v2.0" && !shared.isOpenToAll)
        #expect(shared.tokens.tenants == [ProviderFixture.tenant])
        let personal = try #require(
            try fixture.provider("microsoft", "tenant = \"consumers\"\nallow = { subjects = [\"x\"] }"))
        #expect(personal.issuerTemplate == nil && personal.isOpenToAll)
        #expect(personal.issuer == Microsoft.issuer(of: Microsoft.personalAccounts))
    }

    @Test("take all that is written")
    func everything() throws {
        let provider = try #require(
            try fixture.provider(
                "oidc",
                """
                name = "work"
                title = "Work"
                issuer = "https://op.x.test"
                hosts = ["API.x.test"]
                scopes = ["openid", "groups"]
                allow = { domains = ["Example.COM"], emails = ["Al@Example.com"], groups = ["g"], subjects = ["1"], claims = { realm = { roles = ["a", "b"] }, dep = "IT" } }
                claims = { name = "nick", groups = ["realm", "roles"] }
                groups_separator = ","
                name_template = "{nick}@{provider}"
                accounts = "create"
                link_by_email = true
                owns_domains = ["example.com"]
                may_make_superusers = true
                superusers = ["root"]
                trusted_audiences = ["other"]
                algorithms = ["Ed25519", "RS512"]
                userinfo = "always"
                logout_token_types = ["JWT"]
                auto = true
                reauthentication = "trust"
                recheck = "15m"
                recheck_grace = "2h"
                [provider.groups]
                "/staff" = "admins"
                """))
        #expect(
            provider.name.description == "work" && provider.title == "Work" && provider.network.hosts == ["api.x.test"])
        #expect(provider.client.scopes == ["openid", "groups"])
        let admission = provider.admission
        #expect(
            admission.domains == ["example.com"] && admission.emails == ["Al@example.com"] && admission.groups == ["g"])
        #expect(admission.subjects == ["1"] && !admission.isForEveryone)
        #expect(admission.claims.map(\.path) == [["dep"], ["realm", "roles"]])
        #expect(admission.claims.map(\.values) == [["IT"], ["a", "b"]])
        #expect(provider.claims.name == ["nick"] && provider.claims.groups == ["realm", "roles"])
        #expect(provider.claims.subject == ["sub"] && provider.claims.groupsSeparator == ",")
        #expect(provider.claims.nameTemplate == NameTemplate(parsing: "{nick}@{provider}"))
        #expect(provider.accounts.mode == .create && provider.accounts.linksByEmail)
        #expect(provider.accounts.ownsDomains == ["example.com"] && provider.accounts.mayMakeSuperusers)
        #expect(
            provider.accounts.groups
                == GroupMapping(groups: ["/staff": "admins"], keepsOthers: false, superusers: ["root"]))
        #expect(provider.tokens.algorithms == [.edDSA, .rs512] && provider.tokens.userinfo == .always)
        #expect(provider.tokens.trustedAudiences == ["other"] && provider.tokens.logoutTokenTypes == ["JWT"])
        let session = provider.session
        #expect(session.isAutomatic && session.signsOutAtProvider && session.trustsReauthentication)
        #expect(session.recheck == .seconds(900) && session.recheckGrace == .seconds(7_200))
    }

    @Test("have a picture of the operator's on the button, or none")
    func logo() throws {
        let issuer = "issuer = \"https://op.x.test\"\n"
        #expect(try #require(try fixture.provider("oidc", issuer)).logo == nil)
        let logo = try #require(try fixture.provider("oidc", issuer + "logo = \"logo.svg\"")?.logo)
        #expect(logo.format == .svg && logo.content == Array(ProviderFixture.logo.utf8))
    }

    @Test("give groups there no meaning here that nobody wrote down")
    func groups() throws {
        let provider = try #require(try fixture.provider("keycloak", "issuer = \"https://kc/r\""))
        #expect(provider.accounts.groups == GroupMapping(keepsOthers: false))
    }

    @Test("ask for what a refresh token takes where people are asked about again")
    func recheck() throws {
        let provider = try #require(
            try fixture.provider("oidc", "issuer = \"https://op.x.test\"\nrecheck = \"15m\""))
        #expect(provider.client.scopes == ["openid", "profile", "email", "offline_access"])
    }

    @Test("can be written as variables, and the secret as a file")
    func variables() throws {
        let environment = [
            "GATEHOUSE_PROVIDER__1__TYPE": "google", "GATEHOUSE_PROVIDER__1__CLIENT_ID": "cid",
            "GATEHOUSE_PROVIDER__1__CLIENT_SECRET_FILE": "keys/provider",
            "GATEHOUSE_PROVIDER__1__ALLOW": "{ domains = ['example.com'] }",
            "GATEHOUSE_PROVIDER__2__TYPE": "github", "GATEHOUSE_PROVIDER__2__CLIENT_ID": "cid",
            "GATEHOUSE_PROVIDER__2__CLIENT_SECRET": "file:keys/provider", "GATEHOUSE_PROVIDER__2__ALLOW": "everyone",
            "GATEHOUSE_PROVIDER__2__CLAIMS__NAME": "login",
            "GATEHOUSE_OUTBOUND__PROXY": "http://proxy.x.test:3128",
        ]
        let configuration = try fixture.load("", environment: environment)
        let providers = configuration.providers.map(\.provider)
        #expect(providers.map(\.name.description) == ["google", "github"])
        #expect(providers.first?.admission.domains == ["example.com"])
        #expect(providers.last?.admission.isForEveryone == true)
        #expect(configuration.outbound.proxy == "http://proxy.x.test:3128")
        var broken = environment
        broken["GATEHOUSE_PROVIDER__1__ALLOW"] = nil
        let problems = try fixture.problems("", environment: broken)
        #expect(problems.count == 1 && problems[0].contains("GATEHOUSE_PROVIDER__1__ALLOW"), "\(problems)")
    }

    @Test("never show a secret")
    func secrets() throws {
        #expect(
            !"\(try fixture.providers(ProviderFixture.lines("google", ProviderTableTests.everyone)))".contains(
                "a-secret"))
    }
}
