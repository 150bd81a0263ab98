import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseOIDC

@Suite("After a sign-in at a provider")
struct AfterTests {
    private static let subject = ExternalSubject(issuer: "https://id.example", subject: "248289761001")
    private static let old = ProviderTokens(
        access: "old-access", refresh: "old-refresh", id: "a.b.c", accessExpiresAt: nil)

    private func recheck(
        _ provider: TestProvider, _ tokens: ProviderTokens = AfterTests.old,
        of subject: ExternalSubject = AfterTests.subject,
        kept: Mutexed<[ProviderTokens]> = Mutexed([])
    ) async throws -> ProviderSignIn {
        try await provider.client.recheck(tokens, of: subject, now: TestToken.now) { tokens in
            kept.change { $0.append(tokens) }
        }
    }

    private func error(_ provider: TestProvider, _ tokens: ProviderTokens = AfterTests.old) async -> ProviderError? {
        await #expect(throws: ProviderError.self) { try await recheck(provider, tokens) }
    }

    private static var newToken: TestToken {
        var token = TestToken.good
        token.claims["nonce"] = nil
        token.claims["groups"] = "[\"new\"]"
        return token
    }

    private func provider(
        _ token: TestToken? = AfterTests.newToken, more: String = ",\"refresh_token\":\"new-refresh\""
    ) throws
        -> TestProvider
    {
        let provider = try TestProvider()
        provider.setToken(try TestProvider.tokenAnswer(token, more: more))
        return provider
    }

    @Test("a refresh brings new groups and tokens, which are kept at once") func refreshed() async throws {
        let provider = try provider()
        let kept = Mutexed<[ProviderTokens]>([])
        let signIn = try await recheck(provider, kept: kept)
        #expect(signIn.person.groups == ["new"] && signIn.tokens.refresh == "new-refresh")
        #expect(kept.value == [signIn.tokens] && signIn.tokens.access == "an-access-token")
        let call = try #require(provider.transport.requests(at: "https://id.example/token").first)
        #expect(call.form == ["grant_type": "refresh_token", "refresh_token": "old-refresh"])
        #expect(call.header("Authorization") != nil)
    }

    @Test("a refresh token that is not replaced stays") func unrotated() async throws {
        let signIn = try await recheck(try provider(more: ""))
        #expect(signIn.tokens.refresh == "old-refresh")
    }

    @Test("a refresh without an ID token asks userinfo with the new access token") func noToken() async throws {
        let provider = try TestProvider { $0.tokens = TokenRules(userinfo: .auto) }
        provider.setToken(try TestProvider.tokenAnswer(nil))
        provider.transport.set("https://id.example/userinfo", "{\"sub\":\"248289761001\",\"groups\":[\"new\"]}")
        let signIn = try await recheck(provider)
        #expect(signIn.person.subject == Self.subject && signIn.person.groups == ["new"])
        #expect(signIn.tokens.id == "a.b.c")
        let call = try #require(provider.transport.requests(at: "https://id.example/userinfo").first)
        #expect(call.header("Authorization") == "Bearer an-access-token")
    }

    @Test("new tokens are kept even if the provider falls silent then") func silent() async throws {
        let provider = try TestProvider { $0.tokens = TokenRules(userinfo: .auto) }
        provider.setToken(try TestProvider.tokenAnswer(nil, more: ",\"refresh_token\":\"new-refresh\""))
        provider.transport.fail("https://id.example/userinfo")
        let kept = Mutexed<[ProviderTokens]>([])
        let error = await #expect(throws: ProviderError.self) { try await recheck(provider, kept: kept) }
        #expect(error?.isOutage == true && kept.value.map(\.refresh) == ["new-refresh"])
    }

    @Test("without a refresh token the access token is shown to userinfo") func access() async throws {
        let provider = try TestProvider { $0.tokens = TokenRules(userinfo: .auto) }
        provider.transport.set("https://id.example/userinfo", "{\"sub\":\"248289761001\"}")
        let tokens = ProviderTokens(access: "old-access", refresh: nil, id: nil, accessExpiresAt: nil)
        #expect(try await recheck(provider, tokens).tokens == tokens)
        #expect(provider.transport.requests(at: "https://id.example/token").isEmpty)
        provider.transport.set("https://id.example/userinfo", "{}", status: 401)
        guard case .refused? = await error(provider, tokens) else {
            Issue.record("not refused")
            return
        }
        provider.transport.set("https://id.example/userinfo", "{}", status: 500)
        #expect(await error(provider, tokens)?.isOutage == true)
        provider.setDocument(["userinfo_endpoint": nil])
        provider.advance(.seconds(5_000))
        await provider.client.refresh()
        #expect(await error(provider, tokens)?.isMisconfigured == true)
    }

    @Test("a clear no is one, and a client's wrong secret is none of the person's") func no() async throws {
        let provider = try provider()
        provider.setToken("{\"error\":\"invalid_grant\"}", status: 400)
        guard case .refused(let refusal)? = await error(provider) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == .code)
        provider.setToken("{\"error\":\"invalid_client\"}", status: 401)
        #expect(await error(provider)?.isMisconfigured == true)
        provider.setToken("{}", status: 502)
        #expect(await error(provider)?.isOutage == true)
    }

    @Test(
        "a refreshed token of somebody else, or from elsewhere, is refused",
        arguments: [
            ("sub", "\"another\""), ("iss", "\"https://other.example\""), ("aud", "\"other\""), ("exp", "1"),
        ])
    func others(claim: String, value: String) async throws {
        var token = Self.newToken
        token.claims[claim] = value
        guard case .refused? = await error(try provider(token)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test("signing out leads to the provider with what it wants to know") func signOut() async throws {
        let provider = try TestProvider()
        let address = try #require(
            await provider.client.signOutAddress(hint: Self.old, returnTo: "https://auth.example/logout/done?a=b"))
        #expect(address.utf8.starts(with: "https://id.example/end?".utf8))
        #expect(
            FormReader.query(of: address) == [
                "id_token_hint": "a.b.c", "client_id": "gatehouse",
                "post_logout_redirect_uri": "https://auth.example/logout/done?a=b",
            ])
        let without = try #require(await provider.client.signOutAddress(hint: nil, returnTo: "https://auth.example/"))
        #expect(FormReader.query(of: without)["id_token_hint"] == nil)
        let none = try TestProvider()
        none.setDocument(["end_session_endpoint": nil])
        #expect(await none.client.signOutAddress(hint: nil, returnTo: "https://auth.example/") == nil)
    }

    @Test("tokens are revoked, the refresh token first, and nobody waits") func revoke() async throws {
        let provider = try TestProvider()
        let address = "https://id.example/revoke"
        provider.transport.set(address, "{}")
        provider.client.revoke(Self.old)
        #expect(await eventually { provider.transport.requests(at: address).count == 2 })
        let forms = provider.transport.requests(at: address).map(\.form)
        #expect(
            forms == [
                ["token": "old-refresh", "token_type_hint": "refresh_token"],
                ["token": "old-access", "token_type_hint": "access_token"],
            ])
        #expect(provider.transport.requests(at: address).allSatisfy { $0.header("Authorization") != nil })
    }

    @Test("a message that somebody signed out is judged with the same keys") func logout() async throws {
        let provider = try TestProvider()
        let notice = try await provider.client.judge(logoutToken: try TestToken.goodLogout.octets, now: TestToken.now)
        #expect(notice.subject == "248289761001" && notice.session == "a-session" && notice.id == "an-id")
        for token in [TestToken.good, Self.newToken] {
            await #expect(throws: ProviderError.self) {
                try await provider.client.judge(logoutToken: try token.octets, now: TestToken.now)
            }
        }
        var forged = TestToken.goodLogout
        forged.header["kid"] = "\"forged\""
        for _ in 0..<10 {
            let octets = try forged.octets
            let error = await #expect(throws: ProviderError.self) {
                try await provider.client.judge(logoutToken: octets, now: TestToken.now)
            }
            guard case .refused(let refusal)? = error else {
                Issue.record("not refused")
                return
            }
            #expect(refusal.code == .key)
        }
        #expect(provider.transport.requests(at: "https://id.example/keys").count == 2)
    }

    @Test("a logout token is no ID token") func pairs() async throws {
        let provider = try TestProvider()
        var token = TestToken.goodLogout
        token.header["typ"] = "\"JWT\""
        provider.setToken(try TestProvider.tokenAnswer(token))
        guard case .refused? = try await provider.failure() else {
            Issue.record("not refused")
            return
        }
    }
}
