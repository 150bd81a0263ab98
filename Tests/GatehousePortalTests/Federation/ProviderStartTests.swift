import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("Beginning a sign-in at a provider")
struct ProviderStartTests {
    @Test("needs a click on a page of the portal", arguments: ["cross-site", "same-site", "nonsense"])
    func foreign(site: String) async throws {
        let federated = try FederatedPortal()
        let answer = try await federated.portal.send(
            path: "/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone", [("Sec-Fetch-Site", site)])
        #expect(answer.status == 303)
        #expect(answer.location == "/login?rd=https%3A%2F%2Fapp.example.com%2Fone&auto=no")
        #expect(federated.gate.wishes.isEmpty)
        #expect(!federated.portal.store.dump.keys.contains { $0.description.hasPrefix("gh:o:") })
    }

    @Test(
        "works with a click, a typed address, and a browser that does not tell", arguments: ["same-origin", "none", ""])
    func own(site: String) async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start(headers: site.isEmpty ? [] : [("Sec-Fetch-Site", site)])
        #expect(away.answer.status == 303 && federated.gate.wishes.count == 1)
    }

    @Test("does nothing for a browser that looks ahead, and takes no form")
    func methods() async throws {
        let federated = try FederatedPortal()
        for (method, path) in [
            (HTTPRequest.Method.head, "/oidc/example"), (.post, "/oidc/example"), (.head, "/oidc/example/callback"),
            (.get, "/oidc/example/backchannel-logout"), (.put, "/oidc/example/callback"),
        ] {
            #expect(try await federated.portal.send(method, path: path).status == 405)
        }
        for path in ["/oidc/other", "/oidc/example/", "/oidc", "/oidc/Example", "/oidc/example/logout"] {
            #expect(try await federated.portal.send(path: path).status == 404)
        }
        #expect(federated.gate.wishes.isEmpty)
        #expect(try await PortalFixture().send(path: "/oidc/example").status == 404)
    }

    @Test("writes what is needed later, for ten minutes, under three values that have nothing to do with each other")
    func record() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone")
        let now = federated.portal.clock.now
        let start = try #require(try await federated.starts.open(away.state, now: now))
        #expect(start.purpose == .signIn && start.provider == "example")
        #expect(start.destination == "https://app.example.com/one")
        #expect(start.endsAt == now.advanced(by: .seconds(600)))
        #expect(Set([away.state, start.exchange.nonce, start.exchange.verifier]).count == 3)
        #expect(start.exchange.redirectURI == "https://auth.example.com/oidc/example/callback")
        let cookie = try #require(
            FederatedPortal.secret(away.cookie.dropFirst(federated.portal.preCookie.count + 1)))
        #expect(start.browser == ProviderStarts.digest(of: cookie))
    }

    @Test("goes to known places only")
    func destination() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start("/oidc/example?rd=https%3A%2F%2Fevil.example%2F")
        #expect(try await federated.back(away).location == "/account")
    }

    @Test("is possible thirty times in five minutes from one place, and from another one all the same")
    func throttled() async throws {
        let federated = try FederatedPortal()
        let headers = [("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-For", "192.0.2.7")]
        for _ in 0..<30 { #expect(try await federated.start(headers: headers).answer.status == 303) }
        let answer = try await federated.portal.send(path: "/oidc/example", headers)
        #expect(answer.status == 429 && answer.header("Retry-After") != nil)
        #expect(answer.body.contains("tried too often"))
        #expect(federated.gate.wishes.count == 30)
        #expect(federated.portal.events[.signInThrottled] == 1)
        let other = [("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-For", "192.0.2.8")]
        #expect(try await federated.start(headers: other).answer.status == 303)
        federated.portal.clock.advance(by: .seconds(301))
        #expect(try await federated.start(headers: headers).answer.status == 303)
    }

    @Test("is not possible without the provider, which its page says; the sign-in page stays")
    func problems() async throws {
        for (error, status) in [
            (ProviderError.outage(reason: "no answer"), 503),
            (.misconfigured(reason: "issuer is https://a.example/, not https://a.example"), 502),
        ] {
            let federated = try FederatedPortal()
            federated.gate.fail(with: error)
            let answer = try await federated.portal.send(path: "/oidc/example", [("Sec-Fetch-Site", "same-origin")])
            #expect(answer.status == status && answer.body.contains("Example ID"))
            #expect(!answer.body.contains("a.example"))
            #expect(federated.portal.log.text.contains(error.description))
            #expect(try await federated.portal.send(path: "/login").body.contains("Continue with"))
        }
    }

    // MARK: - By itself

    private static let visit = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document")]

    @Test("happens on the sign-in page by itself where it is wished for")
    func automatic() async throws {
        let federated = try FederatedPortal(
            providers: [.fake(session: ProviderSessionRules(isAutomatic: true))], takesPasswords: false)
        let answer = try await federated.portal.send(
            path: "/login?rd=https%3A%2F%2Fapp.example.com%2Fone", Self.visit)
        #expect(answer.status == 303 && answer.location?.hasPrefix("https://idp.example/") == true)
        let back = try await federated.back(try federated.away(answer))
        #expect(back.location == "https://app.example.com/one")
    }

    @Test("never happens by itself where somebody chose, signed out, or only something is loaded")
    func notAutomatic() async throws {
        let federated = try FederatedPortal(
            providers: [.fake(session: ProviderSessionRules(isAutomatic: true))], takesPasswords: false)
        let session = try await federated.signIn()
        for (path, headers) in [
            ("/login?auto=no", Self.visit), ("/login?switch=1", Self.visit),
            ("/login", [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "image")]),
            // A sign-in whose cookie did not come back.
            ("/login", Self.visit + [("Cookie", "gatehouse-fresh=abcdefgh")]),
        ] {
            let answer = try await federated.portal.send(path: path, headers)
            #expect(answer.status == 200 && answer.body.contains("Continue with"), "\(path) \(headers)")
        }
        let there = try await federated.portal.send(path: "/login", Self.visit + [("Cookie", session)])
        #expect(there.location == "/account")
        #expect(federated.gate.wishes.count == 1)
        // Elsewhere it is not wished for.
        let other = try FederatedPortal()
        #expect(try await other.portal.send(path: "/login", Self.visit).status == 200)
    }
}
