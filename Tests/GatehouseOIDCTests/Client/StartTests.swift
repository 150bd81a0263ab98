import GatehouseCore
import GatehouseCrypto
import GatehouseTestSupport
import Testing

@testable import GatehouseOIDC

@Suite("Sending a browser to a provider")
struct StartTests {
    private func wish(
        prompt: AuthorizationWish.Prompt? = nil, maxAge: Duration? = nil, hint: UTF8Text? = nil
    ) throws -> AuthorizationWish {
        AuthorizationWish(
            state: try #require(SecretToken(octets: [UInt8](repeating: 3, count: 32))),
            redirectURI: TestProvider.redirect, prompt: prompt, maxAge: maxAge, loginHint: hint)
    }

    private func query(_ provider: TestProvider, _ wish: AuthorizationWish) async throws -> [String: String] {
        FormReader.query(of: try await provider.client.start(wish, now: TestToken.now).url)
    }

    @Test("brings all that the answer is bound to") func ordinary() async throws {
        let provider = try TestProvider()
        let request = try await provider.client.start(try wish(), now: TestToken.now)
        #expect(request.url.utf8.starts(with: "https://id.example/authorize?".utf8))
        let started = request.started
        let challenge = Base64URL.encode(try Digest.sha256(Array(started.verifier.text.utf8)))
        #expect(
            FormReader.query(of: request.url) == [
                "response_type": "code", "client_id": "gatehouse", "redirect_uri": TestProvider.redirect,
                "scope": "openid profile", "state": try wish().state.text, "nonce": started.nonce.text,
                "code_challenge": String(decoding: challenge, as: UTF8.self), "code_challenge_method": "S256",
            ])
        #expect(started.issuer == "https://id.example" && started.redirectURI == UTF8Text(TestProvider.redirect))
        #expect(started.startedAt == TestToken.now && started.maxAge == nil)
        #expect(!request.url.contains(started.verifier.text))
    }

    @Test("makes nonce and verifier anew each time, of nothing else") func independent() async throws {
        let provider = try TestProvider()
        var seen: Set<SecretToken> = [try wish().state]
        for _ in 0..<20 {
            let started = try await provider.client.start(try wish(), now: TestToken.now).started
            #expect(seen.insert(started.nonce).inserted && seen.insert(started.verifier).inserted)
        }
    }

    @Test("asks for what is wished") func wishes() async throws {
        let provider = try TestProvider()
        let wish = try wish(prompt: .login, maxAge: .seconds(300), hint: "hanna&x=ü")
        let query = try await query(provider, wish)
        #expect(query["prompt"] == "login" && query["max_age"] == "300" && query["login_hint"] == "hanna&x=ü")
    }

    @Test(
        "adds to a query that the address has already",
        arguments: [
            ("https://id.example/authorize?tenant=a", "https://id.example/authorize?tenant=a&response_type=code&"),
            ("https://id.example/authorize?", "https://id.example/authorize?response_type=code&"),
            ("https://id.example/authorize?a=b&", "https://id.example/authorize?a=b&response_type=code&"),
        ])
    func existing(address: String, start: String) async throws {
        let provider = try TestProvider()
        provider.setDocument(["authorization_endpoint": "\"\(address)\""])
        let url = try await provider.client.start(try wish(), now: TestToken.now).url
        #expect(url.utf8.starts(with: start.utf8))
    }

    @Test("asks for openid even if the scopes do not") func openid() async throws {
        let provider = try TestProvider { $0.scopes = ["email"] }
        #expect(try await query(provider, try wish())["scope"] == "openid email")
    }

    @Test("asks for refresh tokens where people are asked about again, in one prompt with the others") func refresh()
        async throws
    {
        let google: @Sendable (inout TestProvider.Settings) -> Void = {
            $0.kind = .google
            $0.session = ProviderSessionRules(recheck: .seconds(900))
            $0.admission = Admission(domains: ["corp.example"])
        }
        let query = try await query(try TestProvider(google), try wish(prompt: .selectAccount))
        #expect(query["access_type"] == "offline" && query["prompt"] == "select_account consent")
        #expect(query["hd"] == "corp.example")
        let plain = try await self.query(
            try TestProvider { $0.session = ProviderSessionRules(recheck: .seconds(900)) }, try wish())
        #expect(plain["scope"] == "openid profile offline_access")
    }

    @Test("wants Apple's answer as a form where a name or an address is asked for") func apple() async throws {
        let query = try await query(
            try TestProvider {
                $0.kind = .apple
                $0.scopes = ["openid", "name"]
            }, try wish())
        #expect(query["response_mode"] == "form_post")
    }

    @Test("sends neither nonce nor max_age where there is no OpenID, and S256 all the same") func plain() async throws {
        let provider = try TestProvider {
            $0.kind = .oauth2
            $0.scopes = []
            $0.endpoints = ProviderEndpoints(
                authorization: "https://id.example/authorize", token: "https://id.example/token",
                userinfo: "https://id.example/me")
        }
        let query = try await query(provider, try wish(maxAge: .seconds(1)))
        #expect(query["nonce"] == nil && query["max_age"] == nil && query["scope"] == nil)
        #expect(query["code_challenge_method"] == "S256")
        #expect(provider.transport.requests.isEmpty)
    }

    @Test("is an outage without metadata, and leads nowhere with a wrong one") func failures() async throws {
        let provider = try TestProvider()
        provider.transport.fail("https://id.example/.well-known/openid-configuration")
        let outage = await #expect(throws: ProviderError.self) {
            try await provider.client.start(try wish(), now: TestToken.now)
        }
        #expect(outage?.isOutage == true)
        provider.setDocument(["issuer": "\"https://other.example\""])
        let wrong = await #expect(throws: ProviderError.self) {
            try await provider.client.start(try wish(), now: TestToken.now)
        }
        #expect(wrong?.isMisconfigured == true && wrong?.description.contains("https://other.example") == true)
    }

    @Test(
        "needs metadata that is JSON at its place",
        arguments: [
            ProviderResponse(status: 200, contentType: "text/html", body: Array("{}".utf8)),
            ProviderResponse(status: 200, contentType: "application/jsonp", body: Array("{}".utf8)),
            ProviderResponse(status: 404, contentType: "application/json", body: Array("{}".utf8)),
            ProviderResponse(status: 301, contentType: "application/json", body: Array("{}".utf8)),
            ProviderResponse(status: 302, contentType: "application/json", body: Array("{}".utf8)),
        ])
    func odd(response: ProviderResponse) async throws {
        let provider = try TestProvider()
        let body = Array(TestProvider.document().utf8)
        provider.transport.set("https://id.example/.well-known/openid-configuration") {
            (_) throws(ProviderTransportError) in
            ProviderResponse(status: response.status, contentType: response.contentType, body: body)
        }
        let error = await #expect(throws: ProviderError.self) {
            try await provider.client.start(try wish(), now: TestToken.now)
        }
        #expect(error?.isMisconfigured == true)
    }

    @Test(
        "takes JSON by any name it has",
        arguments: ["application/json; charset=utf-8", "Application/JSON", "application/x+json"])
    func mediaTypes(type: String) async throws {
        let provider = try TestProvider()
        let body = Array(TestProvider.document().utf8)
        provider.transport.set("https://id.example/.well-known/openid-configuration") {
            (_) throws(ProviderTransportError) in ProviderResponse(status: 200, contentType: type, body: body)
        }
        _ = try await provider.client.start(try wish(), now: TestToken.now)
    }

    @Test("fetches metadata once for all who wait, and goes on with the last good one") func metadata() async throws {
        let provider = try TestProvider()
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask { _ = try await provider.client.start(try self.wish(), now: TestToken.now) }
            }
            try await group.waitForAll()
        }
        let address = "https://id.example/.well-known/openid-configuration"
        #expect(provider.transport.requests(at: address).count == 1)
        provider.setDocument(["issuer": "\"https://other.example\""])
        provider.advance(.seconds(4_000))
        await provider.client.refresh()
        #expect(provider.transport.requests(at: address).count == 2)
        guard
            case .kept(what: .metadata, reason: let reason)? = provider.notices.value.last(where: {
                if case .kept = $0 { true } else { false }
            })
        else {
            Issue.record("nobody is told")
            return
        }
        #expect(reason.contains("https://other.example"))
        _ = try await provider.client.start(try wish(), now: TestToken.now)
    }
}
