internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// What the other tests of third-party sign-in rely on.
    @Suite("Real providers of the tests")
    struct RealProviderTests {
        private struct Metadata: Decodable {
            let issuer: String
            let authorization_endpoint: String
            let token_endpoint: String
            let jwks_uri: String
            let response_types_supported: [String]
        }

        /// The summary of a whole run says so, too.
        private static let missing = RealProvider.Kind.allCases.compactMap(\.obstacle).joined(separator: ", ")

        @Test("are all there", .enabled(if: missing.isEmpty, Comment(rawValue: "left out: \(missing)")))
        func areThere() { #expect(RealProvider.Kind.available.count == 5) }

        @Test("say who they are, have keys, and end when they are told", arguments: RealProvider.Kind.available)
        func discovery(kind: RealProvider.Kind) async throws {
            let provider = try await RealProvider.start(kind, redirectURI: "http://127.0.0.1/oidc/p/callback")
            defer { provider.stop() }
            let answer = try Exchange.get(
                provider.discoveryPath, host: "127.0.0.1:\(provider.port)", port: provider.port)
            let metadata = try JSONDecoder().decode(Metadata.self, from: Data(answer.body))
            #expect(answer.status == 200)
            #expect(metadata.issuer == provider.issuer)
            #expect(metadata.response_types_supported.contains("code"))
            let keys = try #require(URL(string: metadata.jwks_uri))
            #expect(keys.port.map(UInt16.init) == provider.port)
            let set = try Exchange.get(keys.path, host: "127.0.0.1:\(provider.port)", port: provider.port)
            #expect(set.status == 200 && set.text.contains("\"kty\""))
            provider.stop()
            #expect(throws: (any Error).self) { try LocalSocket(.tcp(port: provider.port)) }
        }
    }
}
