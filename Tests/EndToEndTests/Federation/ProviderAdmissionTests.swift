internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Who comes from a provider and may not come in", .enabled(if: RealProvider.Kind.mock.obstacle == nil))
    struct ProviderAdmissionTests {
        @Test("reads whose account that is, and comes in with another one")
        func refused() async throws {
            let stage = try await ProviderStage.start([.mock]) { _ in
                """
                allow = { groups = ["people"] }
                name_template = "{preferred_username}@{provider}"
                """
            }
            defer { stage.stop() }
            let (provider, browser) = (try stage.provider(.mock), stage.browser)
            try await stage.choose(provider)
            try await stage.comeBack(from: provider, as: "mallory@example.com") {
                (try? $0.title) == "No access · Gatehouse"
            }
            #expect(try browser.text("main").contains("mallory@example.com"))
            try browser.photograph("provider-not-admitted")
            // Nobody is signed in, and nobody goes in circles.
            try browser.open(stage.address("/headers.json"))
            try await browser.waitForTitle("Sign in · Gatehouse")
            try await stage.choose(provider)
            try await stage.comeBack(from: provider, as: "mallory@example.com") {
                (try? $0.title) == "No access · Gatehouse"
            }
            try browser.click("a.button:not(.plain)")
            try await stage.comeBack(from: provider, to: "/headers.json")
            #expect(try await stage.arrival().all("Remote-User") == ["alice@mock"])
        }
    }
}
