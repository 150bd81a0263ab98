import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseOIDC

@Suite("Keys that are sought for many at once")
struct SharedKeyTests {
    private static let address = "https://id.example/keys"

    private func setKeys(_ provider: TestProvider, id: String) throws {
        let key = String(decoding: try Vector.file("signer.json"), as: UTF8.self)
            .split(separator: "\"signer\"", omittingEmptySubsequences: false).joined(separator: "\"\(id)\"")
        provider.transport.set(Self.address, "{\"keys\":[\(key)]}")
    }

    private func setToken(_ provider: TestProvider, keyID: String) throws {
        var token = TestToken.good
        token.header["kid"] = "\"\(keyID)\""
        provider.setToken(try TestProvider.tokenAnswer(token))
    }

    private func forge(_ provider: TestProvider) async throws -> ProviderError? {
        var forged = TestToken.goodLogout
        forged.header["kid"] = "\"forged\""
        let octets = try forged.octets
        return await #expect(throws: ProviderError.self) {
            try await provider.client.judge(logoutToken: octets, now: TestToken.now)
        }
    }

    @Test("keys that a stranger's message invents cost one request a minute, and not the one that a sign-in may need")
    func strangers() async throws {
        let provider = try TestProvider()
        _ = try await provider.finish()
        for _ in 0..<20 { _ = try await forge(provider) }
        #expect(provider.transport.requests(at: Self.address).count == 2)
        // The provider has other keys from now on.
        try setKeys(provider, id: "next")
        try setToken(provider, keyID: "next")
        _ = try await provider.finish()
        #expect(provider.transport.requests(at: Self.address).count == 3)
        provider.advance(.seconds(60))
        for _ in 0..<20 { _ = try await forge(provider) }
        #expect(provider.transport.requests(at: Self.address).count == 4)
    }

    @Test("messages cost one request a minute where the provider gives no keys at all, and hold up no sign-in")
    func withoutKeys() async throws {
        let provider = try TestProvider()
        provider.transport.set(Self.address, "no keys")
        for _ in 0..<20 { _ = try await forge(provider) }
        #expect(provider.transport.requests(at: Self.address).count == 1)
        try setKeys(provider, id: "signer")
        _ = try await provider.finish()
        #expect(provider.transport.requests(at: Self.address).count == 2)
        // And a message is understood at once when there are some again.
        let octets = try TestToken.goodLogout.octets
        #expect(try await provider.client.judge(logoutToken: octets, now: TestToken.now).id == "an-id")
        let silent = try TestProvider()
        silent.transport.set(Self.address, "no keys")
        _ = try await forge(silent)
        silent.advance(.seconds(60))
        _ = try await forge(silent)
        #expect(silent.transport.requests(at: Self.address).count == 2)
    }

    @Test("a message by a new key is understood, whatever sign-ins asked for before")
    func messages() async throws {
        let provider = try TestProvider()
        try setToken(provider, keyID: "forged")
        #expect(try await provider.refusal() == .key)
        try setKeys(provider, id: "next")
        var token = TestToken.goodLogout
        token.header["kid"] = "\"next\""
        let octets = try token.octets
        #expect(try await provider.client.judge(logoutToken: octets, now: TestToken.now).id == "an-id")
    }

    @Test("new keys are fetched once for all who wait for them, and all of them come in")
    func together() async throws {
        let provider = try TestProvider()
        _ = try await provider.finish()
        let key = String(decoding: try Vector.file("signer.json"), as: UTF8.self)
            .split(separator: "\"signer\"", omittingEmptySubsequences: false).joined(separator: "\"next\"")
        let transport = provider.transport
        // They come when the last one asks.
        transport.set(Self.address) { (_) throws(ProviderTransportError) in
            _ = await eventually { transport.requests(at: "https://id.example/token").count == 21 }
            return .json("{\"keys\":[\(key)]}")
        }
        try setToken(provider, keyID: "next")
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { _ = try await provider.finish() } }
            try await group.waitForAll()
        }
        #expect(transport.requests(at: Self.address).count == 2)
    }
}
