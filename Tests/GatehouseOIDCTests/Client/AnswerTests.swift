import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("What a browser brings back")
struct AnswerTests {
    private static func answer(
        code: UTF8Text? = "a-code", issuer: UTF8Text? = nil, error: UTF8Text? = nil
    ) -> AuthorizationAnswer { AuthorizationAnswer(code: code, issuer: issuer, error: error) }

    @Test("with a code becomes one call that brings all of it, once") func redeemed() async throws {
        let provider = try TestProvider()
        let signIn = try await provider.finish(Self.answer(issuer: "https://id.example"))
        #expect(signIn.person.subject == ExternalSubject(issuer: "https://id.example", subject: "248289761001"))
        #expect(signIn.admission == .admitted && signIn.tokens.access == "an-access-token")
        #expect(signIn.tokens.accessExpiresAt == TestToken.now.advanced(by: .seconds(3_600)))
        #expect(signIn.tokens.id != nil)
        let calls = provider.transport.requests(at: "https://id.example/token")
        let call = try #require(calls.first)
        #expect(calls.count == 1)
        let started = try TestProvider.started()
        #expect(
            call.form == [
                "grant_type": "authorization_code", "code": "a-code", "redirect_uri": TestProvider.redirect,
                "code_verifier": started.verifier.text,
            ])
        // `gatehouse:s+e%3Acret%2B`: encoded like a form before base64, or a colon would move the border.
        #expect(call.header("Authorization") == "Basic Z2F0ZWhvdXNlOnMrZSUzQWNyZXQlMkI=")
        #expect(call.limit == 256 << 10)
        #expect(!provider.transport.requests.contains { $0.url.contains("a-code") || $0.url.contains("an-access") })
    }

    @Test("shows the secret in the form where the provider takes it only there, and nowhere else") func post()
        async throws
    {
        let provider = try TestProvider()
        provider.setDocument(["token_endpoint_auth_methods_supported": "[\"client_secret_post\"]"])
        _ = try await provider.finish()
        let call = try #require(provider.transport.requests(at: "https://id.example/token").first)
        #expect(call.form["client_id"] == "gatehouse" && call.form["client_secret"] == "s e:cret+")
        #expect(call.header("Authorization") == nil)
    }

    @Test("shows no secret where there is none") func publicClient() async throws {
        let provider = try TestProvider { $0.authentication = .none }
        _ = try await provider.finish()
        let call = try #require(provider.transport.requests(at: "https://id.example/token").first)
        #expect(call.form["client_id"] == "gatehouse" && call.form["client_secret"] == nil)
        #expect(call.header("Authorization") == nil)
    }

    @Test(
        "of another issuer is refused, a no as well, and nothing is redeemed",
        arguments: [
            answer(issuer: "https://evil.example"), answer(issuer: "https://id.example/"), answer(issuer: ""),
            answer(code: nil, issuer: "https://evil.example", error: "access_denied"),
        ])
    func mixUp(answer: AuthorizationAnswer) async throws {
        let provider = try TestProvider()
        #expect(try await provider.refusal(answer) == .mixUp)
        #expect(provider.transport.requests(at: "https://id.example/token").isEmpty)
    }

    @Test(
        "has to name its issuer where the provider says so",
        arguments: [answer(), answer(code: nil, error: "access_denied")])
    func required(answer: AuthorizationAnswer) async throws {
        let provider = try TestProvider()
        provider.setDocument(["authorization_response_iss_parameter_supported": "true"])
        #expect(try await provider.refusal(answer) == .mixUp)
        _ = try await provider.finish(Self.answer(issuer: "https://id.example"))
    }

    @Test("of a sign-in that was begun at another issuer is refused") func changedIssuer() async throws {
        let provider = try TestProvider()
        let started = try TestProvider.started(issuer: "https://old.example")
        let error = await #expect(throws: ProviderError.self) {
            try await provider.client.finish(Self.answer(), of: started, now: TestToken.now)
        }
        guard case .refused(let refusal)? = error else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == .mixUp)
    }

    @Test(
        "with an error leads to its page, and no code is looked at",
        arguments: [
            ("access_denied", "denied"), ("user_cancelled_authorize", "denied"), ("login_required", "interaction"),
            ("interaction_required", "interaction"), ("consent_required", "interaction"),
            ("account_selection_required", "interaction"), ("temporarily_unavailable", "outage"),
            ("server_error", "outage"), ("invalid_scope", "misconfigured"), ("unauthorized_client", "misconfigured"),
            ("invalid_request", "misconfigured"), ("unsupported_response_type", "misconfigured"),
            ("anything\u{7}", "misconfigured"),
        ] as [(UTF8Text, String)])
    func errors(error: UTF8Text, kind: String) async throws {
        let provider = try TestProvider()
        let failure = try await provider.failure(Self.answer(error: error))
        let found =
            switch failure {
            case .denied: "denied"
            case .needsInteraction: "interaction"
            case .outage: "outage"
            case .misconfigured(let reason): reason.contains("\u{7}") ? "unsafe" : "misconfigured"
            case .refused, nil: "refused"
            }
        #expect(found == kind)
        #expect(provider.transport.requests(at: "https://id.example/token").isEmpty)
    }

    @Test("has its description cut and made safe for the log") func description() async throws {
        let provider = try TestProvider()
        let words = UTF8Text("evil\r\n\u{202E}" + String(repeating: "x", count: 1_000))
        let failure = try await provider.failure(
            AuthorizationAnswer(code: nil, error: "invalid_scope", errorDescription: words))
        let text = try #require(failure?.description)
        #expect(text.contains("scopes in [[provider]] \"corp\"") && text.utf8.count < 500)
        #expect(!text.contains("\r") && !text.contains("\u{202E}"))
    }

    @Test(
        "without a usable code is refused",
        arguments: [
            nil, "", "a\u{1}", "\u{e4}", "a\u{7f}", UTF8Text(String(repeating: "c", count: 2_049)),
        ] as [UTF8Text?])
    func codes(code: UTF8Text?) async throws {
        let provider = try TestProvider()
        #expect(try await provider.refusal(Self.answer(code: code)) == .code)
        #expect(provider.transport.requests(at: "https://id.example/token").isEmpty)
    }

    @Test("is taken with a code of the greatest length") func longest() async throws {
        let provider = try TestProvider()
        _ = try await provider.finish(Self.answer(code: UTF8Text(String(repeating: "c", count: 2_048))))
    }
}
