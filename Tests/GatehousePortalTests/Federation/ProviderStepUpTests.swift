import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("Proving at a provider once more who one is")
struct ProviderStepUpTests {
    private static let page = "/login?switch=1&within=300&rd=https%3A%2F%2Fapp.example.com%2Fsafe"
    private static let visit = [("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "document")]

    private static func open(_ federated: FederatedPortal, _ session: String) async throws -> Answer {
        try await federated.portal.send(path: page, visit + [("Cookie", session)])
    }

    @Test("leads to the provider of the session, which has to ask, and back to the page")
    func way() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        federated.portal.clock.advance(by: .seconds(1_000))
        let answer = try await Self.open(federated, session)
        let wish = try #require(federated.gate.wishes.last)
        #expect(wish.prompt == .login && wish.maxAge == .seconds(300))
        let away = try federated.away(answer)
        #expect(away.cookie.isEmpty)
        federated.gate.become(.alice(at: federated.gate.provider, authenticatedAt: federated.portal.clock.now))
        let back = try await federated.back(away, cookies: [session])
        #expect(back.status == 303 && back.location == "https://app.example.com/safe")
        let fresh = try federated.session(back)
        #expect(fresh != session)
        #expect(try await federated.signedIn(session) == nil)
        let signedIn = try #require(try await federated.signedIn(fresh))
        #expect(signedIn.identity.user == OnePersonBackend.alice.user)
        #expect(federated.gate.questions.last?.started.maxAge == .seconds(300))
    }

    @Test("takes nobody else: neither there nor here; the session stays as it was")
    func other() async throws {
        for isOtherThere in [true, false] {
            let federated = try FederatedPortal()
            let session = try await federated.signIn()
            let away = try federated.away(try await Self.open(federated, session))
            let bob = Identity(user: UserReference(backend: "test", id: "2"), name: "bob")
            if isOtherThere {
                federated.gate.become(.alice(at: federated.gate.provider, subject: "sub-2"))
            } else {
                federated.accounts.answer(.person(bob))
            }
            let answer = try await federated.back(away, cookies: [session])
            #expect(answer.status == 403 && answer.body.contains("another account"))
            #expect(answer.cookie(federated.portal.sessionCookie) == nil)
            #expect(federated.portal.log.text.contains("reason=other-person "))
            #expect(federated.portal.log.text.contains("purpose=step-up "))
            #expect(try await federated.signedIn(session) != nil)
        }
    }

    @Test("is for the session that began it alone")
    func otherSession() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        let away = try federated.away(try await Self.open(federated, session))
        let query = "code=\(federated.gate.code(for: away.state))&state=\(away.state.text)"
        let none = try await federated.back(query, cookies: [])
        #expect(none.status == 403 && none.body.contains("not signed in any more"))
        #expect(try await federated.back(query, cookies: [session]).status == 403)
        #expect(federated.gate.questions.count == 1)
    }

    @Test("is refused by a provider that does not say when it asked, unless the operator believes it")
    func time() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        let away = try federated.away(try await Self.open(federated, session))
        federated.gate.become(.alice(at: federated.gate.provider, authenticatedAt: nil))
        let answer = try await federated.back(away, cookies: [session])
        #expect(answer.status == 403 && answer.body.contains("did not ask you again"))
        #expect(federated.portal.log.text.contains("reauthentication = \"trust\""))

        let trusting = Provider.fake(session: ProviderSessionRules(trustsReauthentication: true))
        let other = try FederatedPortal(providers: [trusting])
        let second = try await other.signIn()
        other.gate.become(.alice(at: trusting, authenticatedAt: nil))
        let way = try other.away(try await Self.open(other, second))
        #expect(try await other.back(way, cookies: [second]).status == 303)
    }

    @Test("is refused in the same words where the provider's part finds that it was too long ago")
    func tooOld() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        let away = try federated.away(try await Self.open(federated, session))
        federated.gate.fail(with: .refused(ProviderRefusal(.authenticationTime, "too long ago")))
        let answer = try await federated.back(away, cookies: [session])
        #expect(answer.status == 403 && answer.body.contains("did not ask you again"))
        #expect(federated.portal.log.text.contains("reason=oidc.auth-time "))
        #expect(try await federated.signedIn(session) != nil)
    }

    @Test("is not even tried where the provider never says it", arguments: [ProviderKind.github, .oauth2])
    func never(kind: ProviderKind) async throws {
        let federated = try FederatedPortal(providers: [.fake(kind: kind)])
        let session = try await federated.signIn()
        let answer = try await Self.open(federated, session)
        #expect(answer.status == 403 && answer.body.contains("did not ask you again"))
        #expect(federated.gate.wishes.count == 1)
    }

    @Test("leaves the form to everybody else, and to whoever wants it")
    func form() async throws {
        let federated = try FederatedPortal()
        let password = try await federated.portal.session()
        #expect(try await Self.open(federated, password).body.contains("name=\"password\""))
        let session = try await federated.signIn()
        for path in [
            "/login?switch=1&rd=https%3A%2F%2Fapp.example.com%2Fsafe", Self.page + "&auto=no",
            "/login?switch=1&within=abc", "/login?switch=1&within=-1",
        ] {
            let answer = try await federated.portal.send(path: path, Self.visit + [("Cookie", session)])
            #expect(answer.status == 200 && answer.body.contains("name=\"password\""))
        }
        #expect(federated.gate.wishes.count == 1)
    }
}

@Suite("Linking an account at a provider")
struct ProviderLinkingTests {
    /// The link of the account page.
    private static func link(_ federated: FederatedPortal, _ session: String) throws -> String {
        let token = try #require(
            FederatedPortal.secret(session.dropFirst(federated.portal.sessionCookie.count + 1)))
        let form = FormToken(key: federated.portal.services.csrfKey)
        return "/oidc/example?link=\(form.text(for: token, .link, of: OnePersonBackend.alice.user))"
    }

    @Test("leads there and back to the account page, and starts no session")
    func way() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.portal.session()
        let away = try await federated.start(try Self.link(federated, session), cookies: [session])
        let answer = try await federated.back(away, cookies: [session])
        #expect(answer.status == 303 && answer.location == "/account?done=linked")
        #expect(answer.cookie(federated.portal.sessionCookie) == nil)
        #expect(federated.accounts.links.map(\.user) == [OnePersonBackend.alice.user])
        #expect(federated.accounts.links.map(\.subject.subject) == ["sub-1"])
        let page = try await federated.portal.send(path: "/account?done=linked", [("Cookie", session)])
        #expect(page.body.contains("That account is linked"))
    }

    @Test("begins by the account page's own link alone")
    func token() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.portal.session()
        let other = try await federated.portal.session()
        for path in ["/oidc/example?link=x", "/oidc/example?link=", try Self.link(federated, other)] {
            let answer = try await federated.portal.send(
                path: path, [("Sec-Fetch-Site", "same-origin"), ("Cookie", session)])
            #expect(answer.status == 403)
        }
        let own = try Self.link(federated, session)
        let foreign = try await federated.portal.send(
            path: own, [("Sec-Fetch-Site", "cross-site"), ("Cookie", session)])
        #expect(foreign.status == 303 && foreign.location?.hasPrefix("/login") == true)
        let nobody = try await federated.portal.send(path: own, [("Sec-Fetch-Site", "same-origin")])
        #expect(nobody.status == 403)
        #expect(federated.gate.wishes.isEmpty)
    }

    @Test("needs a sign-in within five minutes")
    func fresh() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.portal.session()
        federated.portal.clock.advance(by: .seconds(301))
        let answer = try await federated.portal.send(
            path: try Self.link(federated, session), [("Sec-Fetch-Site", "same-origin"), ("Cookie", session)])
        #expect(answer.status == 403 && answer.body.contains("sign in again first"))
        #expect(answer.body.contains("href=\"/login?rd=%2Faccount&amp;switch=1&amp;auto=no\""))
        #expect(federated.gate.wishes.isEmpty)
    }

    @Test("is bound to the session: another browser links nothing, and signs nobody in")
    func otherBrowser() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.portal.session()
        let away = try await federated.start(try Self.link(federated, session), cookies: [session])
        let other = try await federated.signIn()
        let query = "code=\(federated.gate.code(for: away.state))&state=\(away.state.text)"
        let answer = try await federated.back(query, cookies: [other])
        #expect(answer.status == 403)
        #expect(federated.accounts.links.isEmpty)
        #expect(federated.portal.log.text.contains("reason=oidc.session "))
    }

    @Test("is no sign-in, and a sign-in is no link: each is of use for what it was begun for")
    func purposes() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.portal.session()
        let link = try await federated.start(try Self.link(federated, session), cookies: [session])
        let pre = try await federated.start()
        // The state of a link with the cookie of a sign-in.
        let query = "code=\(federated.gate.code(for: link.state))&state=\(link.state.text)"
        #expect(try await federated.back(query, cookies: [pre.cookie]).status == 403)
        // The state of a sign-in signs in, and links nothing.
        #expect(try await federated.back(pre).status == 303)
        #expect(federated.accounts.links.isEmpty)
    }

    @Test(
        "tells what stands against it",
        arguments: [(LinkOutcome.taken, 409, "linked already"), (.noAccount, 403, "nothing to link")])
    func refused(outcome: LinkOutcome, status: Int, words: String) async throws {
        let federated = try FederatedPortal()
        let session = try await federated.portal.session()
        federated.accounts.answer(outcome)
        let away = try await federated.start(try Self.link(federated, session), cookies: [session])
        let answer = try await federated.back(away, cookies: [session])
        #expect(answer.status == status && answer.body.contains(words))
        #expect(federated.portal.log.text.contains("purpose=link "))
        #expect(try await federated.signedIn(session) != nil)
    }

    @Test("takes nobody whom no allow list knows")
    func notAdmitted() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.portal.session()
        federated.gate.become(.alice(at: federated.gate.provider, admission: .refused(list: "domains")))
        let away = try await federated.start(try Self.link(federated, session), cookies: [session])
        #expect(try await federated.back(away, cookies: [session]).status == 403)
        #expect(federated.accounts.links.isEmpty)
    }
}
