internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("The way back to a page, behind each proxy")
    struct WayBackTests {
        /// A site on which no rule looks at paths, so that every path may be opened.
        private static let open = Stack.Settings(
            rules: """
                  [[application.rule]]
                  allow = ["signed-in"]
                """)

        /// Addresses that nobody may make another one of; Traefik and Envoy clean some of them before anybody sees them.
        private static let places: [(path: String, isKeptByAll: Bool)] = [
            ("/api/vhosts/%2F/q", true), ("/a%25b/c%3Bd;e=f", true),
            ("/what%3F/and%23/more", true),
            ("/a|b/c%7Cd", false), ("/search?q=a|b^c{d}&r=//x&s=%2F", true), ("/x//y/z//", false),
            ("/long/" + String(repeating: "%20", count: 900) + "?q=" + String(repeating: "a&b=", count: 800), true),
        ]

        @Test("nginx: every address comes back octet by octet")
        func nginx() async throws { try await comeBack(Nginx()) }

        @Test("Caddy: every address comes back octet by octet")
        func caddy() async throws { try await comeBack(Caddy()) }

        @Test("HAProxy: every address comes back octet by octet")
        func haproxy() async throws { try await comeBack(HAProxy()) }

        @Test("Traefik: every address comes back octet by octet", .enabled(if: Traefik.binary != nil))
        func traefik() async throws { try await comeBack(Traefik()) }

        @Test("Envoy: every address comes back octet by octet", .enabled(if: Envoy.binary != nil))
        func envoy() async throws { try await comeBack(Envoy()) }

        private func comeBack(_ proxy: any ShippedProxy) async throws {
            let stack = try await Stack.start(proxy, settings: WayBackTests.open)
            defer { stack.stop() }
            let site = "http://\(stack.host)"
            let cookie = try SignIn(stack: stack).cookie(.alice)
            for place in WayBackTests.places where place.isKeptByAll || !(proxy is Traefik || proxy is Envoy) {
                let challenge = try stack.page(place.path)
                #expect([302, 303].contains(challenge.status), "\(place.path)")
                let location = try #require(challenge.header("Location"))
                #expect(location.hasPrefix("\(site)/_gatehouse/login?") && location.utf8.count < 3_584)
                // Whoever is signed in by now is offered the way on: the address as it was.
                let query = try #require(location.split(separator: "?", maxSplits: 1).last)
                let page = try stack.page("/_gatehouse/login?\(query)", cookie: cookie)
                let link = "href=\"\(site + place.path)\""
                #expect(unescaped(page).contains(link), "\(place.path): \(page.status) \(location)")
                // A key is for many readings: two tabs, a page that is loaded anew.
                let again = try stack.page("/_gatehouse/login?\(query)", cookie: cookie)
                #expect(unescaped(again).contains(link))
                let opened = try stack.page(place.path, cookie: cookie)
                #expect(opened.status == 200, "\(place.path): \(opened.status) \(opened.headers)")
            }
        }

        private func unescaped(_ page: Answer) -> String {
            page.text.replacing("&#39;", with: "'").replacing("&quot;", with: "\"").replacing("&lt;", with: "<")
                .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        }
    }
}
