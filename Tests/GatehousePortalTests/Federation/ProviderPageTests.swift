import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import Testing

@testable import GatehousePortal

@Suite("Pages with providers")
struct ProviderPageTests {
    private static func providers(_ count: Int) -> [Provider] {
        (0..<count).map { .fake($0 == 0 ? "example" : "p\($0)", "Provider \($0)") }
    }

    private static func order(_ body: String) -> [String] {
        body.matches(of: /href="[^"]*\/oidc\/([a-z0-9-]+)/).map { String($0.output.1) }
    }

    @Test("show the buttons in the order of the configuration, below the form, and lead on", arguments: [1, 3, 12])
    func buttons(count: Int) async throws {
        let federated = try FederatedPortal(.path, providers: Self.providers(count))
        let page = try await federated.portal.send(path: "/login?rd=https%3A%2F%2Fapp.example.com%2Fone")
        #expect(Self.order(page.body) == Self.providers(count).map(\.name.description))
        #expect(page.body.contains("href=\"/_gatehouse/oidc/example?rd=https%3A%2F%2Fapp.example.com%2Fone\""))
        #expect(page.body.contains("Continue with <bdi>Provider 0</bdi>"))
        let (form, first) = (page.body.firstRange(of: "<form"), page.body.firstRange(of: "/oidc/example"))
        #expect(try #require(form).lowerBound < (try #require(first)).lowerBound)
        #expect(!page.body.contains("<script") && !page.body.contains("style="))
        #expect(page.header("Content-Security-Policy")?.contains("form-action 'self'") == true)
    }

    @Test("show the picture that the operator gave as a file of the portal, and the first letter of the others")
    func logos() async throws {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><style>a{fill:red}</style></svg>"
        let logo = try ProviderLogo(Array(svg.utf8))
        let file = StaticFile(logo)
        let federated = try FederatedPortal(
            .path, providers: [.fake("example", "Example", logo: logo), .fake("p1", logo: logo), .fake("p2")])
        let page = try await federated.portal.send(path: "/login")
        let image = "<img src=\"/_gatehouse\(file.path)\" alt=\"\" width=\"24\" height=\"24\"><span>Continue with"
        #expect(page.body.ranges(of: image).count == 2 && page.body.ranges(of: "<rect width=\"24\"").count == 1)
        #expect(!page.body.contains("fill:red"))
        let answer = try await federated.portal.send(path: file.path)
        #expect(answer.status == 200 && answer.body == svg)
        #expect(answer.header("Content-Type") == "image/svg+xml")
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("Content-Security-Policy")?.hasPrefix("default-src 'none'; style-src 'self';") == true)
        #expect(answer.header("Cache-Control") == "public, max-age=31536000, immutable")
        let other = StaticFile(try ProviderLogo(Array(svg.replacing("red", with: "tan").utf8)))
        #expect(other.path != file.path && file.path.hasSuffix(".svg"))
        #expect(try await federated.portal.send(path: other.path).status == 404)
        #expect(try await PortalFixture(.path).send(path: file.path).status == 404)
    }

    @Test("stand alone where nobody has a password, which no form takes then")
    func alone() async throws {
        let federated = try FederatedPortal(takesPasswords: false)
        let page = try await federated.portal.send(path: "/login")
        #expect(!page.body.contains("<form") && !page.body.contains("class=\"or\""))
        #expect(page.body.contains("Continue with"))
        let answer = try await federated.portal.post("/login", [("name", "alice"), ("password", "correct horse")])
        #expect(answer.status == 404)
        #expect(federated.portal.backend.questions == 0)
    }

    @Test("are as ever without providers")
    func without() async throws {
        let page = try await PortalFixture().send(path: "/login")
        #expect(!page.body.contains("/oidc/") && !page.body.contains("class=\"ways\""))
    }

    @Test("show the one first that was used last with this browser")
    func last() async throws {
        let federated = try FederatedPortal(providers: Self.providers(3))
        let away = try await federated.start("/oidc/p2")
        let code = federated.gates[2].code(for: away.state)
        let answer = try await federated.back("code=\(code)&state=\(away.state.text)", cookies: [away.cookie], to: "p2")
        let device = try #require(answer.givenCookies.first { $0.hasPrefix("__Host-gatehouse-device=") })
        let page = try await federated.portal.send(path: "/login", [("Cookie", device)])
        #expect(Self.order(page.body) == ["p2", "example", "p1"])
        #expect(page.body.contains("Last used"))
        // Another one later comes first, and both are remembered.
        let second = try await federated.start("/oidc/p1", cookies: [device])
        let next = federated.gates[1].code(for: second.state)
        let later = try await federated.back(
            "code=\(next)&state=\(second.state.text)", cookies: [second.cookie, device], to: "p1")
        let both = try #require(later.givenCookies.first { $0.hasPrefix("__Host-gatehouse-device=") })
        let after = try await federated.portal.send(path: "/login", [("Cookie", both)])
        #expect(Self.order(after.body) == ["p1", "example", "p2"])
        // A browser that people signed in with by password has none.
        let password = try await federated.portal.signIn()
        let other = try await federated.portal.send(
            path: "/login?switch=1", [("Cookie", password.givenCookies.joined(separator: "; "))])
        #expect(Self.order(other.body) == ["example", "p1", "p2"] && !other.body.contains("Last used"))
    }

    @Test("escape what a provider is called")
    func escaped() async throws {
        let federated = try FederatedPortal(providers: [.fake("example", "<b>\"&")])
        let page = try await federated.portal.send(path: "/login")
        #expect(page.body.contains("&lt;b&gt;&quot;&amp;") && !page.body.contains("<b>"))
    }

    // MARK: - Signing out

    private static func signOut(_ federated: FederatedPortal, _ session: String) async throws -> Answer {
        let question = try await federated.portal.send(path: "/logout", [("Cookie", session)])
        return try await federated.portal.post(
            "/logout", [("token", try #require(question.token))], cookies: [session])
    }

    @Test("offer to sign out at the provider, too, after the session here has ended")
    func offers() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        let answer = try await Self.signOut(federated, session)
        #expect(answer.status == 200 && answer.body.contains("You are signed out"))
        #expect(answer.body.contains("href=\"https://idp.example/end?id_token_hint=hint\""))
        #expect(!answer.body.contains("http-equiv=\"refresh\""))
        #expect(try await federated.signedIn(session) == nil)
        #expect(federated.gate.revoked == 1)
    }

    @Test("go there by themselves where the configuration says so, by no redirect of the form")
    func goesThere() async throws {
        let federated = try FederatedPortal(
            providers: [.fake(session: ProviderSessionRules(signsOutAtProvider: true, isAutomatic: true))])
        let session = try await federated.signIn()
        let answer = try await Self.signOut(federated, session)
        #expect(answer.status == 200 && answer.onward == "https://idp.example/end?id_token_hint=hint")
        #expect(answer.body.contains("http-equiv=\"refresh\"") && answer.location == nil)
        #expect(try await federated.signedIn(session) == nil)
        // The page to sign in stays where it is from now on.
        let device = try #require(answer.givenCookies.first { $0.hasPrefix("__Host-gatehouse-device=") })
        let visit = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document"), ("Cookie", device)]
        #expect(try await federated.portal.send(path: "/login", visit).status == 200)
        // A sign-in makes it go on again.
        let away = try await federated.start(cookies: [device])
        let back = try await federated.back(away, cookies: [device])
        let again = try #require(back.givenCookies.first { $0.hasPrefix("__Host-gatehouse-device=") })
        let led = try await federated.portal.send(
            path: "/login", [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document"), ("Cookie", again)])
        #expect(led.status == 303 && led.location?.hasPrefix("https://idp.example/") == true)
        let after = try await federated.portal.send(path: "/logout")
        #expect(after.body.contains("href=\"/login?auto=no\""))
    }

    @Test("say nothing of it for other sessions, and where the provider has no such page")
    func nothing() async throws {
        let federated = try FederatedPortal()
        let password = try await federated.portal.session()
        #expect(try await Self.signOut(federated, password).status == 303)
        federated.gate.signsOut(at: nil)
        #expect(try await Self.signOut(federated, try await federated.signIn()).status == 303)
        federated.gate.signsOut(at: "javascript:alert(1)")
        #expect(try await Self.signOut(federated, try await federated.signIn()).status == 303)
        // Nobody stays signed in for a record that cannot be read.
        let session = try await federated.signIn()
        federated.sessions.fail(with: .unavailable(reason: "gone"))
        #expect(try await Self.signOut(federated, session).status == 303)
        #expect(try await federated.signedIn(session) == nil)
    }

    @Test("have a status and words of their own for every problem, and a way on")
    func problems() async throws {
        let settings = try PortalFixture(contact: "help@example.com").settings
        let page = ProviderPage(settings: settings, provider: .fake(), destination: nil)
        let problems: [ProviderPage.Problem] = [
            .denied, .outage, .misconfigured, .interaction, .elsewhere, .refused, .notAdmitted("a@b.example"),
            .notAdmitted(""), .nameTaken, .nameUnusable, .notLinked, .inactive, .otherPerson, .unproven, .sessionOver,
            .stale, .linkTaken, .nothingToLink, .tooOften(.seconds(30)),
        ]
        var texts: Set<String> = []
        for problem in problems {
            #expect((400...503).contains(page.reply(problem).status))
            let text = String(decoding: page.page(problem).rendered(settings), as: UTF8.self)
            #expect(text.contains("class=\"button\"") && text.contains("<h1>"))
            texts.insert(text)
        }
        #expect(texts.count == problems.count)
    }
}
