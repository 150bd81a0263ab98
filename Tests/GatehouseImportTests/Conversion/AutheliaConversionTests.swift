import GatehouseConfig
import GatehouseCore
import GatehouseImport
import Testing

@Suite("Authelia's configuration")
struct AutheliaConversionTests {
    static let whole = """
        ---
        theme: dark
        server:
          address: 'tcp://:9091'
        identity_validation:
          reset_password:
            jwt_secret: not-for-anybody
        totp:
          issuer: example.com
        authentication_backend:
          ldap:
            implementation: lldap
            address: ldaps://ldap.example.com
            base_dn: dc=example,dc=com
            additional_users_dn: ou=people
            user: uid=reader,ou=people,dc=example,dc=com
            password: not-for-anybody
        session:
          secret: not-for-anybody
          inactivity: 5 minutes
          expiration: 12h
          remember_me: 1M
          cookies:
            - domain: example.com
              authelia_url: https://auth.example.com/
              default_redirection_url: https://www.example.com
          redis:
            host: redis
            port: 6379
            password: not-for-anybody
            database_index: 2
        regulation:
          max_retries: 3
        notifier:
          smtp:
            address: submissions://mail.example.com:465
            username: auth@example.com
            password: not-for-anybody
            sender: Authelia <auth@example.com>
        access_control:
          default_policy: deny
          rules:
            - domain: public.example.com
              policy: bypass
            - domain: [www.example.com, '*.example.com']
              resources: ['^/api/public/.*$', '^/health([/?].*)?$']
              policy: bypass
            - domain: www.example.com
              resources: ['^/admin([/?].*)?$']
              subject: ['group:admins', 'user:root']
              policy: one_factor
            - domain: www.example.com
              methods: [GET, POST]
              policy: one_factor
            - domain: secure.example.com
              policy: two_factor
        """

    @Test("becomes one that loads, decides the same, and says what is missing")
    func example() throws {
        let site = try ConvertedSite(Self.whole, .authelia)
        #expect(!site.text.contains("not-for-anybody"))
        #expect(site.configuration.portal.url == "https://auth.example.com")
        #expect(site.configuration.sessions.limits == SessionLimits(idle: .seconds(300), absolute: .seconds(43_200)))
        #expect(site.configuration.sessions.rememberedLimits.absolute == .seconds(2_592_000))
        #expect("\(site.configuration.sessions.store)".contains("redis"))
        #expect(site.configuration.backends.map { "\($0.name)" } == ["ldap"])
        #expect("\(site.configuration.backends)".contains("ou=people,dc=example,dc=com"))
        #expect("\(String(describing: site.configuration.mail))".contains("smtps://mail.example.com:465"))

        #expect(site.outcome("https://public.example.com/x") == .allow)
        #expect(site.outcome("https://www.example.com/api/public/1") == .allow)
        #expect(site.outcome("https://www.example.com/api/public") == .challenge)
        #expect(site.outcome("https://other.example.com/health") == .allow)
        #expect(site.outcome("https://other.example.com/", user: "root") == .deny)
        #expect(site.outcome("https://www.example.com/admin/x", user: "alice", groups: ["admins"]) == .allow)
        #expect(site.outcome("https://www.example.com/admin", user: "root") == .allow)
        #expect(site.outcome("https://www.example.com/x", user: "bob") == .allow)
        #expect(site.outcome("https://www.example.com/x", method: "DELETE", user: "bob") == .deny)
        #expect(site.outcome("https://secure.example.com/", user: "alice") == .deny)
        for words in [
            "totp (line 8): there are no second factors yet", "identity_validation", "regulation",
            "rule 5 (line 55): it asks for a second factor", "*.example.com: here the * stands for one label",
        ] { #expect(site.lost.contains { $0.contains(words) }, "\(words): \(site.lost)") }
        #expect(!site.lost.contains { $0.contains("theme") || $0.contains("server") })
        let lax = try ConvertedSite(Self.whole, .authelia, passwordIsEnough: true)
        #expect(lax.outcome("https://secure.example.com/", user: "alice") == .allow)
        #expect(lax.outcome("https://secure.example.com/") == .challenge)
    }

    static func rules(_ lines: String, standard: String = "deny") -> String {
        "session: {cookies: [{domain: example.com, authelia_url: 'https://auth.example.com'}]}\n"
            + "access_control:\n  default_policy: \(standard)\n  rules:\n\(lines)"
    }

    @Test(
        "closes what it cannot say, and says so",
        arguments: [
            "{domain: a.example.com, policy: deny, networks: [10.0.0.1/8]}",
            "{domain: a.example.com, policy: deny, networks: [elsewhere]}",
            "{domain: a.example.com, policy: deny, resources: ['^/secret.*x$']}",
            "{domain: a.example.com, policy: deny, subject: 'group:guests'}",
            "{domain: a.example.com, policy: deny, resources: ['^/secret']}",
            "{domain: a.example.com, policy: deny, resources: ['^/secret/.+$']}",
            "{domain_regex: '^a.*$', policy: deny}",
            "{domain: b.example.com, domain_regex: '^a.*$', policy: deny}",
            "{domain: '*', policy: deny}",
            "{domain: ['{user}.example.com', b.example.com], policy: deny}",
            "{policy: deny}",
            "{domain: a.example.com, policy: two_factor, subject: 'group:admins'}",
            "{domain: a.example.com, policy: deny, query: [[{key: x}]]}",
            "{domain: a.example.com, policy: no_factor}",
        ])
    func closed(rule: String) throws {
        let site = try ConvertedSite(
            Self.rules("    - \(rule)\n    - {domain: a.example.com, policy: one_factor}\n"), .authelia)
        #expect(site.outcome("https://a.example.com/secret", user: "alice") == .deny)
        #expect(site.lost.contains { $0.contains("rule 1 (line 5)") && $0.contains("closed") }, "\(site.lost)")
    }

    @Test(
        "leaves out what opens more, if nothing else is opened by that",
        arguments: [
            "{domain: a.example.com, policy: bypass, networks: [[10.0.0.0/8]]}",
            "{domain: a.example.com, policy: bypass, networks: ['::/0']}",
            "{domain: a.example.com, policy: one_factor, subject: {user: alice}}",
            "{domain: a.example.com, policy: bypass, methods: {GET: 1}}",
            "{domain: a.example.com, policy: bypass, resources: ['^/[a-z]+$']}",
            "{domain: a.example.com, policy: bypass, resources: ['^/x$', '^/y/.*$']}",
            "{domain: a.example.com, policy: bypass, resources: ['^/x/?$']}",
            "{domain: a.example.com, policy: bypass, resources: ['^/x(/.*)?$']}",
            "{domain: a.example.com, policy: one_factor, resources: ['^/x$']}",
            "{domain_regex: '^a.*$', policy: bypass}",
            "{domain: a.example.com, policy: one_factor, subject: [['group:a', 'oauth2:client:x']]}",
        ])
    func leftOut(rule: String) throws {
        let site = try ConvertedSite(
            Self.rules("    - \(rule)\n    - {domain: a.example.com, policy: one_factor, subject: 'user:bob'}\n"),
            .authelia)
        #expect(site.outcome("https://a.example.com/x") == .challenge)
        #expect(site.outcome("https://a.example.com/x", user: "bob") == .allow)
        #expect(site.outcome("https://a.example.com/x", user: "alice") == .deny)
        #expect(site.lost.contains { $0.contains("rule 1 (line 5)") && $0.contains("left out") }, "\(site.lost)")
    }

    @Test("keeps a rule about more hosts for those that it names")
    func named() throws {
        let site = try ConvertedSite(
            Self.rules(
                "    - {domain: [a.example.com, '*'], policy: deny, resources: ['^/admin([/?].*)?$']}\n"
                    + "    - {domain: '*.example.com', policy: one_factor}\n"), .authelia)
        #expect(site.outcome("https://a.example.com/admin", user: "alice") == .deny)
        #expect(site.outcome("https://a.example.com/x", user: "alice") == .allow)
        #expect(site.outcome("https://b.example.com/admin", user: "alice") == .deny)
        #expect(site.lost.contains { $0.contains("rule 1 (line 5)") && $0.contains("closed") }, "\(site.lost)")
    }

    @Test("opens no request with a query that an expression passed over, and closes it where one denied")
    func queries() throws {
        let open = try ConvertedSite(
            Self.rules(
                "    - {domain: a.example.com, policy: bypass, resources: ['^/api/status$', '^/x(/.*)?$', '^/y/.+$']}\n"
            ),
            .authelia)
        for path in ["/api/status?dump=1", "/api/status", "/x?y=1", "/x", "/y/?z=1"] {
            #expect(open.outcome("https://a.example.com\(path)") != .allow, "\(path): \(open.text)")
        }
        for path in ["/x/", "/x/1?y=1", "/y/1?z=1"] {
            #expect(open.outcome("https://a.example.com\(path)") == .allow, "\(path): \(open.text)")
        }
        #expect(open.lost.contains { $0.contains("\"/api/status, /x\" without a query") }, "\(open.lost)")
        // Where all may come in anyhow, it stays.
        let closed = try ConvertedSite(
            Self.rules(
                "    - {domain: a.example.com, policy: deny, resources: ['^/secret$']}\n"
                    + "    - {domain: a.example.com, policy: one_factor, resources: ['^/x$']}\n"
                    + "    - {domain: a.example.com, policy: one_factor}\n"), .authelia)
        #expect(closed.outcome("https://a.example.com/secret", user: "alice") == .deny)
        #expect(closed.outcome("https://a.example.com/secret?x=1", user: "alice") == .deny)
        #expect(closed.outcome("https://a.example.com/x?x=1", user: "alice") == .allow)
        #expect(closed.lost == [] && closed.text.contains("\"/secret\" without a query only"), "\(closed.text)")
    }

    @Test("times without end are refused, not added up")
    func longTime() throws {
        let time = String(repeating: "16777216y", count: 20_000)
        let site = try ConvertedSite(
            "session: {expiration: \(time), cookies: [{domain: example.com, authelia_url: 'https://auth.example.com'}]}\n",
            .authelia)
        #expect(site.lost.contains { $0.contains("session.expiration") })
    }

    @Test(
        "is refused where it is none",
        arguments: ["- a\n", "users:\n  alice: {password: x}\n", "a: *b\n", "a: [\n", ""])
    func malformed(text: String) {
        #expect(throws: ImportError.self) { try Conversion(MemoryBytes(Array(text.utf8)), .authelia) }
    }

    // MARK: - At random

    private static let resources = [
        "^/$", "^/api$", "^/api([/?].*)?$", "^/api/.*$", "^/api/v1/?$", "^/(x|y)/.*$", "^/api",
        "^/api(/.*)?$", "^/api/.+$",
    ]
    /// Each about `a.example.com`, except the last.
    private static let domains = [
        "domain_regex: '^a.*$'", "domain: '*'", "domain: ['{user}.example.com', a.example.com]",
        "domain: b.example.com, domain_regex: '^a.*$'", "domain: a.example.com, domain_regex: '^c.*$'",
        "domain: b.example.com",
    ]
    private static let paths = ["/", "/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/x", "/apix", "/x/1", "/other"]
        .flatMap { [$0, $0 + "?dump=1"] }
    private static let people: [(name: String?, groups: [String])] = [
        (nil, []), ("alice", ["a"]), ("bob", []), ("carol", ["a", "b"]),
    ]

    /// A rule, and what Authelia makes of it.
    private struct Rule {
        let policy: String
        let domain: String
        let resource: String?
        let method: String?
        let subject: String?
        let network: String?

        init(_ random: inout RandomNumbers) {
            policy = ["bypass", "one_factor", "deny"][random.next(3)]
            domain = random.next(4) == 0 ? domains[random.next(domains.count)] : "domain: a.example.com"
            resource = random.next(3) == 0 ? nil : resources[random.next(resources.count)]
            method = random.next(4) == 0 ? ["GET", "POST"][random.next(2)] : nil
            // Authelia refuses a bypass for some.
            subject =
                policy != "bypass" && random.next(2) == 0
                ? ["'group:a'", "'group:b'", "'user:bob'", "[['group:a', 'group:b']]"][random.next(4)] : nil
            network = random.next(4) == 0 ? ["10.0.0.0/8", "10.1.0.0/16"][random.next(2)] : nil
        }

        var text: String {
            let parts = [
                resource.map { "resources: ['\($0)']" }, method.map { "methods: [\($0)]" },
                subject.map { "subject: \($0)" }, network.map { "networks: [\($0)]" },
            ]
            return
                "    - {\(domain), policy: \(policy)\(parts.compactMap(\.self).map { ", \($0)" }.joined())}\n"
        }

        func matches(
            _ path: String, _ method: String, _ person: (name: String?, groups: [String]), _ client: String
        ) throws -> Bool {
            if domain == domains.last { return false }
            if let resource, try Regex(resource).firstMatch(in: path) == nil { return false }
            if let own = self.method, own != method { return false }
            if let network, !client.hasPrefix(network == "10.0.0.0/8" ? "10." : "10.1.") { return false }
            // A stranger could turn out to be one of them.
            guard let subject, let name = person.name else { return true }
            if subject.hasPrefix("[[") { return person.groups == ["a", "b"] }
            return subject == "'user:\(name)'" || person.groups.contains { subject == "'group:\($0)'" }
        }
    }

    private static func passes(_ policy: String, _ person: (name: String?, groups: [String])) -> Bool {
        policy == "bypass" || policy == "one_factor" && person.name != nil
    }

    @Test("lets nobody in who was not before, and everybody who was where nothing is lost", arguments: 0..<300)
    func random(seed: Int) throws {
        var random = RandomNumbers(state: UInt64(seed))
        let rules = (0...random.next(5)).map { _ in Rule(&random) }
        let standard = ["deny", "one_factor", "bypass"][random.next(3)]
        let original = Self.rules(rules.map(\.text).joined(), standard: standard)
        let site = try ConvertedSite(original, .authelia)
        let isWhole =
            site.lost.allSatisfy { $0.hasPrefix("default_policy") } && !site.text.contains("whole parts of the path")
            && !site.text.contains("without a query")
        for path in Self.paths {
            for (method, client) in [("GET", "10.1.0.1"), ("POST", "10.2.0.1"), ("GET", "192.0.2.9")] {
                for person in Self.people {
                    let rule = try rules.first { try $0.matches(path, method, person, client) }
                    let wanted = Self.passes(rule?.policy ?? standard, person)
                    let outcome = site.outcome(
                        "https://a.example.com\(path)", method: method, user: person.name, groups: person.groups,
                        from: client)
                    let who = "\(person.name ?? "a stranger") \(method) \(path) \(client): \(original)\(site.text)"
                    if outcome == .allow { #expect(wanted, "\(who)") }
                    if wanted, isWhole { #expect(outcome == .allow, "\(who)") }
                }
            }
        }
    }
}
