import GatehouseCore
import GatehouseOIDC
import GatehouseTestSupport
import Testing

/// A provider of a test behind a network of a test, and the client for it; everything it says is right until told otherwise.
struct TestProvider {
    static let issuer = "https://id.example"
    static let redirect = "https://auth.example/oidc/corp/callback"

    let transport = ScriptedTransport()
    let uptime = Mutexed(ContinuousClock.now)
    let notices = Mutexed<[ProviderNotice]>([])
    let client: ProviderClient

    /// What differs from an ordinary provider.
    struct Settings: Sendable {
        var kind = ProviderKind.oidc
        var issuer = TestProvider.issuer
        var authentication = ClientAuthentication.secret(SecretOctets(Array("s e:cret+".utf8)))
        var scopes = ["openid", "profile"]
        var hosts: Set<String> = []
        var endpoints: ProviderEndpoints?
        var tokens = TokenRules(userinfo: .never)
        var claims = ClaimMapping()
        var admission = Admission(isForEveryone: true)
        var groups = GroupMapping(keepsOthers: false)
        var session = ProviderSessionRules()
    }

    init(_ change: (inout Settings) -> Void = { _ in }) throws {
        var settings = Settings()
        change(&settings)
        client = try Self.client(settings, transport, uptime, notices)
        transport.set("\(Self.issuer)/.well-known/openid-configuration", Self.document())
        let keys = String(decoding: try Vector.file("signer.json"), as: UTF8.self)
        transport.set("\(Self.issuer)/keys", "{\"keys\":[\(keys)]}")
        setToken(try Self.tokenAnswer())
    }

    private static func client(
        _ settings: Settings, _ transport: ScriptedTransport, _ uptime: Mutexed<ContinuousClock.Instant>,
        _ notices: Mutexed<[ProviderNotice]>
    ) throws -> ProviderClient {
        ProviderClient(
            try provider(settings), over: transport, clock: { TestToken.now }, uptime: { uptime.value },
            report: { notice in notices.change { $0.append(notice) } })
    }

    static func provider(_ settings: Settings) throws -> Provider {
        Provider(
            name: try #require(ProviderName("corp")), title: "Corp", kind: settings.kind, issuer: settings.issuer,
            client: ProviderClientIdentity(
                id: "gatehouse", authentication: settings.authentication, scopes: settings.scopes),
            network: ProviderNetwork(hosts: settings.hosts, endpoints: settings.endpoints), tokens: settings.tokens,
            claims: settings.claims, admission: settings.admission,
            accounts: AccountRules(groups: settings.groups), session: settings.session)
    }

    /// Metadata with some members changed; `nil` takes one out.
    static func document(_ changes: [String: String?] = [:]) -> String {
        var members: [String: String] = [
            "issuer": "\"https://id.example\"", "authorization_endpoint": "\"https://id.example/authorize\"",
            "token_endpoint": "\"https://id.example/token\"", "jwks_uri": "\"https://id.example/keys\"",
            "userinfo_endpoint": "\"https://id.example/userinfo\"",
            "end_session_endpoint": "\"https://id.example/end\"",
            "revocation_endpoint": "\"https://id.example/revoke\"",
            "response_types_supported": "[\"code\"]",
            "id_token_signing_alg_values_supported": "[\"RS256\",\"ES256\"]",
        ]
        for (name, value) in changes { members[name] = value }
        return "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }

    /// The answer of the token endpoint, with an ID token and other members.
    static func tokenAnswer(_ token: TestToken? = .good, more: String = "") throws -> String {
        var id = ""
        if let token { id = ",\"id_token\":\"\(String(decoding: try token.octets, as: UTF8.self))\"" }
        return "{\"access_token\":\"an-access-token\",\"token_type\":\"bearer\",\"expires_in\":3600\(id)\(more)}"
    }

    func setDocument(_ changes: [String: String?]) {
        transport.set("\(Self.issuer)/.well-known/openid-configuration", Self.document(changes))
    }

    func setToken(_ answer: String, status: Int = 200) {
        transport.set("\(Self.issuer)/token", answer, status: status)
    }

    func advance(_ duration: Duration) { uptime.change { $0 = $0.advanced(by: duration) } }

    /// What a sign-in was begun with that `TestToken.good` answers to.
    static func started(issuer: String = TestProvider.issuer, maxAge: Duration? = nil) throws -> StartedSignIn {
        StartedSignIn(
            issuer: UTF8Text(issuer), redirectURI: UTF8Text(redirect), nonce: try #require(TestToken.nonce),
            verifier: try #require(SecretToken(octets: [UInt8](repeating: 9, count: 32))), maxAge: maxAge,
            startedAt: TestToken.now.advanced(by: .seconds(-20)))
    }

    func finish(_ answer: AuthorizationAnswer = AuthorizationAnswer(code: "a-code")) async throws -> ProviderSignIn {
        try await client.finish(
            answer, of: try Self.started(issuer: client.provider.issuer), now: TestToken.now)
    }

    /// The error of a sign-in that has to come to nothing.
    func failure(_ answer: AuthorizationAnswer = AuthorizationAnswer(code: "a-code")) async throws -> ProviderError? {
        let error = await #expect(throws: ProviderError.self) { try await finish(answer) }
        return error
    }

    /// The reason code of a sign-in that has to be refused.
    func refusal(
        _ answer: AuthorizationAnswer = AuthorizationAnswer(code: "a-code")
    ) async throws -> ProviderRefusal.Code? {
        guard case .refused(let refusal)? = try await failure(answer) else { return nil }
        return refusal.code
    }
}

extension ProviderError {
    var isOutage: Bool { if case .outage = self { true } else { false } }
    var isMisconfigured: Bool { if case .misconfigured = self { true } else { false } }
}
