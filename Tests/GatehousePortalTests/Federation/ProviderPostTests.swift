import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("An answer of a provider that comes as a form")
struct ProviderPostTests {
    private static let foreign = [("Origin", "https://idp.example"), ("Sec-Fetch-Site", "cross-site")]

    @Test("goes on as a query, by which the cookies come; nothing else of it does")
    func passesOn() async throws {
        let federated = try FederatedPortal(.path)
        let away = try await federated.start()
        let code = federated.gate.code(for: away.state).string
        let answer = try await federated.portal.post(
            "/oidc/example/callback",
            [
                ("code", code), ("state", away.state.text), ("id_token", "secret"), ("session_state", "x"),
                ("user", "{}"),
            ],
            headers: Self.foreign)
        #expect(answer.status == 303)
        #expect(
            answer.location == "/_gatehouse/oidc/example/callback?code=\(code)&state=\(away.state.text)")
        #expect(answer.header("Referrer-Policy") == "no-referrer" && answer.lines("Set-Cookie").isEmpty)
        #expect(federated.gate.questions.isEmpty)
        #expect(federated.portal.events[.formRefused] == 0)
        let query = try #require(answer.location?.split(separator: "?").last)
        #expect(try await federated.back(String(query), cookies: [away.cookie]).status == 303)
        #expect(federated.gate.questions.first?.answer.user == nil)
    }

    @Test("keeps what Apple tells of the name, once, and for Apple alone")
    func user() async throws {
        let federated = try FederatedPortal(providers: [.fake("apple", "Apple", kind: .apple)])
        let away = try await federated.start("/oidc/apple")
        let told = #"{"name":{"firstName":"Alice","lastName":"Example"}}"#
        let fields = [("code", federated.gate.code(for: away.state).string), ("state", away.state.text)]
        let answer = try await federated.portal.post(
            "/oidc/apple/callback", fields + [("user", told)], headers: Self.foreign)
        _ = try await federated.portal.post(
            "/oidc/apple/callback", fields + [("user", "another")], headers: Self.foreign)
        let query = try #require(answer.location?.split(separator: "?").last)
        #expect(!query.contains("user"))
        #expect(try await federated.back(String(query), cookies: [away.cookie], to: "apple").status == 303)
        #expect(federated.gate.questions.first?.answer.user?.string == told)
        #expect(federated.gate.questions.first?.answer.code != nil)
    }

    @Test("may be long, but not longer than an address, and has to be a form")
    func limits() async throws {
        let federated = try FederatedPortal()
        let long = try await federated.portal.post(
            "/oidc/example/callback", [("code", String(repeating: "a", count: 9_000))], headers: Self.foreign)
        #expect(long.status == 400)
        let huge = try await federated.portal.post(
            "/oidc/example/callback", [("code", String(repeating: "a", count: 17_000))], headers: Self.foreign)
        #expect(huge.status == 413)
        let twice = try await federated.portal.post(
            "/oidc/example/callback", [("code", "a"), ("code", "b")], headers: Self.foreign)
        #expect(twice.status == 400)
        let json = try await federated.portal.send(
            .post, path: "/oidc/example/callback", [("Content-Type", "application/json")], body: "{}")
        #expect(json.status == 415)
        let odd = try await federated.portal.post(
            "/oidc/example/callback", [("state", "a&b=c\r\nX: y"), ("error", "ä")], headers: Self.foreign)
        #expect(odd.location == "/oidc/example/callback?state=a%26b%3Dc%0D%0AX%3A%20y&error=%C3%A4")
    }
}
