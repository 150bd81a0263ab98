internal import Foundation
internal import GatehouseTestSupport
internal import Synchronization
internal import Testing

extension EndToEnd {
    @Suite("The way through a sign-in in a browser")
    struct SignInJourneyTests {
        /// The browsers that people come with.
        enum Kind: CaseIterable {
            case chromium, chromiumWithoutScripts, firefox

            func start() async throws -> any DrivenBrowser {
                switch self {
                case .chromium: try await Browser.start(.init(runsScripts: true))
                case .chromiumWithoutScripts: try await Browser.start()
                case .firefox: try await Firefox.start()
                }
            }
        }

        private static let password = Stack.Person.alice.password

        /// What stands in front: nginx asks for the portal's pages, the others relay what the check answers.
        enum Front: CaseIterable {
            case nginx, caddy, haproxy

            var proxy: any ShippedProxy {
                switch self {
                case .nginx: Nginx()
                case .caddy: Caddy()
                case .haproxy: HAProxy()
                }
            }
        }

        private static func stack(_ front: Front = .nginx) async throws -> Stack {
            var settings = Stack.Settings()
            settings.site = .script(WanderingApplication.program)
            return try await Stack.start(front.proxy, settings: settings, people: [.alice, .carol])
        }

        @Test("ends where the application sends people on to another origin at once", arguments: Kind.allCases)
        func otherOrigin(kind: Kind) async throws {
            let stack = try await SignInJourneyTests.stack()
            defer { stack.stop() }
            let browser = try await kind.start()
            defer { browser.stop() }
            try browser.open("http://\(stack.host)/leave")
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForTitle("Landed")
            #expect(try browser.address == "http://127.0.0.1:\(stack.ports.application)/landed")
            // The same for a new password that is asked for.
            #expect(try stack.command("user", "set", "alice", "--must-change").status == 0)
            try browser.open("http://\(stack.host)/_gatehouse/login?switch=1&rd=http://\(stack.host)/leave")
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForTitle("Choose a new password · Gatehouse")
            try browser.type("seven lanterns by the gate", into: "#password")
            try browser.type("seven lanterns by the gate", into: "#again")
            try browser.click("button")
            try await browser.waitForTitle("Landed")
        }

        @Test(
            "keeps the fragment of the address, also after a wrong password and a new one",
            arguments: [
                (Kind.chromium, Front.nginx), (.firefox, .nginx), (.chromium, .caddy), (.chromium, .haproxy),
            ])
        func fragment(kind: Kind, front: Front) async throws {
            let stack = try await SignInJourneyTests.stack(front)
            defer { stack.stop() }
            let browser = try await kind.start()
            defer { browser.stop() }
            let wanted = "http://\(stack.host)/app?tab=1#/view/42"
            try browser.open(wanted)
            try await browser.waitForTitle("Sign in · Gatehouse")
            #expect(try browser.address.hasSuffix("#/view/42"))
            try browser.signIn("alice", "not the password")
            #expect(await eventually { browser.exists("#problem") })
            try browser.signIn(nil, SignInJourneyTests.password)
            try await browser.waitForAddress(wanted)
            #expect(try browser.title == "Hello, alice")
            #expect(try stack.command("user", "set", "alice", "--must-change").status == 0)
            #expect(try stack.command("session", "end", "alice").status == 0)
            try browser.open("http://\(stack.host)/")
            try browser.open(wanted)
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForTitle("Choose a new password · Gatehouse")
            try browser.type("seven lanterns by the gate", into: "#password")
            try browser.type("seven lanterns by the gate", into: "#again")
            try browser.click("button")
            try await browser.waitForAddress(wanted)
        }

        @Test("comes back to addresses of 6,000 octets, also after a wrong password", arguments: Front.allCases)
        func long(front: Front) async throws {
            let stack = try await SignInJourneyTests.stack(front)
            defer { stack.stop() }
            let browser = try await Browser.start(.init(runsScripts: true))
            defer { browser.stop() }
            let start = "http://\(stack.host)/app?filter="
            for length in [1_500, 2_500, 6_000] {
                try browser.forget()
                let wanted = start + String(repeating: "%5B", count: (length - start.utf8.count) / 3)
                try browser.open(wanted)
                try await browser.waitForTitle("Sign in · Gatehouse")
                if length == 6_000 {
                    try browser.signIn("alice", "not the password")
                    #expect(await eventually { browser.exists("#problem") })
                }
                try browser.signIn(length == 6_000 ? nil : "alice", SignInJourneyTests.password)
                try await browser.waitForAddress(wanted)
            }
        }

        @Test("asks nobody twice in two tabs, and leads the second on when the first has signed in")
        func tabs() async throws {
            let stack = try await SignInJourneyTests.stack()
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            try browser.open("http://\(stack.host)/one")
            try await browser.waitForTitle("Sign in · Gatehouse")
            let first = try browser.tab
            try browser.openTab()
            try browser.open("http://\(stack.host)/two")
            try await browser.waitForTitle("Sign in · Gatehouse")
            let second = try browser.tab
            try browser.show(first)
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForAddress("http://\(stack.host)/one")
            try browser.show(second)
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForAddress("http://\(stack.host)/two")
            // A form that is older than its cookie.
            try browser.forget()
            try browser.open("http://\(stack.host)/three")
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.forget()
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForAddress("http://\(stack.host)/three")
            #expect(!stack.logs.contains("csrf.refused"))
        }

        @Test(
            "keeps the page of whoever is denied and signs in as someone else, and of whoever signs out",
            arguments: Front.allCases)
        func someoneElse(front: Front) async throws {
            let stack = try await SignInJourneyTests.stack(front)
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            let wanted = "http://\(stack.host)/finance/list?page=2"
            try browser.open(wanted)
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForTitle("No access · Gatehouse")
            #expect(try browser.text("main").contains("Go back") == false)
            try browser.photograph("denied-\(front)")
            let way = try browser.address
            try browser.click("a.button:not(.plain)")
            #expect(await eventually { (try? browser.title) != "No access · Gatehouse" })
            try browser.open(way)
            try await browser.waitForTitle("No access · Gatehouse")
            try browser.click("a.plain")
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.signIn("carol", Stack.Person.carol.password)
            try await browser.waitForAddress(wanted)
            #expect(try browser.title == "Hello, carol")
            try browser.open("http://\(stack.host)/_gatehouse/logout?rd=http://\(stack.host)/app")
            try browser.photograph("sign-out-with-place")
            try browser.click("button")
            try await browser.waitForTitle("Signed out · Gatehouse")
            #expect(try browser.text("h1") == "You are signed out")
            try browser.photograph("signed-out-with-place")
            try browser.click("a.button")
            try await browser.waitForTitle("Sign in · Gatehouse")
            #expect(try browser.address.contains("app"))
        }

        @Test("tells a browser that keeps no cookies, and one that holds sign-ins of different people")
        func cookies() async throws {
            let stack = try await SignInJourneyTests.stack()
            defer { stack.stop() }
            let strict = try await Browser.start(.init(keepsCookies: false))
            defer { strict.stop() }
            try strict.open("http://\(stack.host)/app")
            try strict.signIn("alice", SignInJourneyTests.password)
            try await strict.waitForTitle("Not signed in · Gatehouse")
            #expect(try strict.text("[role=alert]").contains("sent no cookie back"))
            try strict.photograph("sign-in-lost")
            #expect(stack.logs.contains("sign-in.cookie-lost") && stack.logs.contains("blocked"))
            strict.stop()

            let browser = try await Browser.start()
            defer { browser.stop() }
            try browser.open("http://\(stack.host)/public/x")
            let signIn = SignIn(stack: stack)
            for (person, path) in [(Stack.Person.alice, "/"), (.carol, "/_gatehouse")] {
                let value = try signIn.cookie(person).dropFirst("gatehouse-local=".count)
                try browser.addCookie("gatehouse-local", String(value), path: path)
            }
            try browser.open("http://\(stack.host)/_gatehouse/login")
            #expect(try browser.text("#problem").contains("different people at once"))
            try browser.photograph("sign-in-several-people")
        }

        @Test("shows a calm page between the form and the application")
        func onward() async throws {
            let stack = try await SignInJourneyTests.stack()
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            // An application that answers with nothing leaves the page where it is.
            try browser.open("http://\(stack.host)/nowhere")
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.photograph("sign-in")
            try browser.signIn("alice", SignInJourneyTests.password)
            try await browser.waitForTitle("Signed in · Gatehouse")
            try browser.photograph("onward")
        }

        @Test("lets 12 sign-ins of one person at once in, from one address")
        func together() async throws {
            let stack = try await SignInJourneyTests.stack()
            defer { stack.stop() }
            let signIn = SignIn(stack: stack)
            let forms = try (0..<12).map { _ in try signIn.form() }
            let statuses = Mutex<[Int]>([])
            let threads = forms.map { form in
                Thread {
                    let answer = try? signIn.send(form, "alice", SignInJourneyTests.password, seconds: 30)
                    statuses.withLock { $0.append(answer?.status ?? 0) }
                }
            }
            for thread in threads { thread.start() }
            #expect(await eventually(within: .seconds(40)) { statuses.withLock { $0.count } == 12 })
            #expect(statuses.withLock { $0 } == [Int](repeating: 303, count: 12))
        }

        @Test("takes a form of a page under no-referrer, as browsers send it")
        func nullOrigin() async throws {
            let stack = try await SignInJourneyTests.stack()
            defer { stack.stop() }
            let form = try SignIn(stack: stack).form()
            for (site, status) in [("same-origin", 303), ("same-site", 403), ("cross-site", 403), (nil, 403)] {
                var headers = [("Cookie", form.cookie), ("Origin", "null"), ("Accept", "text/html")]
                if let site { headers.append(("Sec-Fetch-Site", site)) }
                let password = SignIn.encoded(SignInJourneyTests.password)
                let answer = try Exchange.post(
                    "/_gatehouse/login", host: stack.host, port: stack.ports.proxy, headers: headers,
                    body: "token=\(form.token)&name=alice&password=\(password)")
                #expect(answer.status == status, "\(site ?? "none")")
            }
        }
    }
}
