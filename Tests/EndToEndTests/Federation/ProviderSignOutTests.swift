internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("A provider that tells of a sign-out", .enabled(if: RealProvider.Kind.glewlwyd.obstacle == nil))
    struct ProviderSignOutTests {
        @Test("ends every session that began with the one there, whichever browser shows it")
        func backchannel() async throws {
            let stage = try await ProviderStage.start([.glewlwyd]) { _ in
                """
                allow = "everyone"
                name_template = "{preferred_username}@{provider}"
                logout_token_types = ["JWT"]
                """
            }
            defer { stage.stop() }
            let (provider, browser) = (try stage.provider(.glewlwyd), stage.browser)
            try await stage.signIn(provider)
            let first = try browser.cookie("gatehouse-local")
            // Another session here, and the same one there.
            try browser.forget()
            #expect(try await !stage.signIn(provider))
            #expect(try browser.cookie("gatehouse-local") != first)
            try await stage.signOut()
            #expect(try stage.stack.arrival("/headers.json", cookie: first).all("Remote-User") == ["alice@glewlwyd"])
            try await stage.signOutThere(provider)
            let isOver = await eventually(within: .seconds(30)) {
                (try? stage.stack.page("/headers.json", cookie: first).status) == 303
            }
            #expect(isOver, "\(stage.stack.logs)")
        }
    }
}
