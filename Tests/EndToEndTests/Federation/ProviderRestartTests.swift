internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    /// What becomes of people who are signed in, and of those who are away at their provider.
    @Suite("A provider whose daemon starts anew")
    struct ProviderRestartTests {
        private static func settings(_ provider: HostileProvider, secret: String, logo: String) -> Stack.Settings {
            var settings = Stack.Settings()
            settings.tables = """
                [identity]
                refresh = "1s"
                [[provider]]
                type = "oidc"
                name = "house"
                issuer = "\(provider.issuer)"
                client_id = "\(HostileProvider.clientID)"
                client_secret = "file:\(secret)"
                allow = "everyone"
                logo = "\(logo)"
                """
            return settings
        }

        private static let svg =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><path d=\"M0 0h1v1z\"/></svg>"

        /// What the sign-in page shows on the button, as whoever asks for it gets it.
        private static func logo(_ stack: Stack) throws -> Answer {
            let page = try stack.page("/_gatehouse/login").text
            let start = try #require(page.range(of: "<img src=\"/_gatehouse/static/", options: .backwards))
            let path = page[start.upperBound...].prefix { $0 != "\"" }
            return try stack.page("/_gatehouse/static/\(path)")
        }

        private static func status(_ stack: Stack, _ journey: ProviderJourney) throws -> Int {
            let session = try #require(journey.cookies["gatehouse-local"])
            return try stack.page("/headers.json", cookie: "gatehouse-local=\(session)").status
        }

        @Test("goes on with sessions and with sign-ins that had begun, and takes keys, names and pictures anew")
        func restart() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let folder = try TemporaryFolder()
            let secret = try folder.write(HostileProvider.clientSecret + "\n", to: "secret")
            let logo = try folder.write(Self.svg, to: "logo.svg")
            let stack = try await Stack.start(
                settings: Self.settings(provider, secret: secret, logo: logo), people: [.carol])
            defer { stack.stop() }
            var instance = Instance.first(of: stack)
            defer { instance.stop() }
            var first = ProviderJourney(stack, at: "house")
            #expect(try first.signIn(at: provider).status == 303)
            #expect(try Self.logo(stack).text == Self.svg)

            // A signal for the log's files is nothing to a sign-in, nor to the rest of the configuration.
            var second = ProviderJourney(stack, at: "house")
            let away = try second.start()
            let back = try second.visit(provider, from: away)
            let other = Self.svg.replacing("h1v1z", with: "h1v1h0z")
            try folder.write(other, to: "logo.svg")
            stack.gatehouse.signal(SIGHUP)
            let log = stack.folder.file("gatehouse.log")
            let isSaid = await eventually {
                (try? String(contentsOfFile: log, encoding: .utf8))?.contains("SIGHUP") == true
            }
            #expect(isSaid)
            #expect(try Self.logo(stack).text == Self.svg)
            #expect(try Self.status(stack, first) == 200)

            #expect(instance.end() == 0)
            try provider.rotateKeys()
            try await instance.start(try Repository.gatehouse())
            #expect(try Self.status(stack, first) == 200)
            // The code was given before the keys were changed; the token that it is worth is signed by the new ones.
            #expect(try second.page(back, headers: [("Sec-Fetch-Site", "cross-site")]).status == 303)
            #expect(try Self.status(stack, second) == 200)
            #expect(try Self.logo(stack).text == other)

            // Whoever is away at a provider that is gone meanwhile starts again, and nobody lives there any more.
            var third = ProviderJourney(stack, at: "house")
            let gone = try third.start()
            let late = try third.visit(provider, from: gone)
            #expect(instance.end() == 0)
            let text = try String(contentsOfFile: stack.config, encoding: .utf8)
            try stack.folder.write(text.replacing("name = \"house\"", with: "name = \"cabin\""), to: "gatehouse.toml")
            try await instance.start(try Repository.gatehouse())
            #expect(try third.page(late, headers: [("Sec-Fetch-Site", "cross-site")]).status == 404)
            #expect(third.cookies["gatehouse-local"] == nil)
            let longest = first
            let hasEnded = await eventually(within: .seconds(30)) { (try? Self.status(stack, longest)) != 200 }
            #expect(hasEnded)
            #expect(try stack.page("/_gatehouse/login").text.contains("/_gatehouse/oidc/cabin"))
        }
    }
}
