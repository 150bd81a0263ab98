import Foundation
import GatehouseTestSupport
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("Details of the pages")
struct PageDetailsTests {
    @Test("give a browser its colours, in the light and in the dark, on every page")
    func colours() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        for (path, cookies) in [("/login", []), ("/none", []), ("/account", [("Cookie", session)])] {
            let page = try await portal.send(path: path, cookies)
            #expect(page.body.contains("<meta name=\"color-scheme\" content=\"light dark\">"))
            for scheme in ["light", "dark"] {
                let tag = "<meta name=\"theme-color\" media=\"(prefers-color-scheme: \(scheme))\" content=\"#"
                #expect(page.body.contains(tag), "\(path)")
            }
        }
    }

    @Test("say for how long somebody is kept signed in")
    func remembered() async throws {
        let page = try await PortalFixture().send(path: "/login")
        #expect(page.body.contains("Keep me signed in on this device for up to 30 days"))
    }

    @Test("call the account page by what it is, where signing out is not the first thing to do")
    func account() async throws {
        let portal = try PortalFixture()
        let session = [("Cookie", try await portal.session())]
        let page = try await portal.send(path: "/account", session)
        #expect(page.body.contains("<title>Your account · "))
        #expect(page.body.components(separatedBy: "<h1>").count == 2 && page.body.contains("<h1>Your account</h1>"))
        #expect(page.body.contains("<button class=\"plain\" type=\"submit\">Sign out</button>"))
        // On a page that asks for nothing else it is.
        let question = try await portal.send(path: "/logout", session)
        #expect(question.body.contains("<button type=\"submit\">Sign out</button>"))
    }
}
