internal import Foundation
internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("The cookies")
struct CookieTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private func text(_ url: String, domain: String?, hosts: [String]) -> String {
        """
        [portal]
        url = "\(url)"
        \(domain.map { "[cookie]\ndomain = \"\($0)\"" } ?? "")
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
        #expect(configuration.cookie.preSessionName.description == "__Host-gatehouse-pre")
        #expect(configuration.cookie.domain == nil)
        #expect(configuration.cookie.isSecure)
    }

    @Test("are shared under their domain where it is set")
    func shared() throws {
        let configuration = try fixture.load(
            text("https://auth.example.com", domain: "example.com", hosts: ["example.com", "*.example.com"]))
        #expect(configuration.cookie.name.description == "__Secure-gatehouse")
        #expect(configuration.cookie.preSessionName.description == "__Host-gatehouse-pre")
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
        #expect(configuration.cookie.preSessionName.description == "gatehouse-local-pre")
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
}
