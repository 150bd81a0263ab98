import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("Asking again by userinfo alone")
struct UserinfoRecheckTests {
    private static let subject = ExternalSubject(issuer: "https://id.example", subject: "248289761001")
    private static let userinfo = "https://id.example/userinfo"

    /// What was kept of a sign-in whose ID token said all this.
    private func tokens(_ claims: [String: String]) throws -> ProviderTokens {
        var token = TestToken.good
        for (name, value) in claims { token.claims[name] = value }
        return ProviderTokens(
            access: "old-access", refresh: nil, id: UTF8Text(validating: try token.octets), accessExpiresAt: nil)
    }

    private func recheck(_ provider: TestProvider, _ tokens: ProviderTokens) async throws -> ProviderSignIn {
        try await provider.client.recheck(tokens, of: Self.subject, now: TestToken.now)
    }

    private func provider(_ admission: Admission = Admission(isForEveryone: true)) throws -> TestProvider {
        try TestProvider {
            $0.tokens = TokenRules(userinfo: .auto)
            $0.admission = admission
        }
    }

    @Test("keeps what only the ID token said, and takes what userinfo says by now")
    func joined() async throws {
        let provider = try provider(Admission(groups: ["staff"]))
        let tokens = try tokens([
            "groups": "[\"staff\"]", "preferred_username": "\"hanna\"", "name": "\"Hanna\"",
        ])
        provider.transport.set(Self.userinfo, "{\"sub\":\"248289761001\",\"name\":\"Hanna B.\"}")
        let known = try await recheck(provider, tokens)
        #expect(known.person.groups == ["staff"] && known.person.name == "hanna" && known.admission == .admitted)
        #expect(known.person.displayName == "Hanna B." && known.person.hasGroupsClaim)
        // Who is in no group any more, and is said so, is in none.
        provider.transport.set(Self.userinfo, "{\"sub\":\"248289761001\",\"groups\":[]}")
        let left = try await recheck(provider, tokens)
        #expect(left.person.groups.isEmpty && left.admission != .admitted)
    }

    @Test("vouches for no address with what was said of another one")
    func address() async throws {
        let provider = try provider()
        let tokens = try tokens(["email": "\"h@example.com\"", "email_verified": "true"])
        for (answer, isVerified) in [
            ("\"email\":\"h@example.com\"", true), ("\"email\":\"boss@example.com\"", false),
            ("\"email\":\"boss@example.com\",\"email_verified\":true", true), ("\"x\":1", true),
        ] {
            provider.transport.set(Self.userinfo, "{\"sub\":\"248289761001\",\(answer)}")
            #expect(try await recheck(provider, tokens).person.isEmailVerified == isVerified, "\(answer)")
        }
    }

    @Test("believes no token of somebody else, and none that cannot be read")
    func others() async throws {
        let provider = try provider()
        provider.transport.set(Self.userinfo, "{\"sub\":\"248289761001\"}")
        for id in [try tokens(["sub": "\"another\"", "groups": "[\"staff\"]"]).id, "a.b.c", "", nil] {
            let tokens = ProviderTokens(access: "old-access", refresh: nil, id: id, accessExpiresAt: nil)
            #expect(try await recheck(provider, tokens).person.groups.isEmpty)
        }
    }
}
