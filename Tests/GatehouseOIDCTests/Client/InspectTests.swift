import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("A look at a provider")
struct InspectTests {
    private func report(_ provider: TestProvider) async -> ProviderReport {
        await provider.client.inspect(redirectURI: TestProvider.redirect)
    }

    private func good(_ change: (inout TestProvider.Settings) -> Void = { _ in }) throws -> TestProvider {
        let provider = try TestProvider(change)
        provider.setToken("{\"error\":\"invalid_grant\"}", status: 400)
        return provider
    }

    @Test("finds nothing where nothing is wrong, and says what there is") func nothing() async throws {
        let provider = try good()
        let report = await report(provider)
        #expect(report.findings == [] && report.isGood)
        #expect(report.facts.contains(ProviderFact(.keys, "1")))
        #expect(report.facts.contains(ProviderFact(.tokenEndpoint, "https://id.example/token")))
        let call = try #require(provider.transport.requests(at: "https://id.example/token").first)
        #expect(call.form["grant_type"] == "authorization_code" && call.form["redirect_uri"] == TestProvider.redirect)
        _ = await provider.client.inspect()
        #expect(provider.transport.requests(at: "https://id.example/token").count == 1, "only with an address")
    }

    /// A set-up in which one thing is wrong.
    struct Broken: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let subject: ProviderFinding.Subject
        /// What the finding has to name.
        let words: [String]
        let change: @Sendable (TestProvider) throws -> Void

        init(
            _ description: String, _ subject: ProviderFinding.Subject, _ words: [String],
            _ change: @escaping @Sendable (TestProvider) throws -> Void
        ) {
            testDescription = description
            self.subject = subject
            self.words = words
            self.change = change
        }
    }

    private static let document = "https://id.example/.well-known/openid-configuration"

    static let broken: [Broken] = [
        Broken("nobody is there", .network, ["refused", "runs"]) {
            $0.transport.fail(document, "Connection refused")
        },
        Broken("an authority that is not trusted", .network, ["ca_file"]) {
            $0.transport.fail(document, "SSL certificate problem: unable to get local issuer certificate")
        },
        Broken("another page at that address", .document, ["application/json"]) {
            $0.transport.set(document) { (_) throws(ProviderTransportError) in
                ProviderResponse(status: 200, contentType: "text/html", body: Array("<html>".utf8))
            }
        },
        Broken("nothing at that address", .document, ["404", "issuer"]) {
            $0.transport.set(document, "{}", status: 404)
        },
        Broken("a redirect", .document, ["redirect"]) { $0.transport.set(document, "{}", status: 301) },
        Broken("a slash too many in the issuer", .issuer, ["\"https://id.example/\"", "issuer = "]) {
            $0.setDocument(["issuer": "\"https://id.example/\""])
        },
        Broken("addresses of another host", .host, ["keys.example.net", "hosts"]) {
            $0.setDocument(["jwks_uri": "\"https://keys.example.net/\""])
        },
        Broken("addresses in the clear", .endpoint, ["http://id.example/token", "X-Forwarded-Proto"]) {
            $0.setDocument(["token_endpoint": "\"http://id.example/token\""])
        },
        Broken("no signing key", .algorithms, ["HS256"]) {
            $0.setDocument(["id_token_signing_alg_values_supported": "[\"HS256\"]"])
        },
        Broken("no keys", .keys, ["https://id.example/keys"]) {
            $0.transport.set("https://id.example/keys", "{\"keys\":[]}")
        },
        Broken("the wrong secret", .clientAuthentication, ["client_secret", "[[provider]] \"corp\""]) {
            $0.setToken("{\"error\":\"invalid_client\"}", status: 401)
        },
        Broken("a client that may not", .clientAuthentication, ["authorization code flow"]) {
            $0.setToken("{\"error\":\"unauthorized_client\"}", status: 400)
        },
        Broken("tokens for nothing", .clientAuthentication, ["made up"]) {
            $0.setToken(try TestProvider.tokenAnswer())
        },
    ]

    @Test("names what is wrong and what to change", arguments: broken)
    func named(_ broken: Broken) async throws {
        let provider = try good()
        try broken.change(provider)
        let report = await report(provider)
        #expect(!report.isGood)
        let finding = try #require(report.findings.first { $0.preventsSignIn })
        #expect(finding.subject == broken.subject)
        for word in broken.words {
            #expect(finding.description.contains(word), "\(finding)")
        }
    }

    @Test("says that scopes are not listed, and that sign-ins should work") func warning() async throws {
        let provider = try good { $0.scopes = ["openid", "groups"] }
        provider.setDocument(["scopes_supported": "[\"openid\",\"profile\"]"])
        let report = await report(provider)
        #expect(report.isGood && report.findings.map(\.subject) == [.scopes])
        #expect(report.findings.first?.problem.contains("groups") == true)
    }

    @Test("looks at keys that fit no algorithm") func algorithms() async throws {
        let provider = try good { $0.tokens = TokenRules(algorithms: [.rs256]) }
        #expect(await report(provider).findings.map(\.subject) == [.keys])
    }

    @Test("judges given addresses without asking for a document") func plain() async throws {
        let provider = try good {
            $0.kind = .oauth2
            $0.endpoints = ProviderEndpoints(
                authorization: "https://id.example/authorize", token: "https://evil.example/token", userinfo: nil)
        }
        let report = await report(provider)
        #expect(report.findings.map(\.subject).contains(.host) && report.findings.map(\.subject).contains(.endpoint))
        #expect(provider.transport.requests(at: Self.document).isEmpty)
    }
}
