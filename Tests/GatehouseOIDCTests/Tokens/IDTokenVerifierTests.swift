import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("An ID token")
struct IDTokenVerifierTests {
    static let now = TestToken.now

    static func expectation(
        occasion: IDTokenExpectation.Occasion? = nil, trusted: Set<UTF8Text> = [], maxAge: Duration? = nil,
        trustsReauthentication: Bool = false, contextClasses: [UTF8Text] = []
    ) throws -> IDTokenExpectation {
        IDTokenExpectation(
            issuer: .exactly("https://id.example"), clientID: "gatehouse", trustedAudiences: trusted,
            occasion: try occasion ?? .signIn(nonce: try #require(TestToken.nonce)), accessToken: TestToken.accessToken,
            startedAt: now.advanced(by: .seconds(-30)), maxAge: maxAge, trustsReauthentication: trustsReauthentication,
            contextClasses: contextClasses)
    }

    private func verify(
        _ token: TestToken, as expectation: IDTokenExpectation? = nil, keys: KeySet? = nil
    ) throws -> IDToken {
        try IDTokenVerifier.verify(
            try token.octets, as: try expectation ?? Self.expectation(), keys: try keys ?? TestToken.keys(),
            now: Self.now)
    }

    private func with(_ change: (inout TestToken) -> Void) -> TestToken {
        var token = TestToken.good
        change(&token)
        return token
    }

    static let wrongType: [WrongToken] = [
        .header("typ", "\"at+jwt\"", .type), .header("typ", "\"logout+jwt\"", .type), .header("typ", "\"\"", .type),
        .header("typ", "\"Jwt\"", .type), .header("typ", "\"secevent+jwt\"", .type),
    ]
    static let wrongClaims: [WrongToken] = [
        WrongToken("claims that are no JSON", .claims) { $0.claimsText = "iss" },
        WrongToken("claims that are a list", .claims) { $0.claimsText = "[]" },
        WrongToken("claims with one twice", .claims) { $0.claimsText = "{\"iss\":\"a\",\"iss\":\"a\"}" },
        WrongToken("claims that are no UTF-8", .claims) { $0.claimsText = "{\"iss\":\"\\ud800\"}" },
        .claim("events", "{}", .events), .claim("events", "null", .events),
        .claim("events", "{\"http://schemas.openid.net/event/backchannel-logout\":{}}", .events),
    ]
    static let wrongRecipient: [WrongToken] = [
        .claim("iss", nil, .issuer), .claim("iss", "\"https://id.example/\"", .issuer), .claim("iss", "1", .issuer),
        .claim("iss", "\"https://ID.example\"", .issuer), .claim("iss", "\"http://id.example\"", .issuer),
        .claim("iss", "\"https://id.example.evil\"", .issuer), .claim("iss", "[\"https://id.example\"]", .issuer),
        .claim("iss", "\"\"", .issuer), .claim("aud", nil, .audience), .claim("aud", "\"other\"", .audience),
        .claim("aud", "\"Gatehouse\"", .audience), .claim("aud", "[]", .audience),
        .claim("aud", "[\"other\"]", .audience),
        .claim("aud", "[\"gatehouse\",\"other\"]", .audience), .claim("aud", "[\"gatehouse\",1]", .audience),
        .claim("aud", "1", .audience), .claim("aud", "{\"gatehouse\":1}", .audience), .claim("aud", "null", .audience),
        .claim("aud", "[\"gatehouse\",\"gatehouse\"]", .authorizedParty),
        .claim("azp", "\"other\"", .authorizedParty), .claim("azp", "1", .authorizedParty),
        .claim("azp", "null", .authorizedParty), .claim("azp", "[\"gatehouse\"]", .authorizedParty),
    ]
    static let wrongTimes: [WrongToken] = [
        .claim("exp", nil, .expired), .claim("exp", TestToken.seconds(-60), .expired), .claim("exp", "null", .expired),
        .claim("exp", "\"\(TestToken.seconds(600))\"", .expired), .claim("exp", "0", .expired),
        .claim("exp", "-1", .expired),
        .claim("exp", "1e400", .expired), .claim("iat", nil, .issuedAt),
        .claim("iat", TestToken.seconds(61), .issuedAt),
        .claim("iat", TestToken.seconds(-91), .issuedAt), .claim("iat", "\"\(TestToken.seconds(0))\"", .issuedAt),
        .claim("iat", "0", .issuedAt), .claim("iat", "null", .issuedAt),
        .claim("nbf", TestToken.seconds(61), .notBefore),
        .claim("nbf", "\"0\"", .notBefore), .claim("nbf", "null", .notBefore),
    ]
    static let wrongRest: [WrongToken] = [
        .claim("nonce", nil, .nonce), .claim("nonce", "\"\"", .nonce), .claim("nonce", "1", .nonce),
        .claim("nonce", "null", .nonce),
        .claim("nonce", "\"\(String(repeating: "A", count: 43))\"", .nonce), .claim("sub", nil, .subject),
        .claim("sub", "\"\"", .subject), .claim("sub", "1", .subject), .claim("sub", "null", .subject),
        .claim("sub", "\"\(String(repeating: "s", count: 256))\"", .subject), .claim("sub", "\"\u{E4}\"", .subject),
        .claim("sub", "\"a\\u0000\"", .subject), .claim("sub", "\"a\\u007f\"", .subject),
        .claim("at_hash", "\"\"", .accessTokenHash), .claim("at_hash", "1", .accessTokenHash),
        .claim("at_hash", "null", .accessTokenHash), .claim("at_hash", "\"AAAAAAAAAAAAAAAAAAAAAA\"", .accessTokenHash),
        // The whole hash, and not its left half.
        .claim("at_hash", "\"YiHPD2T9DaX5B837XJXto32BKkT6ZcpVAT6si9f5KiY\"", .accessTokenHash),
        .claim("auth_time", "\"\(TestToken.seconds(0))\"", .authenticationTime),
        .claim("auth_time", "null", .authenticationTime),
        .claim("auth_time", TestToken.seconds(61), .authenticationTime),
        .claim("auth_time", "true", .authenticationTime),
    ]

    @Test(
        "is refused if only this is wrong",
        arguments: SignedTokenTests.wrong + wrongType + wrongClaims + wrongRecipient + wrongTimes + wrongRest)
    func refused(row: WrongToken) throws {
        let token = with(row.change)
        #expect(refusal { try verify(token) } == row.code)
    }

    @Test("is taken with nothing wrong")
    func good() throws {
        let token = try verify(.good)
        #expect(token.subject == ExternalSubject(issuer: "https://id.example", subject: "248289761001"))
        #expect(
            token.authenticatedAt == nil && token.methods == [] && token.contextClass == nil && token.session == nil)
    }

    @Test(
        "is taken with what is allowed",
        arguments: [
            ("typ", nil), ("typ", "\"jwt\""), ("typ", "\"JWT\""), ("kid", nil), ("alg", "\"ES256\""),
        ] as [(String, String?)])
    func goodHeaders(name: String, value: String?) throws { _ = try verify(with { $0.header[name] = value }) }

    @Test(
        "is taken at the edge",
        arguments: [
            ("aud", "[\"gatehouse\"]"), ("azp", "\"gatehouse\""), ("exp", TestToken.seconds(-59)),
            ("exp", TestToken.seconds(600) + ".5"), ("exp", "1e13"), ("iat", TestToken.seconds(60)),
            ("iat", TestToken.seconds(-90)),
            ("nbf", TestToken.seconds(60)), ("nbf", "0"), ("at_hash", "\"\(TestToken.accessTokenHash)\""),
            ("sub", "\"\(String(repeating: "~", count: 255))\""), ("sub", "\" \""),
            ("auth_time", TestToken.seconds(60)),
            ("auth_time", "0"), ("acr", "1"), ("amr", "\"pwd\""), ("sid", "1"), ("toe", "{\"a\":[1.5e3,null]}"),
        ])
    func goodClaims(name: String, value: String) throws { _ = try verify(with { $0.claims[name] = value }) }

    @Test("may be for trusted others, too, if it says who asked")
    func trustedAudiences() throws {
        let several = with { $0.claims["aud"] = "[\"project\",\"gatehouse\"]" }
        let expected = try Self.expectation(trusted: ["project"])
        #expect(refusal { try verify(several) } == .audience)
        #expect(refusal { try verify(several, as: expected) } == .authorizedParty)
        var said = several
        said.claims["azp"] = "\"gatehouse\""
        _ = try verify(said, as: expected)
        said.claims["azp"] = "\"project\""
        #expect(refusal { try verify(said, as: expected) } == .authorizedParty)
        said.claims["aud"] = "[\"project\"]"
        #expect(refusal { try verify(said, as: expected) } == .audience)
    }

    @Test("is signed by a key of the set")
    func signature() throws {
        let others = try Vector.load("made.json")
        func set(_ keys: [String]) throws -> KeySet {
            try KeySet(parsing: Array("{\"keys\":[\(keys.joined(separator: ","))]}".utf8))
        }
        let foreign = try #require(others.first { $0.algorithm == "ES256" }).key
        let named = JSONText.object(foreign.merging(["kid": "signer"]) { $1 })
        #expect(refusal { try verify(.good, keys: set([named])) } == .signature)
        #expect(refusal { try verify(.good, keys: set([JSONText.object(foreign)])) } == .key)
        let rsa = JSONText.object(
            try #require(others.first { $0.algorithm == "RS256" }).key.merging(["kid": "signer"]) { $1 })
        #expect(refusal { try verify(.good, keys: set([rsa])) } == .key)
        let nameless = with { $0.header["kid"] = nil }
        _ = try verify(nameless)
        #expect(refusal { try verify(nameless, keys: TestToken.keys(named)) } == .key)
        _ = try verify(.good, keys: TestToken.keys(named))
        var octets = try TestToken.good.octets
        octets[octets.count - 2] = octets[octets.count - 2] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let changed = octets
        #expect(refusal { try verify(octets: changed) } == .signature)
    }

    @Test("is not another one's claims with this one's signature")
    func movedSignature() throws {
        let good = try TestToken.good.octets
        let dot = UInt8(ascii: ".")
        let signature = try #require(good.split(separator: dot).last)
        let other = with { $0.claims["sub"] = "\"somebody-else\"" }
        #expect(refusal { try verify(octets: other.signedOctets + [dot] + signature) } == .signature)
    }

    private func verify(octets: [UInt8]) throws -> IDToken {
        try IDTokenVerifier.verify(octets, as: Self.expectation(), keys: TestToken.keys(), now: Self.now)
    }

    @Test("says when the person was asked, where that was asked for")
    func authenticationTime() throws {
        let expected = try Self.expectation(maxAge: .seconds(300))
        let trusting = try Self.expectation(maxAge: .seconds(300), trustsReauthentication: true)
        func asked(_ value: String?) -> TestToken { with { $0.claims["auth_time"] = value } }
        for missing in [nil, "0", "0.0"] {
            #expect(refusal { try verify(asked(missing), as: expected) } == .authenticationTime)
            #expect(try verify(asked(missing), as: trusting).authenticatedAt == nil)
        }
        for expectation in [expected, trusting] {
            #expect(refusal { try verify(asked(TestToken.seconds(-361)), as: expectation) } == .authenticationTime)
            #expect(
                refusal { try verify(asked("\"\(TestToken.seconds(0))\""), as: expectation) } == .authenticationTime)
            #expect(refusal { try verify(asked(TestToken.seconds(61)), as: expectation) } == .authenticationTime)
        }
        let token = try verify(asked(TestToken.seconds(-360) + ".290544"), as: expected)
        #expect(token.authenticatedAt == Self.now.advanced(by: .milliseconds(-359_710)))
        #expect(try verify(asked(TestToken.seconds(-9_000))).authenticatedAt == Self.now.advanced(by: .seconds(-9_000)))
        let atOnce = try Self.expectation(maxAge: .zero)
        _ = try verify(asked(TestToken.seconds(-60)), as: atOnce)
        #expect(refusal { try verify(asked(TestToken.seconds(-61)), as: atOnce) } == .authenticationTime)
    }

    @Test("says the context class that was asked for")
    func contextClass() throws {
        let expected = try Self.expectation(contextClasses: ["loa-2", "loa-3"])
        func with(_ value: String?) -> TestToken { self.with { $0.claims["acr"] = value } }
        #expect(try verify(with("\"loa-3\""), as: expected).contextClass == "loa-3")
        for wrong in [nil, "\"loa-1\"", "3", "[\"loa-3\"]", "null"] {
            #expect(refusal { try verify(with(wrong), as: expected) } == .contextClass)
        }
    }

    @Test("that is refreshed is the same person's, and needs no nonce")
    func refresh() throws {
        let expected = try Self.expectation(occasion: .refresh(of: "248289761001"))
        _ = try verify(with { $0.claims["nonce"] = nil }, as: expected)
        _ = try verify(.good, as: expected)
        #expect(refusal { try verify(with { $0.claims["sub"] = "\"248289761002\"" }, as: expected) } == .subject)
        #expect(
            refusal { try verify(with { $0.claims["iss"] = "\"https://other.example\"" }, as: expected) } == .issuer)
        #expect(refusal { try verify(with { $0.claims["aud"] = "\"other\"" }, as: expected) } == .audience)
        #expect(refusal { try verify(with { $0.claims["exp"] = TestToken.seconds(-60) }, as: expected) } == .expired)
        #expect(refusal { try verify(with { $0.header["typ"] = "\"at+jwt\"" }, as: expected) } == .type)
    }

    @Test("says how the person was asked, and in which session")
    func details() throws {
        let token = try verify(
            with {
                $0.claims["amr"] = "[\"pwd\",\"otp\",1,\"\",\"\\u0000\"]"
                $0.claims["sid"] = "\"a-session\""
                $0.claims["acr"] = "\"1\""
            })
        #expect(token.methods == ["pwd", "otp"])
        #expect(token.session == "a-session")
        #expect(token.contextClass == "1")
        #expect(try verify(with { $0.claims["sid"] = "\"\(String(repeating: "s", count: 256))\"" }).session == nil)
        #expect(try verify(with { $0.claims["acr"] = "\"\\n\"" }).contextClass == nil)
        let many = "[\([String](repeating: "\"pwd\"", count: 40).joined(separator: ","))]"
        #expect(try verify(with { $0.claims["amr"] = many }).methods.count == 32)
    }

    @Test(
        "of every algorithm is taken with the hash of its access token",
        arguments: try Vector.load("made.json").filter(\.verifies))
    func algorithms(vector: Vector) throws {
        let expected = IDTokenExpectation(
            issuer: .exactly("https://id.example"), clientID: "gatehouse", algorithms: SignatureAlgorithm.allCases,
            occasion: .refresh(of: "248289761001"), accessToken: TestToken.accessToken,
            startedAt: Self.now.advanced(by: .seconds(-30)), maxAge: .seconds(60))
        let keys = try KeySet(parsing: vector.keySet)
        let octets = Array(vector.token.utf8)
        let token = try IDTokenVerifier.verify(octets, as: expected, keys: keys, now: Self.now)
        #expect(token.authenticatedAt == Timestamp(milliseconds: 1_795_742_870_290))
        let other = IDTokenExpectation(
            issuer: .exactly("https://id.example"), clientID: "gatehouse", algorithms: SignatureAlgorithm.allCases,
            occasion: .refresh(of: "248289761001"), accessToken: "another-access-token", startedAt: expected.startedAt)
        #expect(
            refusal { try IDTokenVerifier.verify(octets, as: other, keys: keys, now: Self.now) } == .accessTokenHash)
    }

    @Test("may be of the four usual algorithms unless others are named")
    func usualAlgorithms() { #expect(TokenRules().algorithms == [.rs256, .ps256, .es256, .edDSA]) }
}
