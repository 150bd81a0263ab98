internal import Foundation
internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("The cookies")
struct CookieTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private func text(_ url: String, domain: String?, hosts: [String], name: String? = nil) -> String {
        """
        [portal]
        url = "\(url)"
        [cookie]
        \(domain.map { "domain = \"\($0)\"" } ?? "")
        \(name.map { "name = \"\($0)\"" } ?? "")
        [keys]
        lookup = "file:keys/lookup"
        seal = "file:keys/seal"
        [sessions]
        store = "redis://localhost"
        [[application]]
        name = "a"
        hosts = \(hosts)
        """
    }

    @Test("are host-only with their prefix where the portal is on the application's host")
    func hostOnly() throws {
        let configuration = try fixture.load(
            text("https://app.example.com/_gatehouse/", domain: nil, hosts: ["app.example.com"]))
        #expect(configuration.portal.prefix == "/_gatehouse")
        #expect(configuration.portal.url == "https://app.example.com/_gatehouse")
        #expect(configuration.cookie.name.description == "__Host-gatehouse")
        #expect(configuration.cookie.own.preSession.description == "__Host-gatehouse-pre")
        #expect(configuration.cookie.domain == nil)
        #expect(configuration.cookie.isSecure)
    }

    @Test("are shared under their domain where it is set")
    func shared() throws {
        let configuration = try fixture.load(
            text("https://auth.example.com", domain: "example.com", hosts: ["example.com", "*.example.com"]))
        #expect(configuration.cookie.name.description == "__Secure-gatehouse")
        #expect(configuration.cookie.own.preSession.description == "__Host-gatehouse-pre")
        #expect(configuration.cookie.domain == Host("example.com"))
    }

    @Test(
        "have no prefix over http on this machine",
        arguments: [
            "http://localhost:8080/_gatehouse", "http://app.localhost", "http://127.0.0.1:8080", "http://127.8.9.1",
            "HTTP://LOCALHOST",
        ])
    func local(url: String) throws {
        let host = try #require(Origin(url.components(separatedBy: "/_").first ?? url)).authority.host
        let configuration = try fixture.load(text(url, domain: nil, hosts: ["\(host)"]))
        #expect(configuration.cookie.name.description == "gatehouse-local")
        #expect(configuration.cookie.own.preSession.description == "gatehouse-local-pre")
        #expect(!configuration.cookie.isSecure)
    }

    @Test(
        "need a domain for every host that is not the portal's",
        arguments: [["reports.example.com"], ["auth.example.com", "reports.example.com"], ["*.example.com"]])
    func needed(hosts: [String]) throws {
        let problems = try fixture.problems(text("https://auth.example.com", domain: nil, hosts: hosts))
        #expect(problems.count == 1)
        #expect(problems.first?.contains("application.hosts: ") == true)
        #expect(problems.first?.contains("set cookie.domain to a domain that covers both") == true)
    }

    @Test(
        "are all called after the name that is chosen",
        arguments: [
            ("https://app.example.com", nil, "__Host-other", "__Host-other"),
            ("https://app.example.com", "example.com", "__Secure-other", "__Host-other"),
            ("https://app.example.com", "example.com", "other", "__Host-other"),
            ("http://localhost:8080", nil, "other", "other"),
        ])
    func named(url: String, domain: String?, name: String, others: String) throws {
        let host = url.contains("localhost") ? "localhost" : "app.example.com"
        let cookie = try fixture.load(text(url, domain: domain, hosts: [host], name: name)).cookie
        #expect(cookie.name.description == name)
        #expect(
            cookie.allNames.map(\.description)
                == [name] + ["pre", "pending", "reset", "device"].map { "\(others)-\($0)" }
                + ["other-fresh", "__Host-other-fresh"])
    }

    @Test("of a site on https without a prefix are a warning")
    func bare() throws {
        let warnings = try fixture.load(
            text("https://app.example.com", domain: "example.com", hosts: ["app.example.com"], name: "other")
        ).warnings.filter { $0.key.hasPrefix("cookie") }
        #expect(warnings.count == 1 && warnings.first?.key == "cookie.name", "\(warnings)")
        #expect(warnings.first?.message.contains("take \"__Secure-other\"") == true)
    }

    @Test(
        "must have a name that browsers keep",
        arguments: [
            ("http://localhost:1", nil, "__Host-a", "over http"),
            ("http://localhost:1", nil, "__Secure-a", "over http"),
            ("https://app.example.com", "example.com", "__Host-a", "with cookie.domain"),
            ("https://app.example.com", nil, "__host-a", "must not begin with __"),
            ("https://app.example.com", nil, "__Host-", "and a name behind it"),
            ("https://app.example.com", nil, "__x", "must not begin with __"),
            ("https://app.example.com", nil, "", "1 to 50"), ("https://app.example.com", nil, "a b", "1 to 50"),
            ("https://app.example.com", nil, "a=b", "1 to 50"), ("https://app.example.com", nil, "a;b", "1 to 50"),
            ("https://app.example.com", nil, "größe", "1 to 50"),
            ("https://app.example.com", nil, String(repeating: "a", count: 51), "1 to 50"),
        ])
    func misnamed(url: String, domain: String?, name: String, words: String) throws {
        let host = url.contains("localhost") ? "localhost" : "app.example.com"
        let problems = try fixture.problems(text(url, domain: domain, hosts: [host], name: name))
        #expect(problems.count == 1 && problems.first?.contains(": cookie.name: ") == true, "\(problems)")
        #expect(problems.first?.contains(words) == true, "\(problems)")
    }

    // MARK: - Public suffixes

    private static let suffixes: Set<String> = ["duckdns.org", "co.uk", "github.io"]

    private func problems(_ text: String, isMissing: Bool = false) throws -> (problems: [String], warnings: [String]) {
        do {
            let configuration = try Configuration.load(
                path: fixture.write(text, to: "gatehouse.toml"), environment: [:]
            ) {
                isMissing
                    ? .unknown(reason: "install it")
                    : Self.suffixes.contains($0.description) ? .publicSuffix : .ordinary
            }
            let warnings = configuration.warnings.filter { $0.key.hasPrefix("cookie") }
            return ([], warnings.map { "\($0.key): \($0.message)" })
        } catch let problems as ConfigProblems {
            return (problems.problems.map { "\($0.line ?? 0) \($0.key): \($0.message)" }, [])
        }
    }

    @Test(
        "are refused for a public suffix, with the domain that could be meant",
        arguments: [
            ("duckdns.org", "auth.me.duckdns.org", "like \"me.duckdns.org\""),
            ("co.uk", "example.co.uk", "like \"example.co.uk\""),
            ("github.io", "a.b.c.github.io", "like \"c.github.io\""),
            ("duckdns.org", "duckdns.org", "move the portal below it"),
        ])
    func publicSuffix(domain: String, portal: String, words: String) throws {
        let found = try problems(text("https://\(portal)", domain: domain, hosts: [portal]))
        #expect(found.problems.count == 1, "\(found)")
        let problem = try #require(found.problems.first)
        #expect(problem.hasPrefix("4 cookie.domain: is a public suffix"), "\(problem)")
        #expect(problem.contains(words) && problem.hasSuffix("is \"\(domain)\""), "\(problem)")
    }

    @Test("below a public suffix are fine, and whether it is one is only asked where it matters")
    func ownDomain() throws {
        let mine = text("https://auth.me.duckdns.org", domain: "me.duckdns.org", hosts: ["me.duckdns.org"])
        #expect(try problems(mine) == ([], []))
        let missing = try problems(mine, isMissing: true)
        #expect(missing.problems.isEmpty && missing.warnings.count == 1)
        #expect(missing.warnings.first?.hasPrefix("cookie.domain: ") == true)
        #expect(missing.warnings.first?.hasSuffix("was not checked: install it") == true)
        // A cookie of one host needs no domain, so even a public suffix can have one.
        #expect(
            try problems(text("https://duckdns.org/a", domain: nil, hosts: ["duckdns.org"]), isMissing: true) == (
                [], []
            ))
    }

    @Test(
        "cannot be shared by hosts that have nothing in common but what is nobody's, which the message says",
        arguments: [
            ("duckdns.org", "app.duckdns.org", "the public suffix \"duckdns.org\""),
            ("me.github.io", "you.github.io", "the public suffix \"github.io\""),
            ("auth.example.com", "app.example.org", "no cookie can reach both: "),
            ("auth.test", "app.test", "no cookie can reach"),
            (
                "auth.example.com", "app.example.com",
                "set cookie.domain to a domain that covers both, like \"example.com\""
            ),
            ("auth.example.com", "*.example.com", "like \"example.com\""),
        ])
    func nothingShared(portal: String, host: String, words: String) throws {
        let found = try problems(text("https://\(portal)", domain: nil, hosts: [host]))
        #expect(found.problems.count == 1 && found.problems.first?.contains(words) == true, "\(found)")
    }
}
