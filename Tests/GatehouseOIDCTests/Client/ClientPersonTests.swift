import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("Who a provider says somebody is")
struct ClientPersonTests {
    private static let userinfo = "https://id.example/userinfo"

    private func provider(
        _ use: UserinfoUse = .auto, _ change: (inout TestProvider.Settings) -> Void = { _ in }
    ) throws -> TestProvider {
        try TestProvider {
            $0.tokens = TokenRules(userinfo: use)
            change(&$0)
        }
    }

    private func token(_ claims: [String: String]) throws -> String {
        var token = TestToken.good
        for (name, value) in claims { token.claims[name] = value }
        return try TestProvider.tokenAnswer(token)
    }

    @Test("is completed by userinfo, where the ID token does not say it; what both say is the token's") func joined()
        async throws
    {
        let provider = try provider()
        provider.setToken(try token(["preferred_username": "\"hanna\""]))
        provider.transport.set(
            Self.userinfo, "{\"sub\":\"248289761001\",\"preferred_username\":\"eve\",\"groups\":[\"staff\"]}")
        let person = try await provider.finish().person
        #expect(person.name == "hanna" && person.groups == ["staff"] && person.hasGroupsClaim)
        let call = try #require(provider.transport.requests(at: Self.userinfo).first)
        #expect(call.header("Authorization") == "Bearer an-access-token")
        guard case .none = call.body else {
            Issue.record("userinfo is posted")
            return
        }
    }

    @Test("is not asked of userinfo where all is known, or the operator says never") func spared() async throws {
        let complete = try provider()
        complete.setToken(
            try token([
                "preferred_username": "\"hanna\"", "email": "\"h@example.com\"", "email_verified": "true",
                "name": "\"Hanna\"", "groups": "[]",
            ]))
        _ = try await complete.finish()
        #expect(complete.transport.requests(at: Self.userinfo).isEmpty)
        let never = try provider(.never)
        #expect(try await never.finish().person.name == nil)
        #expect(never.transport.requests(at: Self.userinfo).isEmpty)
    }

    @Test("needs no userinfo where the provider has none") func none() async throws {
        let provider = try provider()
        provider.setDocument(["userinfo_endpoint": nil])
        #expect(try await !provider.finish().person.hasGroupsClaim)
    }

    @Test(
        "is refused if userinfo is not about the same person, or is no answer",
        arguments: [
            ProviderResponse.json("{\"sub\":\"another\"}"), .json("{}"), .json("{\"sub\":248289761001}"),
            .json("[\"sub\"]"), .json("{\"sub\":\"248289761001\",\"sub\":\"248289761001\"}"), .json("{}", status: 401),
            .json("{}", status: 400), .json("{\"sub\":\"248289761001\"}", status: 201),
            ProviderResponse(status: 200, contentType: "text/html", body: Array("{\"sub\":\"248289761001\"}".utf8)),
            ProviderResponse(status: 200, contentType: "application/jwt", body: Array("a.b.c".utf8)),
        ])
    func wrong(response: ProviderResponse) async throws {
        let provider = try provider()
        provider.transport.set(Self.userinfo) { (_) throws(ProviderTransportError) in response }
        #expect(try await provider.refusal() == (response.status == 401 ? .accessToken : .userinfo))
    }

    @Test("is nobody if userinfo is down, or does not let us") func userinfoOutage() async throws {
        let provider = try provider()
        provider.transport.set(Self.userinfo, "{}", status: 500)
        #expect(try await provider.failure()?.isOutage == true)
        provider.transport.set(Self.userinfo, "{}", status: 403)
        #expect(try await provider.failure()?.isMisconfigured == true)
    }

    @Test("is nobody without an ID token where openid was asked for") func noToken() async throws {
        let provider = try provider(.never)
        provider.setToken(try TestProvider.tokenAnswer(nil))
        #expect(try await provider.refusal() == .tokenAnswer)
    }

    @Test(
        "is nobody with an ID token that is wrong",
        arguments: [
            ("iss", "\"https://other.example\"", ProviderRefusal.Code.issuer), ("aud", "\"other\"", .audience),
            ("nonce", "\"other\"", .nonce), ("exp", "1", .expired), ("sub", "\"\"", .subject),
            ("at_hash", "\"other\"", .accessTokenHash), ("iat", "1", .issuedAt),
        ])
    func wrongToken(claim: String, value: String, code: ProviderRefusal.Code) async throws {
        let provider = try provider(.never)
        provider.setToken(try token([claim: value]))
        #expect(try await provider.refusal() == code)
    }

    @Test("is asked again as the sign-in says, and the token has to prove it") func stepUp() async throws {
        let provider = try provider(.never)
        let error = await #expect(throws: ProviderError.self) {
            try await provider.client.finish(
                AuthorizationAnswer(code: "a-code"), of: try TestProvider.started(maxAge: .seconds(60)),
                now: TestToken.now)
        }
        guard case .refused(let refusal)? = error else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == .authenticationTime)
        provider.setToken(try token(["auth_time": TestToken.seconds(-30)]))
        let signIn = try await provider.client.finish(
            AuthorizationAnswer(code: "a-code"), of: try TestProvider.started(maxAge: .seconds(60)), now: TestToken.now)
        #expect(signIn.authenticatedAt == TestToken.now.advanced(by: .seconds(-30)))
    }

    @Test("is let in by the lists alone") func admission() async throws {
        let admission = Admission(groups: ["staff"])
        let provider = try provider { $0.admission = admission }
        provider.transport.set(Self.userinfo, "{\"sub\":\"248289761001\"}")
        #expect(try await provider.finish().admission == .missing(claim: "groups"))
        provider.transport.set(Self.userinfo, "{\"sub\":\"248289761001\",\"groups\":[\"others\"]}")
        #expect(try await provider.finish().admission == .refused(list: "groups"))
        provider.transport.set(Self.userinfo, "{\"sub\":\"248289761001\",\"groups\":[\"staff\"]}")
        #expect(try await provider.finish().admission == .admitted)
    }

    @Test("keeps an ID token for the sign-out only if it is short") func longToken() async throws {
        let provider = try provider(.never)
        provider.setToken(try token(["filler": "\"\(String(repeating: "x", count: 9_000))\""]))
        #expect(try await provider.finish().tokens.id == nil)
    }

    @Test("is told by authentik that a signing key has to be chosen") func signingKey() async throws {
        var token = TestToken.good
        token.header["alg"] = "\"HS256\""
        for (kind, isNamed) in [(ProviderKind.authentik, true), (.oidc, false)] {
            let provider = try provider(.never) { $0.kind = kind }
            provider.setToken(try TestProvider.tokenAnswer(token))
            let failure = try await provider.failure()
            guard case .refused(let refusal)? = failure else {
                Issue.record("not refused")
                continue
            }
            #expect(refusal.code == .algorithm)
            #expect(refusal.reason.contains(ProviderWords.signingKey) == isNamed)
        }
    }
}
