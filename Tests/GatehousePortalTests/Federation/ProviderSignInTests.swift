import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("Signing in at a provider")
struct ProviderSignInTests {
    @Test("leads there, back, and to the page that was wanted", arguments: PortalFixture.Mode.allCases)
    func way(mode: PortalFixture.Mode) async throws {
        let federated = try FederatedPortal(mode)
        let portal = federated.portal
        let away = try await federated.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Freports")
        #expect(away.answer.status == 303)
        #expect(away.answer.location?.hasPrefix("https://idp.example/authorize?") == true)
        #expect(away.answer.setCookie(portal.preCookie)?.contains("SameSite=Lax") == true)
        let wish = try #require(federated.gate.wishes.first)
        #expect(wish.redirectURI == "\(portal.settings.address)/oidc/example/callback")
        #expect(wish.prompt == nil && wish.maxAge == nil)

        let answer = try await federated.back(away)
        #expect(answer.status == 303 && answer.location == "https://app.example.com/reports")
        #expect(answer.header("Referrer-Policy") == "no-referrer" && answer.header("Cache-Control") == "no-store")
        #expect(answer.body.isEmpty)
        #expect(answer.setCookie(portal.preCookie)?.contains("Max-Age=0") == true)
        let signedIn = try #require(try await federated.signedIn(try federated.session(answer)))
        #expect(signedIn.identity == OnePersonBackend.alice)
        #expect(signedIn.session.isRemembered == false)
        #expect(portal.events[.signedIn] == 1)
        let line = try #require(portal.log.lines.first { $0.contains("event=sign-in.ok ") })
        #expect(line.contains("provider=example ") && line.contains("user=alice "))
    }

    @Test("keeps what the provider can end the session by, beside the session")
    func kept() async throws {
        let federated = try FederatedPortal()
        _ = try await federated.signIn()
        let kept = try #require(federated.sessions.kept.values.first)
        #expect(kept.id == "sid-1" && kept.subject.subject == "sub-1" && kept.tokens.id == "hint")
        #expect(kept.provider.description == "example" && kept.methods == ["pwd"])
    }

    @Test("is no sign-in if that cannot be kept: the session is withdrawn")
    func notKept() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.sessions.fail(with: .unavailable(reason: "gone"))
        let answer = try await federated.back(away)
        #expect(answer.status == 503 && answer.cookie(federated.portal.sessionCookie) == nil)
        #expect(!federated.portal.store.dump.keys.contains { $0.description.hasPrefix("gh:s:") })
    }

    @Test("takes the place of the session from before")
    func replaces() async throws {
        let federated = try FederatedPortal()
        let first = try await federated.signIn()
        let away = try await federated.start(cookies: [first])
        let second = try federated.session(try await federated.back(away, cookies: [first]))
        #expect(first != second)
        #expect(try await federated.signedIn(first) == nil)
        #expect(try await federated.signedIn(second) != nil)
    }

    @Test("tells the owner of a browser that is new")
    func mail() async throws {
        let mails = Mails()
        let federated = try FederatedPortal { $0.mail = mails.mail(tellsOfNewDevices: true) }
        let answer = try await federated.back(try await federated.start())
        #expect(mails.all.map(\.subject) == ["A new device was used to sign in"])
        #expect(answer.cookie(federated.portal.settings.cookies.device.description) != nil)
    }

    @Test("says when the provider asked the person, who may have been there for long")
    func proof() async throws {
        let asked = Timestamp(milliseconds: 1_749_999_000_000)
        for (time, trusts, expected) in [
            (asked, false, asked), (nil, true, nil), (nil, false, Timestamp(milliseconds: 0)),
        ] as [(Timestamp?, Bool, Timestamp?)] {
            let provider = Provider.fake(session: ProviderSessionRules(trustsReauthentication: trusts))
            let federated = try FederatedPortal(providers: [provider])
            federated.gate.become(.alice(at: provider, authenticatedAt: time))
            let wanted = expected ?? federated.portal.clock.now
            let started = StartedSignIn(
                issuer: "", redirectURI: "", nonce: try #require(SecretToken.random()),
                verifier: try #require(SecretToken.random()), maxAge: nil, startedAt: federated.portal.clock.now)
            let start = ProviderStart(
                .signIn, at: "example", started, browser: [], endsAt: federated.portal.clock.now)
            #expect(
                ProviderProof(.alice(at: provider, authenticatedAt: time), of: start, at: provider).provenAt == wanted)
        }
    }

    @Test("uses one record for each tab, and one cookie for all of them")
    func tabs() async throws {
        let federated = try FederatedPortal()
        let first = try await federated.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone")
        let second = try await federated.start(
            "/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Ftwo", cookies: [first.cookie])
        #expect(first.cookie == second.cookie && first.state != second.state)
        let session = try federated.session(try await federated.back(first))
        // The cookie is gone with the first success; whoever is signed in goes on, and the code is not used.
        let code = federated.gate.code(for: second.state)
        let answer = try await federated.back("code=\(code)&state=\(second.state.text)", cookies: [session])
        #expect(answer.status == 303 && answer.location == "https://app.example.com/two")
        #expect(answer.cookie(federated.portal.sessionCookie) == nil)
        let late = try await federated.back(
            "code=x&state=\(second.state.text)", cookies: [session])
        #expect(late.status == 303 && late.location == "https://app.example.com/two")
        #expect(federated.gate.questions.count == 1)
        #expect(try await federated.signedIn(session) != nil)
    }

    @Test("that was done before leads somebody who is signed in where it led then")
    func reload() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone")
        let code = federated.gate.code(for: away.state)
        let query = "code=\(code)&state=\(away.state.text)"
        let session = try federated.session(try await federated.back(query, cookies: [away.cookie]))
        let again = try await federated.back(query, cookies: [session])
        #expect(again.status == 303 && again.location == "https://app.example.com/one")
        // Nothing is known of this one at all.
        let unknown = try #require(SecretToken.random()).text
        let home = try await federated.back("code=x&state=\(unknown)", cookies: [session])
        #expect(home.status == 303 && home.location == "/account")
        #expect(federated.gate.questions.count == 1)
    }

    @Test("of two who bring the same answer at once lets one in")
    func race() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        let query = "code=\(federated.gate.code(for: away.state))&state=\(away.state.text)"
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await federated.back(query, cookies: [away.cookie]).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 303 }.count == 1 && statuses.filter { $0 == 403 }.count == 7)
        #expect(federated.gate.questions.count == 1)
    }

    @Test(
        "asks once more where the provider wants to ask the person, and then no more",
        arguments: [
            ("login_required", "login"), ("interaction_required", "login"), ("consent_required", "consent"),
            ("account_selection_required", "select_account"),
        ])
    func interaction(error: String, prompt: String) async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone")
        let answer = try await federated.back("error=\(error)&state=\(away.state.text)", cookies: [away.cookie])
        #expect(answer.status == 303)
        let second = try federated.away(answer)
        #expect(federated.gate.wishes.last?.prompt?.rawValue == prompt)
        #expect(second.cookie == away.cookie)
        let last = try await federated.back("error=\(error)&state=\(second.state.text)", cookies: [away.cookie])
        federated.expectRefused(last, 403, "interaction")
        #expect(last.body.contains("https%3A%2F%2Fapp.example.com%2Fone"))
    }

    @Test("lets the person choose another account where the page says so")
    func otherAccount() async throws {
        let federated = try FederatedPortal()
        _ = try await federated.start("/oidc/example?account=other")
        #expect(federated.gate.wishes.last?.prompt == .selectAccount)
    }

    @Test("leaves no state, code or token in the log, and none in the store that can be read")
    func secrets() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        let dump = federated.portal.store.dump
        let record = try #require(dump.first { $0.key.description.hasPrefix("gh:o:") })
        #expect(!record.key.description.contains(away.state.text))
        #expect(!String(decoding: record.value, as: UTF8.self).contains("idp.example"))
        _ = try await federated.back(away)
        for secret in [away.state.text, "code-0", "hint", "access "] {
            #expect(!federated.portal.log.text.contains(secret))
        }
    }
}
