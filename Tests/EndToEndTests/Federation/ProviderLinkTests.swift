internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite(
        "Accounts that are linked to one at a provider",
        .enabled(if: [RealProvider.Kind.django, .canaille].allSatisfy { $0.obstacle == nil }))
    struct ProviderLinkTests {
        /// At one of them everybody gets an account of their own, at the other only who linked theirs comes in.
        private static func keys(_ kind: RealProvider.Kind) -> String {
            kind == .canaille
                ? "accounts = \"link\""
                : """
                accounts = "create"
                name_template = "{preferred_username}@{provider}"
                """
        }

        @Test("are linked by who signed in with the password, let them in by the provider, and are unlinked again")
        func link() async throws {
            let stage = try await ProviderStage.start([.canaille], keys: Self.keys)
            defer { stage.stop() }
            let (provider, browser) = (try stage.provider(.canaille), stage.browser)
            try await stage.choose(provider)
            try await stage.comeBack(from: provider) { (try? $0.title) == "Not signed in · Gatehouse" }
            #expect(try browser.text("h1") == "Nobody here is linked to that account")
            try browser.photograph("provider-not-linked")

            try browser.forget()
            try await stage.signIn(.alice)
            try browser.open(stage.address("/_gatehouse/account"))
            try await browser.waitForTitle("Your account · Gatehouse")
            try browser.photograph("account-to-link")
            try browser.click("a[href*=\"/oidc/canaille?link=\"]")
            try await stage.comeBack(from: provider) { $0.exists("[role=status]") }
            #expect(try browser.text("[role=status]").contains("That account is linked"))
            #expect(try browser.text("#ways + .sessions").contains("alice@example.com"))
            try browser.photograph("account-linked")

            try await stage.signOut()
            try await stage.signIn(provider)
            let arrival = try await stage.arrival()
            #expect(arrival.all("Remote-User") == ["alice"] && arrival.all("Remote-Groups") == ["editors"])
            // The session that unlinks is one of those that end.
            try browser.open(stage.address("/_gatehouse/account"))
            try browser.click("form[action$=\"/account/identities\"] button")
            try await browser.waitForTitle("Not linked any more · Gatehouse")
            try browser.photograph("account-unlinked")
            try await stage.choose(provider)
            try await stage.comeBack(from: provider) { (try? $0.title) == "Not signed in · Gatehouse" }
            #expect(try browser.text("h1") == "Nobody here is linked to that account")
        }

        @Test("are made at the first sign-in, and keep the last way in")
        func lastWayIn() async throws {
            let stage = try await ProviderStage.start([.django], keys: Self.keys)
            defer { stage.stop() }
            let (provider, browser) = (try stage.provider(.django), stage.browser)
            try await stage.signIn(provider)
            #expect(try await stage.arrival().all("Remote-User") == ["alice@django"])
            try browser.open(stage.address("/_gatehouse/account"))
            try await browser.waitForTitle("Your account · Gatehouse")
            #expect(try browser.text("main").contains("None: you sign in with an account elsewhere"))
            try browser.photograph("account-of-a-provider")
            try browser.click("form[action$=\"/account/identities\"] button")
            try await browser.waitForTitle("Error: Still linked · Gatehouse")
            #expect(try browser.text("h1") == "This is the only way in")
            try browser.photograph("account-last-way-in")
            #expect(try await stage.arrival().all("Remote-User") == ["alice@django"])
        }
    }
}
