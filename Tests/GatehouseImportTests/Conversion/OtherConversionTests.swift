import GatehouseConfig
import GatehouseCore
import GatehouseImport
import GatehouseOIDC
import Testing

@Suite("Configurations of tinyauth and oauth2-proxy")
struct OtherConversionTests {
    @Test("tinyauth's environment becomes applications of a portal, in both spellings")
    func tinyauth() throws {
        let site = try ConvertedSite(
            """
            # tinyauth
            SECRET=not-for-anybody
            export APP_URL="https://tinyauth.example.com"
            USERS='alice:$$2y$$10$$not-for-anybody,bob:not-for-anybody:SECRET'
            SESSION_EXPIRY=86400
            GOOGLE_CLIENT_ID=cid
            GOOGLE_CLIENT_SECRET=not-for-anybody
            LDAP_ADDRESS=ldaps://ldap.example.com
            LDAP_BIND_DN=cn=reader,dc=example,dc=com
            LDAP_BIND_PASSWORD=not-for-anybody
            LDAP_BASE_DN=dc=example,dc=com
            LDAP_SEARCH_FILTER=(uid=%s)
            TINYAUTH_APPS_MY_APP_CONFIG_DOMAIN=app.example.com
            TINYAUTH_APPS_MY_APP_USERS_ALLOW=alice, bob
            TINYAUTH_APPS_MY_APP_PATH_ALLOW=^/public/.*$
            TINYAUTH_APPS_OTHER_CONFIG_DOMAIN=other.example.com
            TINYAUTH_APPS_OTHER_USERS_BLOCK=mallory
            TINYAUTH_APPS_THIRD_CONFIG_DOMAIN=third.example.com
            TINYAUTH_APPS_THIRD_PATH_BLOCK=^/admin
            """, .tinyauth)
        #expect(!site.text.contains("not-for-anybody"))
        #expect(site.configuration.portal.url == "https://tinyauth.example.com")
        #expect(site.configuration.cookie.domain?.description == "example.com")
        #expect(site.configuration.sessions.limits.absolute == .seconds(86_400))
        #expect("\(site.configuration.backends)".contains("(uid={name})"))
        #expect(site.configuration.applications.map { "\($0.application.name)" } == ["my-app", "other", "third"])
        #expect(site.outcome("https://app.example.com/public/x") == .allow)
        #expect(site.outcome("https://app.example.com/x", user: "alice") == .allow)
        #expect(site.outcome("https://app.example.com/x", user: "carol") == .deny)
        #expect(site.outcome("https://other.example.com/", user: "mallory") == .deny)
        #expect(site.outcome("https://third.example.com/") == .challenge)
        #expect(site.outcome("https://third.example.com/", user: "carol") == .allow)
        for words in ["USERS_BLOCK", "PATH_BLOCK"] {
            #expect(site.lost.contains { $0.contains(words) }, "\(words): \(site.lost)")
        }
        #expect(site.text.contains("gatehouse user import users.htpasswd"))
        // Nobody can ask the directory whether it has the name of somebody from elsewhere.
        let google = try #require(site.configuration.providers.first?.provider)
        #expect(
            google.kind == .google && google.client.id == "cid" && google.claims.nameTemplate?.namesProvider == true)
        #expect(site.configuration.portal.takesPasswords)
        let short = try ConvertedSite(
            "TINYAUTH_APPURL=https://auth.example.com\nTINYAUTH_AUTH_USERSFILE=/data/users\n", .tinyauth)
        #expect(short.configuration.portal.url == "https://auth.example.com")
        #expect(short.text.contains("gatehouse user import /data/users --format htpasswd"))
        #expect(short.outcome("https://app.example.com/", user: "alice") == .allow)
    }

    @Test(
        "tinyauth's lists that hold at once, or for some people, close the application, and are named",
        arguments: [
            ("USERS_ALLOW=alice", "OAUTH_GROUPS=admins"), ("USERS_ALLOW=alice", "LDAP_GROUPS=admins"),
            ("OAUTH_GROUPS=staff", "LDAP_GROUPS=admins"), ("OAUTH_WHITELIST=alice@example.com", "LDAP_GROUPS=admins"),
            ("OAUTH_WHITELIST=alice@example.com", "LDAP_GROUPS="), ("USERS_ALLOW=','", "LDAP_GROUPS="),
        ])
    func lists(one: String, other: String) throws {
        let site = try ConvertedSite(
            "APP_URL=https://auth.example.com\nAPPS_A_CONFIG_DOMAIN=a.example.com\nAPPS_A_\(one)\nAPPS_A_\(other)\n"
                + "APPS_A_PATH_ALLOW=^/public/.*$\n",
            .tinyauth)
        #expect(site.outcome("https://a.example.com/", user: "alice", groups: ["admins"]) == .deny, "\(site.text)")
        let name = try #require(one.split(separator: "=").first)
        #expect(site.lost.contains { $0.contains(String(name)) && $0.contains("closed") }, "\(site.lost)")
    }

    @Test("tinyauth's policy of letting nobody in who is not named stays")
    func deniesOthers() throws {
        let site = try ConvertedSite(
            """
            APP_URL=https://auth.example.com
            AUTH_ACLS_POLICY=deny
            USERS=alice:x
            TINYAUTH_APPS_A_CONFIG_DOMAIN=a.example.com
            TINYAUTH_APPS_B_CONFIG_DOMAIN=b.example.com
            TINYAUTH_APPS_B_USERS_ALLOW=alice
            """, .tinyauth)
        #expect(site.outcome("https://a.example.com/", user: "alice") == .deny)
        #expect(site.outcome("https://b.example.com/", user: "alice") == .allow)
        #expect(site.lost.contains { $0.contains("AUTH_ACLS_POLICY lets nobody in") }, "\(site.lost)")
    }

    @Test("tinyauth's single lists stay, and its expressions for paths open nothing with a query that they passed over")
    func listsAndPaths() throws {
        let site = try ConvertedSite(
            """
            APP_URL=https://auth.example.com
            TINYAUTH_APPS_A_CONFIG_DOMAIN=a.example.com
            TINYAUTH_APPS_A_LDAP_GROUPS=admins
            TINYAUTH_APPS_A_USERS_ALLOW=
            TINYAUTH_APPS_A_PATH_ALLOW=^/status$
            """, .tinyauth)
        #expect(site.outcome("https://a.example.com/", user: "alice", groups: ["admins"]) == .allow)
        #expect(site.outcome("https://a.example.com/", user: "bob") == .deny)
        #expect(site.outcome("https://a.example.com/status?dump=1") == .challenge)
        #expect(site.lost.contains { $0.contains("PATH_ALLOW") && $0.contains("without a query") }, "\(site.lost)")
    }

    @Test("an address without a host is no reason to stop", arguments: ["https://:/", "https://", "://", "/", ":", ""])
    func noHost(url: String) throws {
        let tinyauth = try Conversion(MemoryBytes(Array("APP_URL=\(url)\n".utf8)), .tinyauth)
        let proxy = try Conversion(MemoryBytes(Array("redirect_url = \"\(url)\"\n".utf8)), .oauth2Proxy)
        let authelia = try Conversion(
            MemoryBytes(
                Array("session: {cookies: [{authelia_url: '\(url)'}]}\nnotifier: {smtp: {address: '\(url)'}}\n".utf8)),
            .authelia)
        for conversion in [tinyauth, proxy, authelia] { #expect(conversion.text.contains("[portal]")) }
    }

    @Test(
        "oauth2-proxy's becomes a portal beside the application: as TOML, as options, as variables",
        arguments: [
            """
            redirect_url = "https://app.example.com/oauth2/callback"
            cookie_domains = [".example.com"]
            cookie_secret = "not-for-anybody"
            cookie_expire = "168h0m0s"
            client_secret = "not-for-anybody"
            whitelist_domains = [".example.com"]
            skip_auth_routes = ["GET=^/health$", "^/public/", "POST!=^/x"]
            allowed_groups = ["admins"]
            email_domains = ["example.com"]
            """,
            """
            --redirect-url=https://app.example.com/oauth2/callback
            --cookie-domain=.example.com
            --cookie-secret=not-for-anybody
            --cookie-expire=168h0m0s
            --client-secret not-for-anybody
            --whitelist-domain=.example.com
            --skip-auth-route="GET=^/health$"
            --skip-auth-route=^/public/
            --skip-auth-route=POST!=^/x
            --allowed-group=admins
            --email-domain=example.com
            """,
            """
            OAUTH2_PROXY_REDIRECT_URL=https://app.example.com/oauth2/callback
            OAUTH2_PROXY_COOKIE_DOMAINS=.example.com
            OAUTH2_PROXY_COOKIE_SECRET=not-for-anybody
            OAUTH2_PROXY_COOKIE_EXPIRE=168h0m0s
            OAUTH2_PROXY_CLIENT_SECRET=not-for-anybody
            OAUTH2_PROXY_WHITELIST_DOMAINS=.example.com
            OAUTH2_PROXY_SKIP_AUTH_ROUTES=GET=^/health$,^/public/,POST!=^/x
            OAUTH2_PROXY_ALLOWED_GROUPS=admins
            OAUTH2_PROXY_EMAIL_DOMAINS=example.com
            """,
        ])
    func oauth2Proxy(original: String) throws {
        #expect(Conversion.Format.guess(path: "proxy.conf", head: Array(original.utf8)) == .oauth2Proxy)
        let site = try ConvertedSite(original, .oauth2Proxy)
        #expect(!site.text.contains("not-for-anybody"))
        #expect(site.configuration.portal.url == "https://app.example.com/_gatehouse")
        #expect(site.configuration.sessions.limits.absolute == .seconds(604_800))
        #expect(site.outcome("https://app.example.com/health") == .allow)
        #expect(site.outcome("https://app.example.com/health", method: "POST") == .challenge)
        #expect(site.outcome("https://app.example.com/public/x") == .allow)
        #expect(site.outcome("https://app.example.com/public") == .challenge)
        #expect(site.outcome("https://other.example.com/", user: "alice", groups: ["admins"]) == .allow)
        #expect(site.outcome("https://app.example.com/", user: "bob") == .deny)
        for words in ["client_secret", "email_domains", "opens all paths but one"] {
            #expect(site.lost.contains { $0.contains(words) }, "\(words): \(site.lost)")
        }
    }

    @Test(
        "oauth2-proxy's provider becomes one here, closed where nobody said who may come in",
        arguments: [
            ("email_domains = [\"example.com\"]", "type = \"google\"", "allow = { domains = [\"example.com\"] }"),
            (
                "provider = \"github\"\ngithub_org = \"acme\"\ngithub_team = \"a,b\"", "type = \"github\"",
                "groups = [\"acme/a\", \"acme/b\"]"
            ),
            (
                "provider = \"keycloak-oidc\"\noidc_issuer_url = \"https://kc.example.com/realms/x\"\nemail_domains = [\"*\"]",
                "issuer = \"https://kc.example.com/realms/x\"", "allow = \"everyone\""
            ),
            (
                "provider = \"entra-id\"\noidc_issuer_url = \"https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0\"",
                "tenant = \"72f988bf-86f1-41af-91ab-2d7cd011db47\"", "subjects = [\"nobody\"]"
            ),
        ])
    func provider(lines: String, type: String, allow: String) throws {
        let start = "redirect_url = \"https://app.example.com/oauth2/callback\"\nclient_id = \"cid\"\n"
        let site = try ConvertedSite("\(start)client_secret = \"not-for-anybody\"\n\(lines)\n", .oauth2Proxy)
        #expect(site.text.contains(type) && site.text.contains(allow), "\(site.text)")
        #expect(!site.text.contains("not-for-anybody") && site.lost == [], "\(site.lost)")
        #expect(site.configuration.providers.count == 1)
    }

    @Test(
        "files are known by what is in them",
        arguments: [
            ("configuration.yml", "a: b", Conversion.Format.authelia),
            (".env", "APP_URL=https://a.example.com", .tinyauth),
            ("env", "LOG=1\nTINYAUTH_APPURL=x", .tinyauth),
            ("oauth2-proxy.cfg", "email_domains = [\"*\"]", .oauth2Proxy),
            ("args", "--provider=oidc", .oauth2Proxy), ("users", "alice:$2y$05$x", nil), ("x.toml", "[portal]", nil),
        ])
    func guess(path: String, text: String, format: Conversion.Format?) {
        #expect(Conversion.Format.guess(path: path, head: Array(text.utf8)) == format)
    }

    @Test("hostile texts come out as comments and quoted texts, or are refused")
    func hostile() throws {
        let site = try ConvertedSite(
            "session: {cookies: [{domain: example.com, authelia_url: 'https://auth.example.com'}]}\naccess_control:\n  rules:\n"
                + "    - {domain: 'a.example.com', policy: \"x\\n[check]\\ntrusted_proxies = []\"}\n"
                + "    - {domain: 'a.example.com', policy: one_factor, subject: \"user:a\\\"]\\nallow = [\"}\n",
            .authelia)
        #expect(!site.text.contains("\n[check]") && !site.text.contains("\nallow"))
        let keys = try ConvertedSite("\"a\\n[check]\": 1\naccess_control: {default_policy: deny}\n", .authelia)
        let names = try ConvertedSite("\"a\\n[check]\" = 1\n", .oauth2Proxy)
        #expect(!keys.text.contains("\n[check]") && !names.text.contains("\n[check]"))
        #expect(keys.lost.count == 2 && names.lost.count == 1)
        #expect(throws: (any Error).self) { try ConvertedSite("APP_URL\n", .tinyauth) }
        #expect(throws: (any Error).self) { try ConvertedSite("provider = \n", .oauth2Proxy) }
    }
}

@Suite("Regular expressions of paths")
struct RouteExpressionTests {
    @Test(
        "become patterns that match the same",
        arguments: [
            ("^/x$", ["/x"]), ("^/x/y\\.html$", ["/x/y.html"]), ("^/x/.*$", ["/x/", "/x/*/**"]),
            ("^/x([/?].*)?$", ["/x/**"]),
            ("^/x(/|$)", ["/x", "/x/", "/x/*/**"]), ("^/(a|b)/.*", ["/a/", "/a/*/**", "/b/", "/b/*/**"]),
            ("^/.*$", ["/**"]), ("^/$", ["/"]),
            ("^/x/?$", ["/x", "/x/"]), ("^(/a|/b)$", ["/a", "/b"]),
        ])
    func patterns(expression: String, wanted: [String]) throws {
        let text =
            "session: {cookies: [{domain: example.com, authelia_url: 'https://auth.example.com'}]}\naccess_control:\n"
            + "  rules:\n    - {domain: a.example.com, policy: deny, resources: ['\(expression)']}\n"
        let site = try ConvertedSite(text, .authelia)
        let list = wanted.map { "\"\($0)\"" }.joined(separator: ", ")
        #expect(site.text.contains("paths = [\(list)]"), "\(site.text)")
        #expect(site.lost == [])
    }

    @Test("have no equal otherwise", arguments: ["/x", "^/x.y$", "^/[a-z]+$", "^/x{2}$", "^/a?b$", "^/x$|^/y$", "^"])
    func none(expression: String) throws {
        let text =
            "session: {cookies: [{domain: example.com, authelia_url: 'https://auth.example.com'}]}\naccess_control:\n"
            + "  rules:\n    - {domain: a.example.com, policy: bypass, resources: ['\(expression)']}\n"
        let site = try ConvertedSite(text, .authelia)
        #expect(!site.text.contains("paths = ") && site.lost.contains { $0.contains("has no equal") }, "\(site.text)")
    }
}
