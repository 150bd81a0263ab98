import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("Sign-ins at a provider that are refused")
struct ProviderRefusalTests {
    @Test(
        "for an answer that none can be",
        arguments: [
            "", "code=x", "state=", "code=x&state=short", "code=&state=STATE", "code=a&code=b&state=STATE",
            "code=x&state=STATE&state=STATE", "code=x%0Ay&state=STATE", "code=%C3%A4&state=STATE",
            "code=x&state=STATE&iss=a&iss=b", "error=&state=STATE", "code=x&state=STATE&broken",
        ])
    func malformed(query: String) async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        let answer = try await federated.back(
            query.replacing("STATE", with: away.state.text), cookies: [away.cookie])
        federated.expectRefused(answer, 403, "oidc.malformed")
        #expect(federated.gate.questions.isEmpty)
    }

    @Test("for a query of more than 8 KiB, and a code of more than 2,048 octets")
    func long() async throws {
        for (code, pad) in [(2_049, 0), (10, 8_200)] {
            let federated = try FederatedPortal()
            let away = try await federated.start()
            let answer = try await federated.back(
                "code=\(String(repeating: "a", count: code))&state=\(away.state.text)&x=\(String(repeating: "b", count: pad))",
                cookies: [away.cookie])
            federated.expectRefused(answer, 403, "oidc.malformed")
        }
        let federated = try FederatedPortal()
        let away = try await federated.start()
        _ = try await federated.back(
            "code=\(String(repeating: "a", count: 2_048))&state=\(away.state.text)", cookies: [away.cookie])
        #expect(federated.gate.questions.count == 1)
    }

    @Test("for a state that nothing is behind, or whose time is over")
    func unknown() async throws {
        let federated = try FederatedPortal()
        let made = try #require(SecretToken.random()).text
        federated.expectRefused(try await federated.back("code=x&state=\(made)", cookies: []), 403, "oidc.state")

        let late = try FederatedPortal()
        let away = try await late.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone")
        late.portal.clock.advance(by: .seconds(600))
        let answer = try await late.back(away)
        late.expectRefused(answer, 403, "oidc.state")
        #expect(answer.body.contains("ten minutes") && answer.body.contains("href=\"/oidc/example\""))
        #expect(late.gate.questions.isEmpty)
    }

    @Test("for a state that was used")
    func used() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone")
        _ = try await federated.back("error=access_denied&state=\(away.state.text)", cookies: [away.cookie])
        let answer = try await federated.back(away)
        federated.expectRefused(answer, 403, "oidc.state-used")
        #expect(answer.body.contains("href=\"/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone\""))
        #expect(federated.gate.questions.count == 1)
    }

    @Test("in another browser than the one that began: login CSRF")
    func otherBrowser() async throws {
        let federated = try FederatedPortal()
        let attacker = try await federated.start()
        let victim = try await federated.start()
        let query = "code=\(federated.gate.code(for: attacker.state))&state=\(attacker.state.text)"
        federated.expectRefused(try await federated.back(query, cookies: [victim.cookie]), 403, "oidc.browser")
        #expect(federated.gate.questions.isEmpty)
        // It is used up by that.
        let again = try await federated.back(query, cookies: [attacker.cookie])
        federated.expectRefused(again, 403, "oidc.state-used")
    }

    @Test("without the cookie, or with one that cannot be one")
    func noCookie() async throws {
        for cookie in ["", "__Host-gatehouse-pre=", "__Host-gatehouse-pre=x", "__Host-gatehouse=x"] {
            let federated = try FederatedPortal()
            let away = try await federated.start()
            let query = "code=\(federated.gate.code(for: away.state))&state=\(away.state.text)"
            federated.expectRefused(try await federated.back(query, cookies: [cookie]), 403, "oidc.browser")
        }
    }

    @Test("with the code of another sign-in: code injection")
    func injection() async throws {
        let federated = try FederatedPortal()
        let victim = try await federated.start()
        let attacker = try await federated.start()
        let stolen = federated.gate.code(for: victim.state)
        let answer = try await federated.back(
            "code=\(stolen)&state=\(attacker.state.text)", cookies: [attacker.cookie])
        federated.expectRefused(answer, 403, "oidc.nonce")
        #expect(!answer.body.contains("nonce"))
    }

    @Test("at another provider than the one that was chosen: mix-up")
    func otherProvider() async throws {
        let federated = try FederatedPortal(providers: [.fake(), .fake("second", "Second")])
        let away = try await federated.start("/oidc/second")
        let answer = try await federated.back(
            "code=x&state=\(away.state.text)", cookies: [away.cookie], to: "example")
        federated.expectRefused(answer, 403, "oidc.mix-up")
        #expect(federated.gates.allSatisfy { $0.questions.isEmpty })
        // Also for somebody who is signed in.
        let other = try FederatedPortal(providers: [.fake(), .fake("second", "Second")])
        let session = try await other.signIn()
        let second = try await other.start("/oidc/second")
        let refused = try await other.back(
            "code=x&state=\(second.state.text)", cookies: [second.cookie, session], to: "example")
        #expect(refused.status == 403 && other.gates.flatMap(\.questions).count == 1)
    }

    @Test("under another issuer than the one that was asked")
    func issuer() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.expectRefused(
            try await federated.back(away, more: "&iss=https%3A%2F%2Fevil.example"), 403, "oidc.mix-up")
    }

    @Test(
        "with what the provider says, each in its words and with its status",
        arguments: [
            ("access_denied", 403, "denied", "did not let you in"),
            ("invalid_scope", 502, "misconfigured", "not set up"),
            ("unauthorized_client", 502, "misconfigured", "not set up"),
            ("something_else", 502, "misconfigured", "not set up"),
        ])
    func errors(error: String, status: Int, reason: String, words: String) async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start("/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone")
        let code = federated.gate.code(for: away.state)
        let answer = try await federated.back(
            "error=\(error)&error_description=why%1B%5B31m&state=\(away.state.text)&code=\(code)",
            cookies: [away.cookie])
        federated.expectRefused(answer, status, reason)
        #expect(answer.body.contains(words) && !answer.body.contains("why"))
        #expect(federated.portal.log.text.contains("\(error): why\\x1b[31m"))
        #expect(answer.body.contains("href=\"/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone\""))
        #expect(answer.body.contains("auto=no"))
    }

    @Test("as an outage if the provider does not answer: 503, and it may be tried again")
    func outage() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.gate.fail(with: .outage(reason: "no answer within 5 s"))
        let answer = try await federated.back(away)
        #expect(answer.status == 503 && answer.header("Retry-After") == "5")
        #expect(answer.body.contains("does not answer") && !answer.body.contains("5 s"))
        let line = try #require(federated.portal.log.lines.first { $0.contains("event=unavailable ") })
        #expect(line.contains("no answer within 5 s") && line.contains("provider=example "))
        let start = try await federated.portal.send(path: "/oidc/example", [("Sec-Fetch-Site", "same-origin")])
        #expect(start.status == 503 && start.body.contains("does not answer"))
    }

    @Test(
        "with every code of the provider's part in log and metrics, and no word of it on the page",
        arguments: ProviderRefusal.Code.allCases)
    func codes(code: ProviderRefusal.Code) async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.gate.fail(with: .refused(ProviderRefusal(code, "words for the operator")))
        let fresh = try await federated.back(away)
        federated.expectRefused(fresh, 403, code.rawValue)
        #expect(!fresh.body.contains("words for the operator") && !fresh.body.contains(code.rawValue))
        #expect(federated.portal.log.text.contains("words for the operator"))
        let metric = try #require(
            federated.portal.events.families.first { $0.name.text == "gatehouse_provider_sign_ins_total" })
        #expect(
            metric.series.contains { $0.labels == ["provider": "example", "outcome": code.rawValue] })
    }

    @Test("for somebody whom no allow list knows, who is told as whom, and where to sign out")
    func notAdmitted() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.gate.become(.alice(at: federated.gate.provider, admission: .refused(list: "domains")))
        let answer = try await federated.back(away)
        federated.expectRefused(answer, 403, "not-admitted")
        #expect(answer.body.contains("alice@idp.example") && answer.body.contains("account=other"))
        #expect(answer.body.contains("href=\"https://idp.example/end?id_token_hint=hint\""))
        #expect(federated.portal.log.text.contains("not in the list domains"))
        #expect(federated.portal.log.text.contains("provider_subject=sub-1 "))
        #expect(federated.gate.revoked == 1 && federated.accounts.links.isEmpty)
        #expect(!federated.portal.log.text.contains("alice@idp.example"))
    }

    @Test("for a claim that the provider does not send")
    func missingClaim() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.gate.become(.alice(at: federated.gate.provider, admission: .missing(claim: "groups")))
        federated.expectRefused(try await federated.back(away), 403, "not-admitted")
        #expect(federated.portal.log.text.contains("no claim groups"))
    }

    @Test(
        "for somebody who is nobody here",
        arguments: [
            (ExternalArrival.nameTaken("alice"), 409, "name-taken", "belongs to somebody else"),
            (.nameUnusable, 403, "name-unusable", "cannot be used"), (.notLinked, 403, "not-linked", "linked"),
            (.inactive, 403, "inactive", "switched off"),
        ])
    func nobody(arrival: ExternalArrival, status: Int, reason: String, words: String) async throws {
        let federated = try FederatedPortal(contact: "help@example.com")
        let away = try await federated.start()
        federated.accounts.answer(arrival)
        let answer = try await federated.back(away)
        federated.expectRefused(answer, status, reason)
        #expect(answer.body.contains(words))
        #expect(!federated.portal.store.dump.keys.contains { $0.description.hasPrefix("gh:s:") })
    }

    @Test("while people or the store cannot be asked: 503, and the code is not redeemed without its record")
    func unavailable() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.accounts.fail(with: .unavailable(reason: "gone"))
        #expect(try await federated.back(away).status == 503)
        let second = try await federated.start()
        federated.portal.store.isAvailable = false
        #expect(try await federated.back(second).status == 503)
        #expect(federated.gate.questions.count == 1)
        #expect(try await federated.portal.send(path: "/oidc/example", [("Sec-Fetch-Site", "none")]).status == 503)
    }

    @Test("if the audit file cannot be written")
    func recording() async throws {
        let federated = try FederatedPortal { $0.isRecording = { false } }
        #expect(try await federated.portal.send(path: "/oidc/example", [("Sec-Fetch-Site", "none")]).status == 503)
        #expect(try await federated.back("code=x&state=y", cookies: []).status == 503)
        #expect(federated.gate.wishes.isEmpty)
    }

    @Test("if the password is changed while the session begins")
    func overtaken() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        let known = OnePersonBackend.alice.with(credential: Octets16(high: 1, low: 1))
        federated.accounts.answer(.person(known))
        federated.expectRefused(try await federated.back(away), 403, "overtaken")
        #expect(!federated.portal.store.dump.keys.contains { $0.description.hasPrefix("gh:s:") })
    }

    @Test("with a secret of any other kind in the place of the state")
    func kinds() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        let away = try await federated.start()
        let others = [
            String(session.dropFirst(federated.portal.sessionCookie.count + 1)),
            String(away.cookie.dropFirst(federated.portal.preCookie.count + 1)),
        ]
        for secret in others {
            let answer = try await federated.back("code=x&state=\(secret)", cookies: [away.cookie])
            #expect(answer.status == 403)
        }
        // And the state is no session, and no other secret.
        for name in ["gatehouse", "gatehouse-pending", "gatehouse-reset"] {
            for prefix in ["__Secure-", "__Host-"] {
                let cookie = "\(prefix)\(name)=\(away.state.text)"
                let page = try await federated.portal.send(path: "/account", [("Cookie", cookie)])
                #expect(page.status == 303 && page.location?.hasPrefix("/login") == true)
            }
        }
        let pending = try await federated.portal.send(
            path: "/login/password", [("Cookie", "__Host-gatehouse-pending=\(away.state.text)")])
        #expect(pending.token == nil)
        let reset = try await federated.portal.send(path: "/reset?token=\(away.state.text)")
        let opened = try await federated.portal.send(
            path: "/reset/password", [("Cookie", reset.givenCookies.joined(separator: "; "))])
        #expect(!opened.body.contains("name=\"password\""))
        #expect(federated.gate.questions.count == 1)
    }
}
