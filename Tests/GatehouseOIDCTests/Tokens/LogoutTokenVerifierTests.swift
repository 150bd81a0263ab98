import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("A message that somebody signed out")
struct LogoutTokenVerifierTests {
    private func verify(_ token: TestToken, types: Set<UTF8Text> = [], keys: KeySet? = nil) throws -> LogoutNotice {
        try LogoutTokenVerifier.verify(
            try token.octets,
            as: LogoutTokenExpectation(
                issuer: .exactly("https://id.example"), clientID: "gatehouse", trustedAudiences: ["project"],
                types: types),
            keys: try keys ?? TestToken.keys(), now: TestToken.now)
    }

    private func with(_ change: (inout TestToken) -> Void) -> TestToken {
        var token = TestToken.goodLogout
        change(&token)
        return token
    }

    static let wrong: [WrongToken] = [
        .header("typ", nil, .type), .header("typ", "\"JWT\"", .type), .header("typ", "\"at+jwt\"", .type),
        .header("typ", "\"LOGOUT+JWT\"", .type), .header("typ", "\"\"", .type),
        WrongToken("claims that are no JSON", .claims) { $0.claimsText = "iss" },
        WrongToken("claims that are a list", .claims) { $0.claimsText = "[]" },
        .claim("nonce", "\"a\"", .nonce), .claim("nonce", "null", .nonce), .claim("events", nil, .events),
        .claim("events", "{}", .events), .claim("events", "[]", .events),
        .claim("events", "{\"http://schemas.openid.net/event/backchannel-logout\":null}", .events),
        .claim("events", "{\"http://schemas.openid.net/event/backchannel-logout\":true}", .events),
        .claim("events", "{\"http://schemas.openid.net/event/frontchannel-logout\":{}}", .events),
        .claim("events", "\"http://schemas.openid.net/event/backchannel-logout\"", .events),
        .claim("iss", nil, .issuer), .claim("iss", "\"https://other.example\"", .issuer), .claim("aud", nil, .audience),
        .claim("aud", "\"other\"", .audience), .claim("aud", "[\"gatehouse\",\"other\"]", .audience),
        .claim("iat", nil, .issuedAt), .claim("iat", TestToken.seconds(61), .issuedAt),
        .claim("iat", TestToken.seconds(-181), .issuedAt), .claim("iat", "\"0\"", .issuedAt),
        .claim("exp", TestToken.seconds(-60), .expired), .claim("exp", "null", .expired),
        .claim("nbf", TestToken.seconds(61), .notBefore), .claim("jti", nil, .tokenID), .claim("jti", "\"\"", .tokenID),
        .claim("jti", "1", .tokenID), .claim("jti", "\"\(String(repeating: "j", count: 256))\"", .tokenID),
        .claim("sub", "1", .subject), .claim("sub", "null", .subject), .claim("sub", "\"\"", .subject),
        .claim("sid", "1", .subject), .claim("sid", "\"\"", .subject), .claim("sid", "null", .subject),
        .claim("sid", "\"\(String(repeating: "s", count: 256))\"", .subject),
        WrongToken("neither sub nor sid", .subject) {
            $0.claims["sub"] = nil
            $0.claims["sid"] = nil
        },
    ]

    @Test("is refused if only this is wrong", arguments: SignedTokenTests.wrong + wrong)
    func refused(row: WrongToken) {
        let token = with(row.change)
        #expect(refusal { try verify(token) } == row.code)
    }

    @Test("is taken with nothing wrong")
    func good() throws {
        #expect(
            try verify(.goodLogout)
                == LogoutNotice(
                    issuer: "https://id.example", subject: "248289761001", session: "a-session", id: "an-id",
                    expiresAt: TestToken.now.advanced(by: .seconds(175))))
        #expect(try verify(with { $0.claims["sub"] = nil }).subject == nil)
        #expect(try verify(with { $0.claims["sid"] = nil }).session == nil)
        for (name, value) in [
            ("iat", TestToken.seconds(60)), ("iat", TestToken.seconds(-180)), ("exp", TestToken.seconds(-59)),
            ("aud", "[\"gatehouse\",\"project\"]"), ("nbf", TestToken.seconds(60)),
            ("events", "{\"other\":1,\"http://schemas.openid.net/event/backchannel-logout\":{\"a\":1}}"),
        ] { _ = try verify(with { $0.claims[name] = value }) }
        _ = try verify(with { $0.claims["exp"] = nil })
    }

    @Test("is of another type where that is admitted")
    func types() throws {
        _ = try verify(with { $0.header["typ"] = "\"JWT\"" }, types: ["JWT"])
        _ = try verify(.goodLogout, types: ["JWT"])
        #expect(refusal { try verify(with { $0.header["typ"] = "\"at+jwt\"" }, types: ["JWT"]) } == .type)
        #expect(refusal { try verify(with { $0.header["typ"] = nil }, types: ["JWT"]) } == .type)
    }

    /// With the type admitted, an ID token is told apart by its nonce and its lack of events, and the other way round.
    @Test("is no ID token, and no ID token is one")
    func eachOther() throws {
        #expect(refusal { try verify(.good, types: ["JWT"]) } == .nonce)
        var token = TestToken.good
        token.claims["nonce"] = nil
        #expect(refusal { try verify(token, types: ["JWT"]) } == .events)
        #expect(
            refusal {
                try IDTokenVerifier.verify(
                    TestToken.goodLogout.octets, as: IDTokenVerifierTests.expectation(), keys: TestToken.keys(),
                    now: TestToken.now)
            } == .type)
        var logout = TestToken.goodLogout
        logout.header["typ"] = "\"JWT\""
        let octets = try logout.octets
        #expect(
            refusal {
                try IDTokenVerifier.verify(
                    octets, as: IDTokenVerifierTests.expectation(), keys: TestToken.keys(), now: TestToken.now)
            } == .events)
    }

    @Test("is signed by a key of the set")
    func signature() throws {
        let foreign = try #require(Vector.load("made.json").first { $0.algorithm == "ES256" }).key
        func set(_ key: [String: String]) throws -> KeySet {
            try KeySet(parsing: Array("{\"keys\":[\(JSONText.object(key))]}".utf8))
        }
        #expect(refusal { try verify(.goodLogout, keys: set(foreign.merging(["kid": "signer"]) { $1 })) } == .signature)
        #expect(refusal { try verify(.goodLogout, keys: set(foreign)) } == .key)
    }
}
