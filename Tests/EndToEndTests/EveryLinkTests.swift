internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Every link and button of the quick start")
    struct EveryLinkTests {
        /// The application's pages, the portal's, a page that is denied and one that does not exist.
        private static let places = [
            "", "public/", "finance/", "_gatehouse/", "_gatehouse/account", "_gatehouse/account/password",
            "_gatehouse/login", "_gatehouse/login?switch=1", "_gatehouse/logout", "_gatehouse/nowhere",
        ]

        @Test("leads to a page", arguments: [true, false])
        func leads(isSignedIn: Bool) async throws {
            let quickstart = try await QuickstartTests.Quickstart.start(["--embedded"])
            defer { Server.stop(quickstart.process) }
            let site = try quickstart.value("Open")
            let (user, password) = (try quickstart.value("User"), try quickstart.value("Password"))
            let browser = try await Browser.start()
            defer { browser.stop() }

            /// Opens a place as somebody who is signed in, or as a stranger.
            func open(_ place: String) async throws {
                if !isSignedIn { try browser.forget() }
                if isSignedIn, try !browser.cookieNames().contains("gatehouse-local") {
                    try browser.open(site)
                    try await browser.waitForTitle("Sign in · Gatehouse")
                    try browser.signIn(user, password)
                    try await browser.waitForTitle("Hello, \(user)")
                }
                try browser.open("\(site)\(place)")
            }

            try browser.open("\(site)public/")
            var clicked = 0
            for place in Self.places {
                try await open(place)
                let count = Int(try browser.script("return String(document.querySelectorAll('a, button').length)")) ?? 0
                #expect(count > 0, "\(place)")
                for index in 0..<count {
                    try await open(place)
                    let name = try browser.script(
                        """
                        const all = document.querySelectorAll('a, button'); all[\(index)].id = 'this-one';
                        return all[\(index)].textContent.trim();
                        """)
                    try browser.click("#this-one")
                    clicked += 1
                    let isPage = await eventually { Self.isPage(browser) }
                    let end = try browser.address
                    #expect(isPage, "\(place): \(name) ends at \(end)")
                }
            }
            #expect(clicked > (isSignedIn ? 24 : 12))
        }

        /// Whether the browser shows a page of the site, and none that says that something went wrong.
        private static func isPage(_ browser: Browser) -> Bool {
            guard let text = try? browser.text("body"), !text.isEmpty else { return false }
            return text.firstMatch(of: /ERR_|Error [45]\d\d/) == nil
        }
    }
}
