import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("Odd ways of providers")
struct KindTests {
    @Test("are said of those alone that can never say when they asked somebody; others may be told to there")
    func authenticationTime() {
        let silent = ProviderKind.allCases.filter { $0.facts.oddities.contains(.noAuthenticationTime) }
        #expect(silent == [.github, .oauth2])
    }

    // MARK: GitHub

    private func github(groups: Bool = true, emailScope: Bool = true, trusts: Bool = false) throws -> TestProvider {
        let provider = try TestProvider {
            $0.kind = .github
            $0.issuer = "https://github.com"
            $0.scopes = ["read:user", "read:org"] + (emailScope ? ["user:email"] : [])
            $0.claims = ProviderKind.github.facts.claims
            $0.admission = Admission(isForEveryone: true)
            $0.groups = GroupMapping(keepsOthers: groups)
            $0.session = ProviderSessionRules(trustsReauthentication: trusts)
            $0.endpoints = ProviderEndpoints(
                authorization: "https://github.com/login/oauth/authorize",
                token: "https://github.com/login/oauth/access_token", userinfo: "https://api.github.com/user",
                takesSecretInForm: true)
        }
        provider.transport.set(
            "https://github.com/login/oauth/access_token",
            "{\"access_token\":\"gho_x\",\"token_type\":\"bearer\",\"scope\":\"\"}")
        provider.transport.set(
            "https://api.github.com/user",
            "{\"id\":583231,\"login\":\"octocat\",\"name\":\"The Octocat\",\"email\":\"x@y.z\"}")
        provider.transport.set(
            "https://api.github.com/user/emails",
            """
            [{"email":"other@example.com","primary":false,"verified":true},\
            {"email":"cat@example.com","primary":true,"verified":true}]
            """)
        provider.transport.set("https://api.github.com/user/orgs", "[{\"login\":\"acme\"},{\"id\":1}]")
        provider.transport.set(
            "https://api.github.com/user/teams", "[{\"slug\":\"admins\",\"organization\":{\"login\":\"acme\"}}]")
        return provider
    }

    @Test("GitHub: somebody is a number; organisations and teams are groups") func githubPerson() async throws {
        let provider = try github()
        let person = try await provider.finish().person
        #expect(person.subject == ExternalSubject(issuer: "https://github.com", subject: "583231"))
        #expect(person.name == "octocat" && person.displayName == "The Octocat")
        #expect(person.email == "cat@example.com" && person.isEmailVerified)
        #expect(person.groups == ["acme", "acme/admins"])
        let call = try #require(provider.transport.requests(at: "https://github.com/login/oauth/access_token").first)
        #expect(call.header("Accept") == "application/json" && call.form["client_secret"] == "s e:cret+")
        for request in provider.transport.requests where request.url.contains("api.github.com") {
            #expect(request.header("Authorization") == "Bearer gho_x" && request.header("User-Agent") == "Gatehouse")
            #expect(request.header("Accept") == "application/vnd.github+json")
        }
        #expect(provider.transport.requests.contains { $0.url == "https://api.github.com/user/teams?per_page=100" })
    }

    @Test("GitHub: an address counts only if it is the first one and verified") func githubEmail() async throws {
        let provider = try github()
        provider.transport.set(
            "https://api.github.com/user/emails",
            "[{\"email\":\"a@b.c\",\"primary\":true,\"verified\":false},{\"email\":\"d@e.f\",\"primary\":false,\"verified\":true}]"
        )
        let person = try await provider.finish().person
        #expect(person.email == nil && !person.isEmailVerified)
        let without = try github(emailScope: false)
        #expect(try await without.finish().person.email == nil)
        #expect(without.transport.requests(at: "https://api.github.com/user/emails").isEmpty)
    }

    @Test("GitHub: groups come in pages, ten at most, and are not asked for if nobody wants them") func githubPages()
        async throws
    {
        let provider = try github()
        provider.transport.set("https://api.github.com/user/orgs") { (request) throws(ProviderTransportError) in
            let page = Int(FormReader.query(of: request.url)["page"] ?? "1") ?? 1
            return .json(
                "[{\"login\":\"org\(page)\"}]",
                headers: [
                    "link": """
                    <https://api.github.com/user/orgs?per_page=100&page=1>; rel="first", \
                    <https://api.github.com/user/orgs?per_page=100&page=\(page + 1)>; rel="next"
                    """
                ])
        }
        let groups = try await provider.finish().person.groups
        #expect(groups == (1...10).map { GroupName("org\($0)") } + ["acme/admins"])
        let unwanted = try github(groups: false)
        #expect(try await !unwanted.finish().person.hasGroupsClaim)
        #expect(unwanted.transport.requests(at: "https://api.github.com/user/orgs").isEmpty)
    }

    @Test(
        "GitHub: the access token goes to no other host",
        arguments: [
            "https://evil.example/user/orgs?page=2", "http://api.github.com/user/orgs?page=2", "/user/orgs?page=2",
        ])
    func githubHosts(next: String) async throws {
        let provider = try github()
        provider.transport.set(
            "https://api.github.com/user/orgs", "[]", headers: ["link": "<\(next)>; rel=\"next\""])
        #expect(try await provider.refusal() == .userinfo)
        #expect(!provider.transport.requests.contains { $0.url == next })
    }

    @Test("GitHub: errors come with 200") func githubErrors() async throws {
        let provider = try github()
        provider.transport.set("https://github.com/login/oauth/access_token", "{\"error\":\"bad_verification_code\"}")
        #expect(try await provider.refusal() == .code)
        provider.transport.set(
            "https://github.com/login/oauth/access_token", "{\"error\":\"incorrect_client_credentials\"}")
        #expect(try await provider.failure()?.isMisconfigured == true)
    }

    @Test(
        "GitHub: who has no number is nobody",
        arguments: ["{\"login\":\"octocat\"}", "{\"id\":1.5}", "{\"id\":null}", "[]"])
    func githubNobody(user: String) async throws {
        let provider = try github()
        provider.transport.set("https://api.github.com/user", user)
        #expect(try await provider.refusal() == .subject)
    }

    @Test(
        "Link headers name the next page in several ways",
        arguments: [
            ("<https://a/2>; rel=\"next\"", String?.some("https://a/2")), ("<https://a/2>;rel=next", "https://a/2"),
            ("<https://a/1>; rel=\"prev\", <https://a/3>; title=\"x\"; REL=\"NEXT\"", "https://a/3"),
            ("<https://a/1>; rel=\"prev\"", nil), ("", nil), ("<", nil), ("<https://a/1", nil),
        ])
    func link(header: String, next: String?) { #expect(LinkHeader.next(header) == next) }

    // MARK: OAuth 2

    @Test(
        "OAuth 2: the subject stands at a path, as a text or a whole number",
        arguments: [
            ("{\"user\":{\"id\":\"u-1\"}}", UTF8Text?.some("u-1")), ("{\"user\":{\"id\":42}}", "42"),
            ("{\"user\":{\"id\":1e2}}", "100"), ("{\"user\":{\"id\":4.5}}", nil), ("{\"user\":{}}", nil),
            ("{\"user\":{\"id\":\"\"}}", nil), ("{\"user\":{\"id\":\"\u{e4}\"}}", nil), ("{\"id\":\"u-1\"}", nil),
        ])
    func subject(answer: String, subject: UTF8Text?) async throws {
        let provider = try TestProvider {
            $0.kind = .oauth2
            $0.claims = ClaimMapping(subject: ["user", "id"])
            $0.endpoints = ProviderEndpoints(
                authorization: "https://id.example/authorize", token: "https://id.example/token",
                userinfo: "https://id.example/me")
        }
        provider.transport.set("https://id.example/me", answer)
        guard let subject else {
            #expect(try await provider.refusal() == .subject)
            return
        }
        #expect(try await provider.finish().person.subject.subject == subject)
    }

    // MARK: Microsoft

    private static let graph = "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group"

    private func microsoft(groups: Bool = true, hint: String = "{\"groups\":\"src1\"}") throws -> TestProvider {
        let issuer = "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0"
        let provider = try TestProvider {
            $0.kind = .microsoft
            $0.issuer = issuer
            $0.groups = GroupMapping(keepsOthers: groups)
        }
        var changes: [String: String?] = ["issuer": "\"\(issuer)\""]
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            changes[name] = "\"https://login.microsoftonline.com/\(name)\""
        }
        for name in ["userinfo_endpoint", "end_session_endpoint", "revocation_endpoint"] { changes[name] = .some(nil) }
        provider.transport.set("\(issuer)/.well-known/openid-configuration", TestProvider.document(changes))
        var token = TestToken.good
        token.claims["iss"] = "\"\(issuer)\""
        token.claims["_claim_names"] = hint
        provider.transport.set(
            "https://login.microsoftonline.com/token_endpoint", try TestProvider.tokenAnswer(token))
        let key = String(decoding: try Vector.file("signer.json"), as: UTF8.self)
        provider.transport.set("https://login.microsoftonline.com/jwks_uri", "{\"keys\":[\(key)]}")
        return provider
    }

    @Test("Microsoft: groups that do not fit are asked for, page by page") func overage() async throws {
        let provider = try microsoft()
        provider.transport.set(Self.graph) { (request) throws(ProviderTransportError) in
            let isSecond = request.url.contains("skip=1")
            let next = isSecond ? "" : ",\"@odata.nextLink\":\"\(Self.graph)?skip=1\""
            return .json("{\"value\":[{\"id\":\"g\(isSecond ? 2 : 1)\"},{}]\(next)}")
        }
        #expect(try await provider.finish().person.groups == ["g1", "g2"])
        #expect(
            provider.transport.requests(at: Self.graph).allSatisfy {
                $0.header("Authorization") == "Bearer an-access-token"
            })
    }

    @Test("Microsoft: groups that cannot be had are not none") func overageFails() async throws {
        let provider = try microsoft()
        #expect(try await provider.refusal() != nil)
        provider.transport.set(Self.graph, "{}", status: 403)
        #expect(try await provider.failure()?.isMisconfigured == true)
        provider.transport.set(Self.graph, "{\"value\":{}}")
        #expect(try await provider.refusal() == .claims)
        provider.transport.set(Self.graph, "{\"value\":[],\"@odata.nextLink\":\"https://evil.example/\"}")
        #expect(try await provider.refusal() == .userinfo)
        provider.transport.set(Self.graph, "{\"value\":[],\"@odata.nextLink\":\"\(Self.graph)?again\"}")
        #expect(try await provider.refusal() == .claims)
    }

    @Test("Microsoft: nobody is asked without a hint, or if no group counts") func noOverage() async throws {
        let without = try microsoft(hint: "{}")
        #expect(try await !without.finish().person.hasGroupsClaim)
        let unwanted = try microsoft(groups: false)
        _ = try await unwanted.finish()
        #expect(unwanted.transport.requests(at: Self.graph).isEmpty)
        #expect(without.transport.requests(at: Self.graph).isEmpty)
    }

    // MARK: Apple

    private func apple() throws -> TestProvider {
        let pem = try Vector.file("signer.pem")
        let provider = try TestProvider {
            $0.kind = .apple
            $0.authentication = .appleKey(pem: SecretOctets(pem), keyID: "KEY", team: "TEAM")
        }
        provider.setDocument(["token_endpoint_auth_methods_supported": "[\"client_secret_post\"]"])
        return provider
    }

    @Test("Apple: the secret is a token that is signed anew, and \"true\" is a yes") func appleSecret() async throws {
        let provider = try apple()
        var token = TestToken.good
        token.claims["email"] = "\"h@privaterelay.appleid.com\""
        token.claims["email_verified"] = "\"true\""
        provider.setToken(try TestProvider.tokenAnswer(token))
        #expect(try await provider.finish().person.isEmailVerified)
        let call = try #require(provider.transport.requests(at: "https://id.example/token").first)
        let secret = try SignedToken(
            parsing: Array((call.form["client_secret"] ?? "").utf8), algorithms: [.es256])
        #expect(secret.keyID == "KEY")
    }

    @Test("Apple: the name comes beside the code, and counts where nothing else is said") func appleName() async throws
    {
        let provider = try apple()
        let user: UTF8Text =
            "{\"name\":{\"firstName\":\"Hanna\",\"lastName\":\"Muster\"},\"email\":\"evil@example.com\"}"
        let person = try await provider.finish(AuthorizationAnswer(code: "a-code", user: user)).person
        #expect(person.displayName == "Hanna Muster" && person.email == nil)
        var token = TestToken.good
        token.claims["name"] = "\"Signed\""
        provider.setToken(try TestProvider.tokenAnswer(token))
        #expect(
            try await provider.finish(AuthorizationAnswer(code: "a-code", user: user)).person.displayName == "Signed")
        let other = try TestProvider()
        #expect(try await other.finish(AuthorizationAnswer(code: "a-code", user: user)).person.displayName.isEmpty)
    }

    @Test("Apple: a key that is none is a matter of the configuration") func appleKey() async throws {
        let provider = try TestProvider {
            $0.kind = .apple
            $0.authentication = .appleKey(pem: SecretOctets(Array("no key".utf8)), keyID: "KEY", team: "TEAM")
        }
        #expect(try await provider.failure()?.isMisconfigured == true)
    }

    // MARK: Google

    @Test("Google: a domain is the organisation's, not the address's") func hostedDomain() async throws {
        let provider = try TestProvider {
            $0.kind = .google
            $0.admission = Admission(domains: ["corp.example"])
        }
        var token = TestToken.good
        token.claims["email"] = "\"h@corp.example\""
        token.claims["email_verified"] = "true"
        provider.setToken(try TestProvider.tokenAnswer(token))
        #expect(try await provider.finish().admission != .admitted)
        token.claims["hd"] = "\"corp.example\""
        provider.setToken(try TestProvider.tokenAnswer(token))
        #expect(try await provider.finish().admission == .admitted)
    }
}
