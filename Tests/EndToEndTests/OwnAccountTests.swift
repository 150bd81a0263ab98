internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("One's own account in a browser")
    struct OwnAccountTests {
        private static let new = "seven lanterns by the gate"

        private func signIn(
            _ browser: Browser, _ stack: Stack, name: String = "alice", password: String = Stack.Person.alice.password
        ) throws {
            try browser.open("http://\(stack.host)/_gatehouse/login?switch=1&rd=http://\(stack.host)/")
            try browser.type(name, into: "#name")
            try browser.type(password, into: "#password")
            try browser.click("button")
        }

        @Test("shows the sessions, ends them, and changes the password")
        func sessionsAndPassword() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            let elsewhere = try SignIn(stack: stack).cookie(.alice)
            let another = try SignIn(stack: stack).cookie(.alice)
            try signIn(browser, stack)
            try await browser.waitForTitle("Hello, alice")
            try browser.open("http://\(stack.host)/_gatehouse/account")
            try await browser.waitForTitle("Your account · Gatehouse")
            #expect(try browser.text(".sessions").contains("this session"))
            try browser.photograph("account-sessions")
            try browser.click(".sessions li:nth-child(2) button")
            // The page before has the same title.
            #expect(await eventually { (try? browser.text("[role=status]")) == "That session has ended." })
            let alive = try [elsewhere, another].filter { try stack.page("/", cookie: $0).status == 200 }
            #expect(alive.count == 1)

            try browser.click("dd a")
            try await browser.waitForTitle("Change your password · Gatehouse")
            try browser.photograph("password")
            try browser.type("not the old one", into: "#old")
            try browser.type("password", into: "#password")
            try browser.type("password", into: "#again")
            try browser.click("button")
            #expect(await eventually { (try? browser.text("#problem")) == "The old password is not right." })
            try browser.photograph("password-wrong")
            try browser.type(Stack.Person.alice.password, into: "#old")
            try browser.type("password", into: "#password")
            try browser.type("password", into: "#again")
            try browser.click("button")
            #expect(await eventually { (try? browser.text("#problem").contains("too common")) == true })
            try browser.photograph("password-refused")
            try browser.type(Stack.Person.alice.password, into: "#old")
            try browser.type(OwnAccountTests.new, into: "#password")
            try browser.type(OwnAccountTests.new, into: "#again")
            try browser.click("button")
            try await browser.waitForTitle("Your account · Gatehouse")
            #expect(try browser.text("[role=status]").contains("Your password is changed"))
            try browser.photograph("account-password-changed")
            for cookie in [elsewhere, another] { #expect(try stack.page("/", cookie: cookie).status != 200) }
            let later = try SignIn(stack: stack).cookie(.init(name: "alice", password: OwnAccountTests.new))
            try browser.open("http://\(stack.host)/_gatehouse/account")
            try browser.click("form:has([name=others]) button")
            #expect(await eventually { (try? browser.text("[role=status]")) == "All your other sessions have ended." })
            #expect(try stack.page("/", cookie: later).status != 200)
            try browser.open("http://\(stack.host)/")
            #expect(try browser.address == "http://\(stack.host)/")
            try signIn(browser, stack, password: OwnAccountTests.new)
            try await browser.waitForTitle("Hello, alice")
        }

        @Test("asks for a new password where an operator wants one, before there is a session")
        func mustChange() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            #expect(try stack.command("user", "set", "alice", "--must-change").status == 0)
            let browser = try await Browser.start()
            defer { browser.stop() }
            try signIn(browser, stack)
            try await browser.waitForTitle("Choose a new password · Gatehouse")
            try browser.photograph("password-required")
            #expect(try !browser.cookieNames().contains("gatehouse-local"))
            try browser.type(OwnAccountTests.new, into: "#password")
            try browser.type(OwnAccountTests.new, into: "#again")
            try browser.click("button")
            try await browser.waitForTitle("Hello, alice")
            #expect(try browser.cookieNames().contains("gatehouse-local"))
            #expect(try stack.command("user", "list", "--json").output.contains("alice"))
        }

        // Long: one journey; each step needs the ones before.
        @Test("sends a link by a real mail server, which works once")
        func reset() async throws {
            let mail = try await MailServer.start()
            defer { mail.stop() }
            let secrets = try TemporaryFolder()
            try secrets.write(MailServer.password + "\n", to: "mail")
            var settings = Stack.Settings()
            settings.tables = """
                [mail]
                backend = "smtp"
                from = "The gate <auth@example.com>"
                host = "localhost"
                port = \(mail.port)
                username = "\(MailServer.username)"
                password = "file:\(secrets.file("mail"))"
                ca_file = "\(mail.certificates.authority)"
                new_device = true
                [log]
                audit = "audit.jsonl"
                """
            let stack = try await Stack.start(settings: settings)
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            try signIn(browser, stack)
            try await browser.waitForTitle("Hello, alice")
            #expect(try await mail.mail(1).text.contains("Subject: A new device was used to sign in"))

            try browser.open("http://\(stack.host)/_gatehouse/login?switch=1")
            try browser.photograph("sign-in-with-reset")
            try browser.click(".aside a")
            try await browser.waitForTitle("Forgot your password · Gatehouse")
            try browser.photograph("reset")
            try browser.type("alice@example.com", into: "#name")
            try browser.click("button")
            try await browser.waitForTitle("Look into your mail · Gatehouse")
            try browser.photograph("reset-asked")
            let sent = try await mail.mail(2)
            #expect(sent.recipient == "alice@example.com")
            #expect(sent.text.contains("From: \"The gate\" <auth@example.com>"))
            let link = try #require(sent.text.firstMatch(of: /http:\/\/\S+\/reset\?token=\S+/)).output
            #expect(link.hasPrefix("http://\(stack.host)/_gatehouse/reset?token="))

            try browser.open(String(link))
            try await browser.waitForTitle("Choose a new password · Gatehouse")
            #expect(try browser.address == "http://\(stack.host)/_gatehouse/reset/password")
            try browser.photograph("reset-password")
            try browser.type(OwnAccountTests.new, into: "#password")
            try browser.type(OwnAccountTests.new, into: "#again")
            try browser.click("button")
            try await browser.waitForTitle("Your password is changed · Gatehouse")
            try browser.photograph("reset-done")
            #expect(try await mail.mail(3).text.contains("Subject: Your password was changed"))
            try browser.open(String(link))
            try await browser.waitForTitle("This link does not work · Gatehouse")
            try browser.photograph("reset-gone")
            // A link that is still good ends with the next sign-in, too.
            try browser.open("http://\(stack.host)/_gatehouse/reset")
            try browser.type("alice", into: "#name")
            try browser.click("button")
            try await browser.waitForTitle("Look into your mail · Gatehouse")
            let second = try #require(try await mail.mail(4).text.firstMatch(of: /http:\/\/\S+\/reset\?token=\S+/))
            try signIn(browser, stack, password: OwnAccountTests.new)
            try await browser.waitForTitle("Hello, alice")

            try browser.open(String(second.output))
            try await browser.waitForTitle("This link does not work · Gatehouse")

            // Nobody is told whether there is such an account, and no mail goes out.
            try browser.open("http://\(stack.host)/_gatehouse/reset")
            try browser.type("nobody@example.com", into: "#name")
            try browser.click("button")
            try await browser.waitForTitle("Look into your mail · Gatehouse")
            #expect(mail.mails.count == 4)
            try checkEvents(stack, secret: String(link.split(separator: "=").last ?? ""))
        }

        private func checkEvents(_ stack: Stack, secret: String) throws {
            struct Line: Decodable { let event: String, instance: String, version: String, time: String }
            let text = try String(contentsOfFile: stack.folder.file("audit.jsonl"), encoding: .utf8)
            let lines = try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            let events = Set(lines.map(\.event))
            for event in ["user.made", "sign-in.ok", "reset.asked", "reset.used", "password.changed"] {
                #expect(events.contains(event), "\(event)")
            }
            #expect(lines.allSatisfy { !$0.instance.isEmpty && !$0.version.isEmpty && $0.time.hasSuffix("Z") })
            for hidden in [secret, OwnAccountTests.new, Stack.Person.alice.password, MailServer.password, "nobody@"] {
                #expect(!text.contains(hidden))
                #expect(!stack.logs.contains(hidden))
            }
        }

        @Test("offers a link from the command line, and says when somebody tried too often")
        func linkAndThrottle() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            var isThrottled = false
            for _ in 0..<8 where !isThrottled {
                try signIn(browser, stack, password: "a guess")
                // However long it takes: the answer says one or the other.
                #expect(await eventually(within: .seconds(30)) { browser.exists("#problem") })
                isThrottled = try browser.text("#problem").contains("tried too often")
            }
            #expect(isThrottled)
            try browser.photograph("throttled")
            let listed = try stack.command("throttle", "list")
            #expect(listed.output.contains("alice") && listed.output.contains("127.0.0.1"), "\(listed.output)")
            #expect(try stack.command("throttle", "clear", "alice").status == 0)
            #expect(try stack.command("throttle", "list").output.contains("Nobody was refused lately"))
            try signIn(browser, stack)
            try await browser.waitForTitle("Hello, alice")

            let made = try stack.command("user", "reset-link", "alice")
            let link = try #require(made.output.split(separator: "\n").first { $0.hasPrefix("http") })
            try browser.open(String(link))
            try await browser.waitForTitle("Choose a new password · Gatehouse")
            try browser.type(OwnAccountTests.new, into: "#password")
            try browser.type(OwnAccountTests.new, into: "#again")
            try browser.click("button")
            try await browser.waitForTitle("Your password is changed · Gatehouse")
            #expect(try stack.page("/_gatehouse/reset").status == 404)
        }
    }
}
