internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Two installations on one host")
    struct TwoInstancesTests {
        private func signIn(_ browser: Browser, to stack: Stack) async throws {
            try browser.open("http://\(stack.host)/")
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.type("alice", into: "#name")
            try browser.type("a long way to the gate", into: "#password")
            try browser.click("button[type=submit]")
            try await browser.waitForTitle("Hello, alice")
        }

        @Test("with two ports and two names of the cookie leave each other's people signed in")
        func apart() async throws {
            let stores = Stores(sessions: .embedded, people: .sqlite)
            var settings = Stack.Settings()
            let first = try await Stack.start(stores: stores, settings: settings)
            defer { first.stop() }
            settings.tables = "[cookie]\nname = \"second\""
            let second = try await Stack.start(stores: stores, settings: settings)
            defer { second.stop() }

            let browser = try await Browser.start()
            defer { browser.stop() }
            try browser.setLook(.desktop)
            try await signIn(browser, to: first)
            try await signIn(browser, to: second)
            for stack in [first, second, first] {
                try browser.open("http://\(stack.host)/")
                try await browser.waitForTitle("Hello, alice")
            }
            #expect(try Set(browser.cookieNames()).isSuperset(of: ["gatehouse-local", "second", "second-device"]))

            // Signing out of one is signing out of that one.
            try browser.open("http://\(second.host)/_gatehouse/logout")
            try await browser.waitForTitle("Sign out · Gatehouse")
            try browser.click("button[type=submit]")
            try await browser.waitForTitle("Signed out · Gatehouse")
            try browser.open("http://\(second.host)/")
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.open("http://\(first.host)/")
            try await browser.waitForTitle("Hello, alice")
        }
    }
}
