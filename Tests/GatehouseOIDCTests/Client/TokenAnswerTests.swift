import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("The answer of a token endpoint")
struct TokenAnswerTests {
    private func answer(_ body: String, status: Int = 200, type: String = "application/json") throws -> TokenAnswer {
        try TokenAnswer(
            ProviderResponse(status: status, contentType: type, body: Array(body.utf8)),
            of: TestProvider.provider(TestProvider.Settings()))
    }

    @Test(
        "says how long the access token lasts, as a number or a text",
        arguments: [
            ("3600", Duration?.some(.seconds(3_600))), ("\"3600\"", .seconds(3_600)), ("3600.0", .seconds(3_600)),
            ("0", .zero), ("-1", nil), ("\"soon\"", nil), ("null", nil), ("99999999999999", nil), ("true", nil),
        ])
    func expiry(value: String, expected: Duration?) throws {
        let answer = try answer("{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":\(value)}")
        #expect(answer.expiresIn == expected)
    }

    @Test("keeps what can be sent again alone") func tokens() throws {
        let answer = try answer(
            "{\"access_token\":\"a.b-c~\",\"token_type\":\"BEARER\",\"refresh_token\":\"r\\n\",\"id_token\":\"x.y.z\"}")
        #expect(answer.access == "a.b-c~" && answer.refresh == nil && answer.idToken == Array("x.y.z".utf8))
    }

    /// What an answer is, and what comes of it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var status = 200
        var type = "application/json"
        let body: String
        let outcome: String
        var testDescription: String { "\(status) \(body.prefix(60)) is \(outcome)" }
    }

    static let wrong: [Wrong] = [
        Wrong(body: "", outcome: "oidc.token-answer"), Wrong(body: "[]", outcome: "oidc.token-answer"),
        Wrong(body: "{}", outcome: "oidc.token-answer"),
        Wrong(body: "{\"access_token\":\"a\"}", outcome: "oidc.token-answer"),
        Wrong(body: "{\"token_type\":\"bearer\"}", outcome: "oidc.token-answer"),
        Wrong(body: "{\"access_token\":\"a\",\"token_type\":\"mac\"}", outcome: "oidc.token-answer"),
        Wrong(body: "{\"access_token\":\"\",\"token_type\":\"bearer\"}", outcome: "oidc.token-answer"),
        Wrong(body: "{\"access_token\":\"a b\",\"token_type\":\"bearer\"}", outcome: "oidc.token-answer"),
        Wrong(body: "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"bearer\"}", outcome: "oidc.token-answer"),
        Wrong(body: "{\"access_token\":1,\"token_type\":\"bearer\"}", outcome: "oidc.token-answer"),
        Wrong(
            body: "{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"bearer\"}",
            outcome: "oidc.token-answer"),
        Wrong(
            body: "{\"access_token\":\"\(String(repeating: "a", count: 32_769))\",\"token_type\":\"bearer\"}",
            outcome: "oidc.token-answer"),
        Wrong(
            type: "application/x-www-form-urlencoded", body: "access_token=a&token_type=bearer",
            outcome: "oidc.token-answer"),
        Wrong(status: 201, body: "{\"access_token\":\"a\",\"token_type\":\"bearer\"}", outcome: "oidc.token-answer"),
        Wrong(
            body: "{\"error\":\"bad_verification_code\",\"access_token\":\"a\",\"token_type\":\"bearer\"}",
            outcome: "oidc.code"),
        Wrong(status: 400, body: "{\"error\":\"invalid_grant\"}", outcome: "oidc.code"),
        Wrong(status: 403, body: "{\"error\":\"invalid_code\"}", outcome: "oidc.code"),
        Wrong(status: 400, body: "{\"error\":\"else\"}", outcome: "oidc.token-answer"),
        Wrong(status: 400, body: "{\"error\":[]}", outcome: "oidc.token-answer"),
        Wrong(status: 400, body: "{}", outcome: "oidc.token-answer"),
        Wrong(status: 400, body: "{\"error\":\"invalid_client\"}", outcome: "misconfigured"),
        Wrong(status: 401, body: "{\"error\":\"invalid_client\"}", outcome: "misconfigured"),
        Wrong(status: 401, type: "text/html", body: "no", outcome: "misconfigured"),
        Wrong(status: 404, type: "text/html", body: "no", outcome: "misconfigured"),
        Wrong(body: "{\"error\":\"incorrect_client_credentials\"}", outcome: "misconfigured"),
        Wrong(body: "{\"error\":\"redirect_uri_mismatch\"}", outcome: "misconfigured"),
        Wrong(status: 400, body: "{\"error\":\"unauthorized_client\"}", outcome: "misconfigured"),
        Wrong(status: 400, body: "{\"error\":\"invalid_scope\"}", outcome: "misconfigured"),
        Wrong(status: 400, body: "{\"error\":\"invalid_request\"}", outcome: "misconfigured"),
        Wrong(status: 400, body: "{\"error\":\"temporarily_unavailable\"}", outcome: "outage"),
    ]

    @Test("that is none has its reason", arguments: wrong)
    func outcome(of wrong: Wrong) throws {
        let error = #expect(throws: ProviderError.self) {
            try answer(wrong.body, status: wrong.status, type: wrong.type)
        }
        let outcome =
            switch error {
            case .refused(let refusal): refusal.code.rawValue
            case .misconfigured(let reason):
                reason.contains("[[provider]] \"corp\"") || wrong.status == 404
                    || reason.contains("register") || reason.contains("authorization code flow")
                    ? "misconfigured" : "names no line: \(reason)"
            case .outage: "outage"
            default: "else"
            }
        #expect(outcome == wrong.outcome)
        #expect(error?.description.contains("s e:cret+") == false)
    }
}
