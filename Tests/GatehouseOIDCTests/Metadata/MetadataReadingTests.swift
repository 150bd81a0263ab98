import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("A provider's metadata")
struct MetadataReadingTests {
    private func reading(
        _ document: String, _ change: (inout TestProvider.Settings) -> Void = { _ in }
    ) throws -> MetadataReading {
        var settings = TestProvider.Settings()
        change(&settings)
        return MetadataReading(Array(document.utf8), of: try TestProvider.provider(settings))
    }

    @Test("is taken with all that is used of it") func good() throws {
        let reading = try reading(TestProvider.document(["something_else": "[1,{\"a\":null}]"]))
        #expect(reading.findings == [])
        let metadata = try #require(reading.metadata)
        #expect(metadata.issuer == "https://id.example")
        #expect(
            metadata.endpoints
                == .init(
                    authorization: "https://id.example/authorize", token: "https://id.example/token",
                    keySet: "https://id.example/keys", userinfo: "https://id.example/userinfo",
                    endSession: "https://id.example/end", revocation: "https://id.example/revoke"))
        #expect(metadata.tokenAuthentication == .basic && !metadata.namesIssuerInAnswer)
        #expect(reading.facts.contains(ProviderFact(.keySet, "https://id.example/keys")))
        #expect(reading.facts.contains(ProviderFact(.algorithms, "RS256, ES256")))
    }

    @Test("needs no more than four addresses and a list") func least() throws {
        let changes: [String: String?] = [
            "userinfo_endpoint": nil, "end_session_endpoint": nil, "revocation_endpoint": nil,
            "id_token_signing_alg_values_supported": nil,
        ]
        let metadata = try #require(try reading(TestProvider.document(changes)).metadata)
        #expect(metadata.endpoints.userinfo == nil && metadata.endpoints.endSession == nil)
    }

    /// One member, what it is, and what has to be said about it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let member: String
        let value: String?
        let subject: ProviderFinding.Subject
        var testDescription: String { "\(member) = \(value ?? "nothing")" }
    }

    static let wrong: [Wrong] = [
        Wrong(member: "issuer", value: nil, subject: .issuer),
        Wrong(member: "issuer", value: "1", subject: .issuer),
        Wrong(member: "issuer", value: "\"https://id.example/\"", subject: .issuer),
        Wrong(member: "issuer", value: "\"https://ID.example\"", subject: .issuer),
        Wrong(member: "issuer", value: "\"http://id.example\"", subject: .issuer),
        Wrong(member: "authorization_endpoint", value: nil, subject: .endpoint),
        Wrong(member: "authorization_endpoint", value: "null", subject: .endpoint),
        Wrong(member: "token_endpoint", value: nil, subject: .endpoint),
        Wrong(member: "token_endpoint", value: "[]", subject: .endpoint),
        Wrong(member: "jwks_uri", value: nil, subject: .endpoint),
        Wrong(member: "token_endpoint", value: "\"http://id.example/token\"", subject: .endpoint),
        Wrong(member: "token_endpoint", value: "\"http://127.0.0.1/token\"", subject: .endpoint),
        Wrong(member: "token_endpoint", value: "\"https://a@id.example/token\"", subject: .endpoint),
        Wrong(member: "jwks_uri", value: "\"https://id.example/keys#a\"", subject: .endpoint),
        Wrong(member: "jwks_uri", value: "\"https://evil.example/keys\"", subject: .host),
        Wrong(member: "jwks_uri", value: "\"https://id.example.evil.example/keys\"", subject: .host),
        Wrong(member: "jwks_uri", value: "\"https://10.0.0.1/keys\"", subject: .host),
        Wrong(member: "userinfo_endpoint", value: "\"https://evil.example/\"", subject: .host),
        Wrong(member: "end_session_endpoint", value: "\"https://evil.example/\"", subject: .host),
        Wrong(member: "revocation_endpoint", value: "\"ftp://id.example/\"", subject: .endpoint),
        Wrong(member: "response_types_supported", value: nil, subject: .responseTypes),
        Wrong(member: "response_types_supported", value: "[\"token\",\"id_token\"]", subject: .responseTypes),
        Wrong(member: "id_token_signing_alg_values_supported", value: "[\"HS256\"]", subject: .algorithms),
        Wrong(member: "id_token_signing_alg_values_supported", value: "[\"none\"]", subject: .algorithms),
        Wrong(
            member: "token_endpoint_auth_methods_supported", value: "[\"private_key_jwt\"]",
            subject: .clientAuthentication),
    ]

    @Test("is not taken with one thing wrong", arguments: wrong)
    func refused(_ wrong: Wrong) throws {
        let reading = try reading(TestProvider.document([wrong.member: wrong.value]))
        #expect(reading.metadata == nil)
        #expect(reading.findings.map(\.subject) == [wrong.subject])
        #expect(reading.findings.allSatisfy { $0.preventsSignIn && !$0.remedy.isEmpty })
    }

    @Test(
        "is not taken if it cannot be read in one way",
        arguments: [
            "", "[]", "\"text\"", "{\"issuer\":\"a\",\"issuer\":\"b\"}", "{} {}", "<html>",
            String(repeating: "[", count: 17) + String(repeating: "]", count: 17),
        ])
    func unreadable(document: String) throws {
        let reading = try reading(document)
        #expect(reading.metadata == nil && reading.findings.map(\.subject) == [.document])
    }

    @Test("of another issuer names both and the line to change") func issuers() throws {
        let finding = try #require(
            try reading(TestProvider.document(["issuer": "\"https://id.example/\""])).findings.first)
        #expect(
            finding.problem.contains("\"https://id.example/\"") && finding.problem.contains("\"https://id.example\""))
        #expect(finding.remedy.contains("issuer = \"https://id.example/\" in [[provider]] \"corp\""))
    }

    @Test("may name hosts that are listed, whatever their letters' case") func hosts() throws {
        let document = TestProvider.document(["jwks_uri": "\"https://keys.Example.net/a\""])
        #expect(try reading(document) { $0.hosts = ["KEYS.example.net"] }.metadata != nil)
    }

    @Test("brings the hosts of its kind along") func kinds() throws {
        let changes: [String: String?] = [
            "issuer": "\"https://accounts.google.com\"",
            "authorization_endpoint": "\"https://accounts.google.com/o/oauth2/v2/auth\"",
            "token_endpoint": "\"https://oauth2.googleapis.com/token\"",
            "jwks_uri": "\"https://www.googleapis.com/oauth2/v3/certs\"",
            "userinfo_endpoint": "\"https://openidconnect.googleapis.com/v1/userinfo\"",
            "revocation_endpoint": "\"https://oauth2.googleapis.com/revoke\"", "end_session_endpoint": nil,
        ]
        let reading = try reading(TestProvider.document(changes)) {
            $0.kind = .google
            $0.issuer = "https://accounts.google.com"
        }
        #expect(reading.findings == [] && reading.metadata != nil)
    }

    @Test("may be in the clear on this machine alone") func loopback() throws {
        let base = "http://127.0.0.1:9000"
        let endpoints = ["authorization_endpoint", "token_endpoint", "jwks_uri"]
        var changes: [String: String?] = [
            "issuer": "\"\(base)\"", "userinfo_endpoint": nil, "end_session_endpoint": nil, "revocation_endpoint": nil,
        ]
        for name in endpoints { changes[name] = "\"\(base)/\(name)\"" }
        #expect(try reading(TestProvider.document(changes)) { $0.issuer = base }.metadata != nil)
        changes["token_endpoint"] = "\"http://10.0.0.1/token\""
        #expect(
            try reading(TestProvider.document(changes)) {
                $0.issuer = base
                $0.hosts = ["10.0.0.1"]
            }.metadata == nil)
    }

    @Test("of Microsoft's shared issuer is a template") func template() throws {
        var changes: [String: String?] = ["issuer": "\"https://login.microsoftonline.com/{tenantid}/v2.0\""]
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            changes[name] = "\"https://login.microsoftonline.com/common/\(name)\""
        }
        for name in ["end_session_endpoint", "revocation_endpoint"] { changes[name] = .some(nil) }
        let document = TestProvider.document(changes)
        let reading = try reading(document) {
            $0.kind = .microsoft
            $0.issuer = "https://login.microsoftonline.com/common/v2.0"
        }
        #expect(reading.findings == [])
        #expect(reading.metadata?.issuer == "https://login.microsoftonline.com/{tenantid}/v2.0")
        #expect(try self.reading(document).metadata == nil)
    }

    @Test(
        "says where the secret goes",
        arguments: [
            ("[\"client_secret_basic\",\"client_secret_post\"]", ProviderMetadata.TokenAuthentication.basic),
            ("[\"client_secret_post\"]", .post), ("[]", .basic), ("\"client_secret_post\"", .basic),
        ])
    func authentication(methods: String, way: ProviderMetadata.TokenAuthentication) throws {
        let reading = try reading(TestProvider.document(["token_endpoint_auth_methods_supported": methods]))
        #expect(reading.metadata?.tokenAuthentication == way)
    }

    @Test("that signs with a secret alone is told what to choose in authentik") func signingKey() throws {
        let document = TestProvider.document(["id_token_signing_alg_values_supported": "[\"HS256\"]"])
        let finding = try reading(document) { $0.kind = .authentik }.findings.first
        #expect(finding?.remedy.contains("signing key") == true)
    }

    @Test("is taken with what is only worth knowing") func warnings() throws {
        let document = TestProvider.document([
            "scopes_supported": "[\"openid\"]", "code_challenge_methods_supported": "[\"plain\"]",
        ])
        let reading = try reading(document)
        #expect(reading.metadata != nil && reading.findings.map(\.subject) == [.scopes, .pkce])
        #expect(reading.findings.allSatisfy { !$0.preventsSignIn })
    }

    @Test(
        "lies where the issuer says, with a slash and without",
        arguments: [
            ("https://id.example", "https://id.example/.well-known/openid-configuration"),
            ("https://id.example/", "https://id.example/.well-known/openid-configuration"),
            ("https://id.example/a//", "https://id.example/a//.well-known/openid-configuration"),
            ("https://id.example/o/corp", "https://id.example/o/corp/.well-known/openid-configuration"),
        ])
    func address(issuer: String, address: String) { #expect(ProviderMetadata.address(of: issuer) == address) }
}
