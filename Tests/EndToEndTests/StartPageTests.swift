internal import Foundation
internal import Testing

extension EndToEnd {
    @Suite("The start page in a browser")
    struct StartPageTests {
        @Test("is the application on the portal's own port")
        func page() async throws {
            let stack = try await Stack.start(stores: Stores(sessions: .embedded, people: .sqlite))
            defer { stack.stop() }
            let site = "http://\(stack.host)"
            let browser = try await Browser.start()
            defer { browser.stop() }
            try browser.setLook(.desktop)
            // Nobody asked for a place.
            try browser.open("\(site)/_gatehouse/login")
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.type("alice", into: "#name")
            try browser.type("a long way to the gate", into: "#password")
            try browser.click("button[type=submit]")
            try await browser.waitForTitle("Hello, alice")
            #expect(try browser.address == "\(site)/")
        }
    }
}
