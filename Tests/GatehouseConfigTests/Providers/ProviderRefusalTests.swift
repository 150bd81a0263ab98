internal import GatehouseOIDC
internal import Testing

@Suite("What is refused of providers")
struct ProviderRefusalTests {
    /// Lines of a provider `oidc` that is fine without them.
    static let mistakes: [Mistake] = [
        Mistake("oidc", "type2 = \"x\"", "provider.type2", "did you mean type?"),
        Mistake("oidc", "name = \"Work\"", "provider.name", "1 to 32 small letters"),
        Mistake("oidc", "name = \"database\"", "provider.name", "different from the names of backends"),
        Mistake("oidc", "title = \"\"", "provider.title", "1 to 60 characters"),
        Mistake("oidc", "logo = \"missing.svg\"", "provider.logo", "No such file"),
        Mistake("oidc", "logo = \"keys\"", "provider.logo", "is not a regular file"),
        Mistake("oidc", "logo = \"keys/provider\"", "provider.logo", "is neither SVG nor PNG"),
        Mistake("oidc", "logo = \"large.svg\"", "provider.logo", "has more than 65536 octets"),
        Mistake("oidc", "url = \"https://x.test\"", "provider.url", "has no meaning here"),
        Mistake("oidc", "tenants = [\"x\"]", "provider.tenants", "\"microsoft\" alone"),
        Mistake("oidc", "team = \"ABCDE12345\"", "provider.team", "\"apple\" alone"),
        Mistake("oidc", "endpoints = { token = \"https://x.test/t\" }", "provider.endpoints", "\"oauth2\" alone"),
        Mistake("oidc", "hosts = [\"https://x.test\"]", "provider.hosts", "without scheme, port and path"),
        Mistake("oidc", "public_client = true", "provider.client_secret", "is of no use"),
        Mistake("oidc", "scopes = [\"profile\"]", "provider.scopes", "must have \"openid\""),
        Mistake("oidc", "scopes = [\"openid profile\"]", "provider.scopes", "without blanks"),
        Mistake("oidc", "ca_file = \"keys/provider\"", "provider.ca_file", "has no certificate in it"),
        Mistake("oidc", "algorithms = [\"none\"]", "provider.algorithms", "must not be \"none\""),
        Mistake("oidc", "algorithms = [\"HS256\"]", "provider.algorithms", "signs with the client's secret"),
        Mistake("oidc", "algorithms = []", "provider.algorithms", "at least one"),
        Mistake("oidc", "algorithms = [\"RS1\"]", "provider.algorithms", "must be \"RS256\""),
        Mistake("oidc", "claims = { subject = \"id\" }", "provider.claims.subject", "\"oauth2\" alone"),
        Mistake("oidc", "claims = { names = \"id\" }", "provider.claims.names", "did you mean name?"),
        Mistake("oidc", "claims = { name = [] }", "provider.claims.name", "up to 8 members"),
        Mistake("oidc", "name_template = \"{provider}\"", "provider.name_template", "must have a claim in braces"),
        Mistake("oidc", "name_template = \"{a}{b\"", "provider.name_template", "every brace closed"),
        Mistake("oidc", "allow = {}", "provider.allow", "lets nobody in, and never everybody"),
        Mistake("oidc", "allow = { domains = [] }", "provider.allow.domains", "lets nobody in, and never everybody"),
        Mistake(
            "oidc", "allow = { domains = [\"*\"] }", "provider.allow.domains", "\"everyone\" in place of the table"),
        Mistake("oidc", "allow = { domains = [\"@example.com\"] }", "provider.allow.domains", "a whole domain"),
        Mistake("oidc", "allow = { emails = [\"alice\"] }", "provider.allow.emails", "is no e-mail address"),
        Mistake("oidc", "allow = { groups = [] }", "provider.allow.groups", "never everybody"),
        Mistake("oidc", "allow = { claims = { a = [] } }", "provider.allow.claims.a", "never everybody"),
        Mistake("oidc", "allow = { domain = [\"a.test\"] }", "provider.allow.domain", "did you mean domains?"),
        Mistake("oidc", "allow = \"all\"", "provider.allow", "must be \"everyone\" or a table"),
        Mistake("oidc", "accounts = \"adopt\"", "provider.accounts", "must be \"none\""),
        Mistake("oidc", "link_by_email = true", "provider.link_by_email", "nothing to link to"),
        Mistake("oidc", "accounts = \"link\"\nlink_by_email = true", "provider.owns_domains", "is required"),
        Mistake("oidc", "superusers = [\"x\"]", "provider.superusers", "may_make_superusers = true"),
        Mistake("oidc", "staff = [\"x\"]", "provider.staff", "may_make_superusers = true"),
        Mistake("oidc", "userinfo = \"no\"", "provider.userinfo", "must be \"auto\""),
        Mistake("oidc", "logout_token_types = [\"at+jwt\"]", "provider.logout_token_types", "must be \"JWT\""),
        Mistake("oidc", "recheck = \"1s\"", "provider.recheck", "must be from 1m to 24h"),
    ]

    @Test("says the line, the key, what was seen and what to do", arguments: mistakes)
    func refused(_ mistake: Mistake) throws {
        let fixture = try ProviderFixture()
        let text = ProviderFixture.lines(mistake.table, "issuer = \"https://op.x.test\"\n\(mistake.lines)")
        let problems = try fixture.problems(text)
        #expect(problems.contains { $0.contains(": \(mistake.key): ") && $0.contains(mistake.words) }, "\(problems)")
        #expect(problems.count == 1, "\(problems)")
    }

    /// Whole providers, with what each kind has to have.
    static let others: [Mistake] = [
        Mistake("google", "", "provider.allow", "anybody can have an account there"),
        Mistake("github", "", "provider.allow", "anybody can have an account there"),
        Mistake("gitlab", "", "provider.allow", "anybody can have an account there"),
        Mistake("forgejo", "url = \"https://codeberg.org\"", "provider.allow", "anybody can have an account there"),
        Mistake("oidc", "issuer = \"https://accounts.google.com\"", "provider.allow", "anybody can have an account"),
        Mistake("apple", "team = \"ABCDE12345\"\nkey_id = \"FGHIJ67890\"", "provider.allow", "anybody can have"),
        Mistake("microsoft", "tenant = \"consumers\"", "provider.allow", "anybody can have an account there"),
        Mistake(
            "microsoft", "tenant = \"common\"\ntenants = [\"\(ProviderFixture.tenant)\"]", "provider.allow",
            "anybody can have an account there"),
        Mistake("microsoft", "tenant = \"organizations\"", "provider.tenants", "is required: the ids of the tenants"),
        Mistake("microsoft", "tenant = \"contoso.com\"", "provider.tenant", "a domain is none"),
        Mistake("microsoft", "", "provider.tenant", "is required"),
        Mistake(
            "microsoft",
            "tenant = \"\(ProviderFixture.tenant)\"\naccounts = \"link\"\nlink_by_email = true\nowns_domains = [\"a.test\"]",
            "provider.link_by_email", "must not be true for Microsoft"),
        Mistake("apple", "allow = \"everyone\"\nkey_id = \"FGHIJ67890\"", "provider.team", "is required"),
        Mistake("apple", "allow = \"everyone\"\nteam = \"a\"\nkey_id = \"FGHIJ67890\"", "provider.team", "ten letters"),
        Mistake("keycloak", "url = \"https://kc.x.test\"", "provider.realm", "is required"),
        Mistake("keycloak", "url = \"https://kc.x.test\"\nrealm = \"a/b\"", "provider.realm", "without a slash"),
        Mistake("keycloak", "url = \"http://kc.x.test\"\nrealm = \"a\"", "provider.url", "must start with https://"),
        Mistake("authelia", "", "provider.url", "is required: where your Authelia is"),
        Mistake("google", "allow = \"everyone\"\nissuer = \"https://x.test\"", "provider.issuer", "known where it is"),
        Mistake("oidc", "", "provider.issuer", "is required"),
        Mistake("oidc", "issuer = \"http://op.x.test\"", "provider.issuer", "must start with https://"),
        Mistake("oidc", "issuer = \"https://u@op.x.test\"", "provider.issuer", "without a user"),
        Mistake("oidc", "issuer = \"https://op.x.test/?a\"", "provider.issuer", "a query"),
        Mistake(
            "oidc", "issuer = \"https://op.x.test/.well-known/openid-configuration\"", "provider.issuer",
            "write \"https://op.x.test\""),
        Mistake("oauth2", "issuer = \"https://o.x.test\"", "provider.endpoints.authorization", "is required"),
        Mistake("goggle", "", "provider.type", "did you mean \"google\"?"),
        Mistake("entra", "", "provider.type", "did you mean \"microsoft\"?"),
        Mistake("discord", "", "provider.type", "did you mean \"oauth2\"?"),
    ]

    @Test("says what a kind needs", arguments: others)
    func missing(_ mistake: Mistake) throws {
        let problems = try ProviderFixture().problems(ProviderFixture.lines(mistake.table, mistake.lines))
        #expect(problems.contains { $0.contains(": \(mistake.key): ") && $0.contains(mistake.words) }, "\(problems)")
    }

    @Test("wants names that are nobody else's beside people who cannot be asked about, and a database for accounts")
    func people() throws {
        let backend = "[[backend]]\ntype = \"http\"\nname = \"corp\"\nurl = \"http://127.0.0.1:9/\"\n"
        let issuer = "issuer = \"https://op.x.test\"\n"
        func problems(_ more: String, _ backends: String = "") throws -> [String] {
            try ProviderFixture().problems(backends + ProviderFixture.lines("oidc", issuer + more))
        }
        let database = "[[backend]]\ntype = \"database\"\n"
        #expect(
            try problems("", database + backend).contains {
                $0.contains("provider.name_template: must have {provider}")
            })
        #expect(try problems("name_template = \"{sub}@{provider}\"", database + backend).isEmpty)
        #expect(try problems("accounts = \"link\"", database + backend).isEmpty)
        #expect(
            try problems("accounts = \"link\"", backend).contains { $0.contains("provider.accounts: is for accounts") })
        #expect(
            try problems("name = \"database\"", backend).contains { $0.contains("provider.name: must be different") })
        #expect(try problems("").isEmpty)
        let google = "accounts = \"link\"\nlink_by_email = true\nowns_domains = [\"a.test\"]\nallow = "
        for (allow, isRight) in [("\"everyone\"", false), ("{ domains = [\"a.test\"] }", true)] {
            let found = try ProviderFixture().problems(ProviderFixture.lines("google", google + allow))
            #expect(found.isEmpty == isRight, "\(found)")
        }
    }

    @Test("takes http for this machine alone", arguments: ["http://127.0.0.1:8080/o", "http://localhost:1"])
    func loopback(issuer: String) throws {
        #expect(try ProviderFixture().provider("oidc", "issuer = \"\(issuer)\"")?.issuer == issuer)
    }

    @Test("lets no two providers have one name, nor one of several go by itself")
    func several() throws {
        let fixture = try ProviderFixture()
        let one = ProviderFixture.lines("google", "allow = \"everyone\"\nauto = true")
        let twice = try fixture.problems(one + one)
        #expect(twice.contains { $0.contains("/oidc/google/callback belongs to one alone") }, "\(twice)")
        #expect(twice.contains { $0.contains("provider.auto: is for the only provider") }, "\(twice)")
        #expect(try fixture.problems(one) == [])
    }

    @Test("wants a secret, a reference to one, and no other thing behind it")
    func secrets() throws {
        let fixture = try ProviderFixture()
        let start = "[[provider]]\ntype = \"oidc\"\nissuer = \"https://op.x.test\"\nclient_id = \"cid\"\n"
        #expect(try fixture.problems(start).contains { $0.contains("client_secret: is required") })
        #expect(try fixture.problems("\(start)public_client = true\n") == [])
        let written = try fixture.problems("\(start)client_secret = \"hunter2\"\n")
        #expect(written.contains { $0.contains("must be a reference") && !$0.contains("hunter2") }, "\(written)")
        let key = try fixture.problems("\(start)client_secret = \"file:keys/apple.p8\"\n")
        #expect(key.contains { $0.contains("refers to something that is no client secret") }, "\(key)")
        let apple = ProviderFixture.lines(
            "apple", "team = \"ABCDE12345\"\nkey_id = \"FGHIJ67890\"\nallow = \"everyone\""
        ).replacing("keys/apple.p8", with: "keys/provider")
        #expect(try fixture.problems(apple).contains { $0.contains("a .p8 file") })
    }

    @Test("warns of lists that let nobody in, and of groups that nobody is said to have")
    func warnings() throws {
        let fixture = try ProviderFixture()
        let microsoft = "tenant = \"\(ProviderFixture.tenant)\"\nallow = { domains = [\"a.test\"] }"
        let unverified = try fixture.warnings(ProviderFixture.lines("microsoft", microsoft))
        #expect(unverified.contains { $0.contains("of no address that it is verified") }, "\(unverified)")
        let verified = "\(microsoft)\nclaims = { email_verified = \"xms_edov\" }"
        #expect(try fixture.warnings(ProviderFixture.lines("microsoft", verified)).isEmpty)
        let groups = try fixture.warnings(ProviderFixture.lines("google", "allow = { groups = [\"a\"] }"))
        #expect(groups.contains { $0.contains("says of nobody which groups they are in") }, "\(groups)")
    }

    @Test("leaves somebody a way in")
    func passwords() throws {
        let fixture = try ConfigFixture()
        let problems = try fixture.problems(ConfigFixture.minimal(["portal": "passwords = false"]))
        #expect(problems.count == 1 && problems[0].contains("portal.passwords: must not be false"), "\(problems)")
    }

    @Test("takes a proxy without a user, and hosts for which there is none")
    func outbound() throws {
        let fixture = try ConfigFixture()
        func problems(_ lines: String) throws -> [String] {
            try fixture.problems(ConfigFixture.minimal(["outbound": lines]))
        }
        #expect(try problems("proxy = \"http://u:p@proxy.test:1\"").contains { $0.contains("without user and path") })
        #expect(try problems("proxy = \"proxy.test\"").contains { $0.contains("must be an address like") })
        #expect(try problems("no_proxy = [\"*\"]").contains { $0.contains("must be a host or an address") })
        #expect(try problems("proxy = \"http://proxy.test:3128/\"\nno_proxy = [\"x.test\", \"10.0.0.1\"]") == [])
    }
}
