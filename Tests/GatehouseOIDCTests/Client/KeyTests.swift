import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseOIDC

@Suite("A provider's keys")
struct KeyTests {
    private static let address = "https://id.example/keys"

    private func asked(_ provider: TestProvider) -> Int { provider.transport.requests(at: Self.address).count }

    private func setKeys(_ provider: TestProvider, id: String = "signer", maxAge: Int? = nil) throws {
        let key = String(decoding: try Vector.file("signer.json"), as: UTF8.self)
            .split(separator: "\"signer\"", omittingEmptySubsequences: false).joined(separator: "\"\(id)\"")
        let headers = maxAge.map { ["cache-control": "public, max-age=\($0), stale-if-error=60"] } ?? [:]
        provider.transport.set(Self.address, "{\"keys\":[\(key)]}", headers: headers)
    }

    private func setToken(_ provider: TestProvider, keyID: String) throws {
        var token = TestToken.good
        token.header["kid"] = "\"\(keyID)\""
        provider.setToken(try TestProvider.tokenAnswer(token))
    }

    @Test("are fetched once for many sign-ins") func cached() async throws {
        let provider = try TestProvider()
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { _ = try await provider.finish() } }
            try await group.waitForAll()
        }
        _ = try await provider.finish()
        #expect(asked(provider) == 1)
    }

    @Test("that were replaced are fetched for the token that names them") func rotated() async throws {
        let provider = try TestProvider()
        _ = try await provider.finish()
        try setKeys(provider, id: "next")
        try setToken(provider, keyID: "next")
        _ = try await provider.finish()
        #expect(asked(provider) == 2)
        try setToken(provider, keyID: "signer")
        #expect(try await provider.refusal() == .key)
        #expect(asked(provider) == 2)
    }

    @Test("that nobody has cost the provider one request a minute") func flood() async throws {
        let provider = try TestProvider()
        _ = try await provider.finish()
        try setToken(provider, keyID: "forged")
        for _ in 0..<30 { #expect(try await provider.refusal() == .key) }
        #expect(asked(provider) == 2)
        provider.advance(.seconds(60))
        for _ in 0..<30 { #expect(try await provider.refusal() == .key) }
        #expect(asked(provider) == 3)
    }

    @Test("that were replaced under the same name are fetched, too") func sameName() async throws {
        let provider = try TestProvider()
        let other = """
            {"kty":"EC","crv":"P-256","kid":"signer","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",\
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
            """
        provider.transport.set(Self.address, "{\"keys\":[\(other)]}")
        #expect(try await provider.refusal() == .signature)
        try setKeys(provider)
        provider.advance(.seconds(60))
        _ = try await provider.finish()
    }

    @Test("are fetched anew behind everybody's back at four fifths of their time") func background() async throws {
        let provider = try TestProvider()
        try setKeys(provider, maxAge: 1_000)
        await provider.client.refresh()
        #expect(asked(provider) == 1)
        provider.advance(.seconds(799))
        await provider.client.refresh()
        #expect(asked(provider) == 1)
        provider.advance(.seconds(1))
        await provider.client.refresh()
        #expect(asked(provider) == 2)
    }

    @Test("that were good are used while no new ones come, and none after a day") func outage() async throws {
        let provider = try TestProvider()
        _ = try await provider.finish()
        provider.transport.fail(Self.address)
        provider.advance(.seconds(80_000))
        _ = try await provider.finish()
        #expect(asked(provider) == 2)
        #expect(provider.notices.value.contains { if case .kept(what: .keys, reason: _) = $0 { true } else { false } })
        _ = try await provider.finish()
        #expect(asked(provider) == 2, "once a minute")
        provider.advance(.seconds(6_401))
        #expect(try await provider.failure()?.isOutage == true)
    }

    @Test(
        "in a set that is none count as not fetched",
        arguments: [
            ProviderResponse.json("{}"), .json("{\"keys\":[]}"), .json("[]"),
            .json("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"),
            .json("{\"keys\":[]}", status: 404), .json("{\"keys\":[]}", status: 500), .json("", status: 302),
            ProviderResponse(status: 200, contentType: "text/plain", body: Array("{\"keys\":[]}".utf8)),
        ])
    func bad(response: ProviderResponse) async throws {
        let provider = try TestProvider()
        provider.transport.set(Self.address) { (_) throws(ProviderTransportError) in response }
        let error = try await provider.failure()
        #expect(error?.isOutage == true || error?.isMisconfigured == true)
        try setKeys(provider)
        _ = try await provider.finish()
        provider.transport.set(Self.address) { (_) throws(ProviderTransportError) in response }
        provider.advance(.seconds(4_000))
        _ = try await provider.finish()
    }

    @Test(
        "last as long as the answer says",
        arguments: [
            ("max-age=60", Duration?.some(.seconds(60))), ("Public, MAX-AGE=\"7200\" ", .seconds(7_200)),
            ("no-store", .zero), ("no-cache, max-age=60", .zero), ("max-age=x", nil), ("s-maxage=5", nil), ("", nil),
        ])
    func maxAge(control: String, expected: Duration?) {
        let response = ProviderResponse.json("{}", headers: ["cache-control": control])
        #expect(response.maxAge == expected)
    }
}

@Suite("A provider that gives no answers")
struct OutageTests {
    @Test("is an outage, and is not asked twice with one code") func once() async throws {
        let provider = try TestProvider()
        provider.transport.fail("https://id.example/token", "timed out")
        let error = try await provider.failure()
        #expect(error?.isOutage == true && error?.description.contains("timed out") == true)
        #expect(provider.transport.requests(at: "https://id.example/token").count == 1)
    }

    @Test("is left alone for 30 s after five failures, then tried once") func breaker() async throws {
        let provider = try TestProvider()
        provider.setToken("{}", status: 503)
        for _ in 0..<8 { #expect(try await provider.failure()?.isOutage == true) }
        #expect(provider.transport.requests(at: "https://id.example/token").count == 5)
        #expect(provider.notices.value.filter { if case .heldBack = $0 { true } else { false } }.count == 1)
        provider.advance(.seconds(30))
        #expect(try await provider.failure()?.isOutage == true)
        #expect(try await provider.failure()?.isOutage == true)
        #expect(provider.transport.requests(at: "https://id.example/token").count == 6)
        provider.advance(.seconds(30))
        provider.setToken(try TestProvider.tokenAnswer())
        _ = try await provider.finish()
        #expect(provider.notices.value.contains(.backAgain))
        _ = try await provider.finish()
    }

    @Test("has 9 s for all of one answer, 5 s for a call") func deadline() async throws {
        let provider = try TestProvider {
            $0.tokens = TokenRules(userinfo: .always)
        }
        let uptime = provider.uptime
        // Each call takes almost all of its time.
        for path in ["/.well-known/openid-configuration", "/token", "/keys", "/userinfo"] {
            let body =
                switch path {
                case "/token": try TestProvider.tokenAnswer()
                case "/keys": "{\"keys\":[\(String(decoding: try Vector.file("signer.json"), as: UTF8.self))]}"
                case "/userinfo": "{\"sub\":\"248289761001\"}"
                default: TestProvider.document()
                }
            provider.transport.set("https://id.example\(path)") { (request) throws(ProviderTransportError) in
                uptime.change { $0 = $0.advanced(by: min(request.timeout, .seconds(4))) }
                return .json(body)
            }
        }
        #expect(try await provider.failure()?.isOutage == true)
        let timeouts = provider.transport.requests.map(\.timeout)
        #expect(timeouts.first == .seconds(5) && timeouts.allSatisfy { $0 <= .seconds(5) })
        #expect(!provider.transport.requests.contains { $0.path.hasSuffix("/userinfo") })
    }

    @Test("says 429 when it is asked too often: an outage that does not count as one of the provider's") func tooOften()
        async throws
    {
        let provider = try TestProvider()
        provider.setToken("{}", status: 429)
        for _ in 0..<8 { #expect(try await provider.failure()?.isOutage == true) }
        #expect(provider.transport.requests(at: "https://id.example/token").count == 8)
    }

    @Test("is not blamed for want of room here: an outage for whoever waits, and nothing is held back for it")
    func fullQueue() async throws {
        let provider = try TestProvider()
        let token = "https://id.example/token"
        let full: ScriptedTransport.Answer = { (_) throws(ProviderTransportError) in
            throw ProviderTransportError(reason: "too many requests wait", wasSent: false, isOwn: true)
        }
        provider.transport.set(token, full)
        for _ in 0..<8 { #expect(try await provider.failure()?.isOutage == true) }
        #expect(provider.transport.requests(at: token).count == 8)
        #expect(!provider.notices.value.contains { if case .heldBack = $0 { true } else { false } })
        #expect(!provider.notices.value.contains { if case .called(false, _) = $0 { true } else { false } })
        // Nor is it what a breaker waits for that lets one request try.
        provider.setToken("{}", status: 503)
        for _ in 0..<5 { _ = try await provider.failure() }
        provider.advance(.seconds(30))
        provider.transport.set(token, full)
        #expect(try await provider.failure()?.isOutage == true)
        provider.setToken(try TestProvider.tokenAnswer())
        _ = try await provider.finish()
    }

    @Test("that redirects is set up wrongly: no redirect is followed") func redirect() async throws {
        let provider = try TestProvider()
        provider.setToken("", status: 307)
        #expect(try await provider.failure()?.isMisconfigured == true)
        #expect(provider.transport.requests(at: "https://id.example/token").count == 1)
    }
}
