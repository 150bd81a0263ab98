internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// Through nginx, with a password form beside the buttons, as people do it.
    @Suite("A browser at the real providers", .enabled(if: !RealProvider.Kind.available.isEmpty))
    struct ProviderJourneyTests {
        /// Nobody has somebody else's name, wherever they come from.
        private static func keys(_ kind: RealProvider.Kind) -> String {
            """
            name_template = "{preferred_username}@{provider}"
            groups = { people = "readers" }
            \(kind == .canaille ? "scopes = [\"openid\", \"profile\", \"email\", \"groups\"]" : "")
            """
        }

        @Test("signs in, proves it anew where a rule wants that, and signs out at both ends")
        func journey() async throws {
            let stage = try await ProviderStage.start(RealProvider.Kind.available, keys: Self.keys)
            defer { stage.stop() }
            try stage.browser.open(stage.address("/headers.json"))
            try await stage.browser.waitForTitle("Sign in · Gatehouse")
            try stage.browser.photograph("sign-in-with-providers")
            for provider in stage.providers {
                do {
                    try stage.browser.forgetEverything()
                    try await signIn(provider, stage)
                    try await proveAgain(provider, stage)
                    try await signOut(provider, stage)
                } catch {
                    Issue.record("\(provider.kind): \(error)\n\(stage.stack.logs)\n\(provider.log.suffix(1_000))")
                }
            }
        }

        /// By the button of a page that has the form for passwords, too.
        private func signIn(_ provider: RealProvider, _ stage: ProviderStage) async throws {
            try await stage.choose(provider)
            #expect(try await stage.comeBack(from: provider, to: "/headers.json"), "\(provider.kind)")
            let arrival = try await stage.arrival()
            #expect(arrival.all("Remote-User") == ["\(provider.person)@\(provider.kind.rawValue)"], "\(provider.kind)")
            if [.django, .canaille, .mock].contains(provider.kind) {
                #expect(arrival.all("Remote-Groups") == ["readers"], "\(provider.kind): \(arrival.headers)")
            }
        }

        /// For a page that wants a sign-in of a moment ago.
        private func proveAgain(_ provider: RealProvider, _ stage: ProviderStage) async throws {
            let (browser, recent) = (stage.browser, stage.address("/recent/headers.json"))
            let isAsked = await eventually(within: .seconds(60)) {
                try? browser.open(recent)
                return (try? browser.address) != recent
            }
            #expect(isAsked, "\(provider.kind): a sign-in of long ago is good enough for \(recent)")
            if provider.kind.tellsTime {
                #expect(try await stage.comeBack(from: provider, to: "/recent/headers.json"), "\(provider.kind)")
            } else {
                // It asks, and does not say so: nobody comes in here, and nobody is signed out.
                let asked = try await stage.comeBack(from: provider) { (try? $0.title) == "Not signed in · Gatehouse" }
                #expect(asked, "\(provider.kind)")
                #expect(try browser.text("h1") == "That does not prove enough")
                try browser.photograph("provider-unproven")
            }
            #expect(try await stage.arrival().all("Remote-User") == ["\(provider.person)@\(provider.kind.rawValue)"])
        }

        private func signOut(_ provider: RealProvider, _ stage: ProviderStage) async throws {
            // Whoever signs out here alone comes in again by the provider without a word, if it keeps people signed in.
            try await stage.signOut()
            try stage.browser.photograph("signed-out-with-provider")
            #expect(try await stage.signIn(provider) == (provider.kind == .mock), "\(provider.kind)")
            try await stage.signOut()
            try await stage.signOutThere(provider)
            #expect(try await stage.signIn(provider), "\(provider.kind) lets in who signed out there")
        }
    }
}
