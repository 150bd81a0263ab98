internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("A new password is never the present one")
    struct SamePasswordTests {
        private static let words = "This is the present password. The new one must be another."
        private static let new = "seven lanterns by the gate"

        /// Without any rule that would say so: neither `history` nor a validator is asked.
        private static var settings: Stack.Settings {
            var settings = Stack.Settings()
            settings.folders = ["mails"]
            settings.tables = """
                [passwords]
                validators = []
                [mail]
                backend = "file"
                from = "The gate <auth@example.com>"
                folder = "mails"
                """
            return settings
        }

        /// Chooses a password in the form that the browser shows.
        private func choose(_ password: String, old: String? = nil, _ browser: Browser) throws {
            if let old { try browser.type(old, into: "#old") }
            try browser.type(password, into: "#password")
            try browser.type(password, into: "#again")
            try browser.click("button")
        }

        private func refuses(_ browser: Browser) async -> Bool {
            await eventually { (try? browser.text("#problem").contains(SamePasswordTests.words)) == true }
        }

        @Test("on the account page, where a new one is asked for, and by a link; nobody is told of a change")
        func pages() async throws {
            let stack = try await Stack.start(settings: SamePasswordTests.settings)
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            let present = Stack.Person.alice.password
            #expect(try stack.command("user", "set", "alice", "--must-change").status == 0)
            try browser.open("http://\(stack.host)/_gatehouse/login?switch=1&rd=http://\(stack.host)/")
            try browser.type("alice", into: "#name")
            try browser.type(present, into: "#password")
            try browser.click("button")
            try await browser.waitForTitle("Choose a new password · Gatehouse")
            try choose(present, browser)
            #expect(await refuses(browser))
            #expect(try !browser.cookieNames().contains("gatehouse-local"))
            #expect(try mails(stack).isEmpty)
            try choose(SamePasswordTests.new, browser)
            try await browser.waitForTitle("Hello, alice")
            #expect(await eventually { (try? mails(stack).count) == 1 })

            try browser.open("http://\(stack.host)/_gatehouse/account/password")
            try await browser.waitForTitle("Change your password · Gatehouse")
            try choose(SamePasswordTests.new, old: SamePasswordTests.new, browser)
            #expect(await refuses(browser))

            let made = try stack.command("user", "reset-link", "alice")
            let link = try #require(made.output.split(separator: "\n").first { $0.hasPrefix("http") })
            try browser.open(String(link))
            try await browser.waitForTitle("Choose a new password · Gatehouse")
            try choose(SamePasswordTests.new, browser)
            #expect(await refuses(browser))
            #expect(try mails(stack).count == 1)
            // The link was not used up by it.
            try choose(present, browser)
            try await browser.waitForTitle("Your password is changed · Gatehouse")
        }

        @Test("on the command line, unless the rules are to be ignored")
        func commandLine() async throws {
            let stack = try await Stack.start(settings: SamePasswordTests.settings)
            defer { stack.stop() }
            let file = try stack.folder.write(Stack.Person.alice.password + "\n", to: "same")
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let refused = try stack.command("user", "passwd", "alice", "--password-file", file)
            #expect(refused.status == 1 && refused.output.contains(SamePasswordTests.words), "\(refused.output)")
            #expect(try stack.page("/", cookie: cookie).status == 200)
            let taken = try stack.command("user", "passwd", "alice", "--password-file", file, "--ignore-rules")
            #expect(taken.status == 0, "\(taken.output)")
        }

        private func mails(_ stack: Stack) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: stack.folder.file("mails")).filter {
                $0.hasSuffix(".eml")
            }
        }
    }
}
