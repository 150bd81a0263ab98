import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseTestSupport
import Testing

@testable import GatehouseOIDC

/// The provider of the tests itself: it is right until told otherwise, and wrong in nothing but what it is told.
@Suite("The hostile provider")
struct HostileProviderTests {
    /// Signs in there, and judges the ID token by the keys that it has then.
    private func signIn(at provider: HostileProvider, keys: KeySet? = nil) throws -> IDToken {
        let nonce = try #require(SecretToken(octets: [UInt8](repeating: 9, count: 32)))
        let verifier = String(repeating: "v", count: 43)
        let challenge = String(decoding: Base64URL.encode(try Digest.sha256(Array(verifier.utf8))), as: UTF8.self)
        let sent = try provider.fetch(
            "/authorize?redirect_uri=http://127.0.0.1/cb&state=s&nonce=\(nonce.text)&code_challenge=\(challenge)")
        let query = try #require(sent.location?.split(separator: "?").last?.split(separator: "&"))
        let code = try #require(query.first { $0.hasPrefix("code=") }?.dropFirst(5))
        #expect(query.contains("state=s"))
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let answer = try provider.fetch(
            "/token",
            form:
                "grant_type=authorization_code&code=\(code)&redirect_uri=http://127.0.0.1/cb&code_verifier=\(verifier)"
                + "&client_id=gatehouse&client_secret=secret")
        let tokens = try JSONDecoder().decode(Tokens.self, from: Data(answer.body))
        let expected = IDTokenExpectation(
            issuer: .exactly(UTF8Text(provider.issuer)), clientID: "gatehouse", occasion: .signIn(nonce: nonce),
            accessToken: UTF8Text(tokens.access_token), startedAt: now)
        let set = try keys ?? KeySet(parsing: provider.fetch("/jwks").body)
        return try IDTokenVerifier.verify(Array(tokens.id_token.utf8), as: expected, keys: set, now: now)
    }

    private struct Tokens: Decodable {
        let access_token: String
        let id_token: String
    }

    @Test("is right with each of its algorithms, and wrong as it is told")
    func wrong() async throws {
        let provider = try await HostileProvider.start()
        defer { provider.stop() }
        for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
            try provider.behave("{\"id\":{\"alg\":\"\(algorithm)\"}}")
            #expect(try signIn(at: provider).subject.subject == "alice-1")
            try provider.behave("{\"id\":{\"alg\":\"\(algorithm)\",\"signature\":\"stranger\"}}")
            #expect(refusal { try signIn(at: provider) } == .signature)
        }
        let wrongs: [(String, ProviderRefusal.Code)] = [
            (#"{"signature":"none"}"#, .form), (#"{"signature":"zero"}"#, .signature),
            (#"{"signature":"flipped"}"#, .signature),
            (#"{"alg":"none","signature":"none"}"#, .form), (#"{"alg":"HS256","signature":"hmac"}"#, .algorithm),
            (#"{"raw":"a.b"}"#, .form), (#"{"header":{"typ":"at+jwt"}}"#, .type),
            (#"{"header":{"kid":"other"}}"#, .key),
            (#"{"header":{"jku":"http://127.0.0.1/"}}"#, .header), (#"{"header":{"crit":["x"]}}"#, .header),
            (#"{"payload":"[]"}"#, .claims), (#"{"claims":{"iss":"https://other.example"}}"#, .issuer),
            (#"{"claims":{"aud":"other"}}"#, .audience), (#"{"claims":{"azp":"other"}}"#, .authorizedParty),
            (#"{"claims":{"exp":{"now":-61}}}"#, .expired), (#"{"claims":{"iat":{"now":70}}}"#, .issuedAt),
            (#"{"claims":{"nbf":{"now":70}}}"#, .notBefore), (#"{"claims":{"nonce":null}}"#, .nonce),
            (#"{"claims":{"nonce":"other"}}"#, .nonce), (#"{"claims":{"at_hash":"AAAA"}}"#, .accessTokenHash),
            (#"{"claims":{"auth_time":"now"}}"#, .authenticationTime), (#"{"claims":{"sub":""}}"#, .subject),
            (#"{"claims":{"events":{}}}"#, .events),
        ]
        for (wrong, code) in wrongs {
            try provider.behave("{\"id\":\(wrong)}")
            #expect(refusal { try signIn(at: provider) } == code, "\(wrong)")
        }
        try provider.reset()
        let keys = try KeySet(parsing: provider.fetch("/jwks").body)
        _ = try signIn(at: provider, keys: keys)
        try provider.rotateKeys()
        #expect(refusal { try signIn(at: provider, keys: keys) } == .key)
        _ = try signIn(at: provider)
        #expect(try provider.requests(to: "token").map(\.method) == ["POST", "POST", "POST"])
    }

    @Test("answers what it is told")
    func answers() async throws {
        let provider = try await HostileProvider.start()
        defer { provider.stop() }
        #expect(try provider.fetch("/userinfo").status == 401)
        try provider.behave(
            #"{"respond":{"discovery":{"status":301,"redirect":"http://127.0.0.1/x","body":"b","padding":300000,"type":"text/html"}}}"#
        )
        let answer = try provider.fetch("/.well-known/openid-configuration")
        #expect(answer.status == 301 && answer.location == "http://127.0.0.1/x" && answer.body.count == 300_001)
        #expect(answer.head.contains("Content-Type: text/html\r\n"))
        try provider.behave(#"{"respond":{"discovery":{"close":true}}}"#)
        #expect(throws: HostileProvider.Failure.self) { try provider.fetch("/.well-known/openid-configuration") }
    }
}
