import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("A new password by a link in a mail")
struct ResetTests {
    private func ask(_ portal: PortalFixture, _ name: String, from address: String = "192.0.2.1") async throws -> Answer
    {
        let form = try await portal.send(path: "/reset")
        let pre = "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))"
        return try await portal.post(
            "/reset", [("token", form.token ?? ""), ("name", name)], cookies: [pre],
            headers: [("Origin", portal.origin), ("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-For", address)])
    }

    /// The cookies and the form behind a link.
    private func open(_ portal: PortalFixture, _ secret: String) async throws -> (cookies: [String], form: Answer)? {
        let first = try await portal.send(path: "/reset?token=\(secret)")
        guard first.status == 303 else {
            #expect(first.status == 410)
            return nil
        }
        // The secret is gone from the address before there is a page.
        #expect(first.location?.hasSuffix("/reset/password") == true)
        let name = portal.settings.cookies.reset.description
        #expect(first.setCookie(name)?.contains("HttpOnly; SameSite=Lax") == true)
        let cookie = "\(name)=\(try #require(first.cookie(name)))"
        let form = try await portal.send(path: "/reset/password", [("Cookie", cookie)])
        #expect(form.status == 200)
        #expect(!form.body.contains(secret))
        return ([cookie], form)
    }

    private func send(
        _ portal: PortalFixture, _ opened: (cookies: [String], form: Answer), new: String = "a quite new password",
        headers: [(String, String)]? = nil
    ) async throws -> Answer {
        try await portal.post(
            "/reset/password", [("token", opened.form.token ?? ""), ("password", new), ("again", new)],
            cookies: opened.cookies, headers: headers)
    }

    private func secret(_ portal: PortalFixture) async throws -> String {
        _ = try await ask(portal, "alice")
        return try #require(portal.mails.all.last?.secret)
    }

    @Test("sets it once, signs nobody in and ends every session")
    func works() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        let answer = try await ask(portal, "alice@example.com")
        #expect(answer.status == 200)
        let mail = try #require(portal.mails.all.first)
        #expect(mail.recipient == "alice@example.com")
        #expect(mail.text.contains("https://auth.example.com/reset?token="))
        let secret = try #require(mail.secret)
        let opened = try #require(try await open(portal, secret))
        #expect(try await send(portal, opened, new: "short").status == 422)
        let done = try await send(portal, opened)
        #expect(done.status == 200)
        #expect(done.cookie(portal.sessionCookie) == nil)
        #expect(done.setCookie(portal.settings.cookies.reset.description)?.contains("Max-Age=0") == true)
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 303)
        #expect(try await portal.signIn(password: "a quite new password").status == 303)
        #expect(try await open(portal, secret) == nil)
        #expect(try await send(portal, opened).status == 410)
        #expect(portal.log.contains(event: "reset.used"))
        #expect(!portal.log.text.contains(secret))
    }

    @Test("keeps a known browser known, and makes no other one known")
    func device() async throws {
        let portal = try PortalFixture()
        let name = portal.settings.cookies.device.description
        let first = try await portal.signIn()
        let before = "\(name)=\(try #require(first.cookie(name)))"
        for (shown, isKept) in [([before], true), ([], false)] {
            let account = portal.people.account
            let link = try await portal.settings.resetLink(
                for: account, backend: portal.backend.name, in: portal.services.secrets.resets, now: portal.clock.now)
            let secret = try #require(link.split(separator: "=").last)
            let opened = try #require(try await open(portal, String(secret)))
            let done = try await send(portal, (opened.cookies + shown, opened.form))
            #expect(done.status == 200)
            #expect((done.cookie(name) != nil) == isKept)
        }
    }

    @Test("answers alike and after the same time whoever is asked for")
    func sameAnswer() async throws {
        let portal = try PortalFixture()
        var bodies: Set<String> = []
        for name in ["alice", "nobody", "alice@example.com", "nobody@example.com", "<script>"] {
            let answer = try await ask(portal, name)
            #expect(answer.status == 200)
            bodies.insert(answer.body)
        }
        portal.people.update(isActive: false)
        bodies.insert(try await ask(portal, "alice").body)
        portal.people.update(encoded: "!unusable", isActive: true)
        bodies.insert(try await ask(portal, "alice", from: "192.0.2.2").body)
        portal.people.update(email: "", encoded: "hash")
        bodies.insert(try await ask(portal, "alice", from: "192.0.2.3").body)
        #expect(bodies.count == 1)
        #expect(portal.mails.all.count == 2)
        #expect(portal.pauses.all.count == 8)
    }

    @Test("sends an account no more than three, and says nothing of it")
    func throttled() async throws {
        let portal = try PortalFixture()
        var bodies: Set<String> = []
        for index in 0..<6 { bodies.insert(try await ask(portal, "alice", from: "192.0.2.\(index)").body) }
        #expect(bodies.count == 1)
        #expect(portal.mails.all.count == 3)
        #expect(portal.log.contains(event: "reset.throttled"))
    }

    @Test("sends an account no more than three by its name and by its address together")
    func throttledByAccount() async throws {
        let portal = try PortalFixture()
        for index in 0..<3 {
            _ = try await ask(portal, "alice", from: "192.0.2.\(index)")
            _ = try await ask(portal, "alice@example.com", from: "192.0.2.1\(index)")
        }
        #expect(portal.mails.all.count == 3)
        #expect(portal.log.contains(event: "reset.throttled"))
        // Whoever uses one is sent more.
        let last = try #require(portal.mails.all.last?.secret)
        let opened = try #require(try await open(portal, last))
        #expect(try await send(portal, opened).status == 200)
        let before = portal.mails.all.count
        _ = try await ask(portal, "alice@example.com", from: "192.0.2.20")
        _ = try await ask(portal, "alice", from: "192.0.2.21")
        #expect(portal.mails.all.count - before >= 1)
    }

    @Test("is over when the account changes in any way that counts")
    func stateBound() async throws {
        let changes: [(PortalPeople) -> Void] = [
            { $0.update(encoded: "hash-x") }, { $0.update(lastSignIn: "2026-01-01 00:00:00") },
            { $0.update(email: "new@example.com") }, { $0.update(isActive: false) },
        ]
        for change in changes {
            let portal = try PortalFixture()
            let secret = try await secret(portal)
            let opened = try #require(try await open(portal, secret))
            change(portal.people)
            #expect(try await open(portal, secret) == nil)
            #expect(try await send(portal, opened).status == 410)
            #expect(portal.people.account.encodedPassword != "hash-1")
        }
    }

    @Test("is over after its time")
    func expires() async throws {
        let portal = try PortalFixture()
        let secret = try await secret(portal)
        portal.clock.advance(by: .seconds(3_599))
        let opened = try #require(try await open(portal, secret))
        portal.clock.advance(by: .seconds(1))
        #expect(try await open(portal, secret) == nil)
        #expect(try await send(portal, opened).status == 410)
    }

    @Test("takes no link that was altered, and no form from elsewhere")
    func forged() async throws {
        let portal = try PortalFixture()
        let secret = try await secret(portal)
        var changed = Array(secret)
        changed[5] = changed[5] == "A" ? "B" : "A"
        for text in [String(changed), String(secret.dropLast()), secret + "A", "", String(repeating: "A", count: 43)] {
            #expect(try await portal.send(path: "/reset?token=\(text)").status == 410)
        }
        let opened = try #require(try await open(portal, secret))
        let forged = try await portal.post(
            "/reset/password",
            [
                ("token", String(repeating: "A", count: 43)), ("password", "a quite new password"),
                ("again", "a quite new password"),
            ],
            cookies: opened.cookies)
        #expect(forged.status == 403)
        let session = "\(portal.sessionCookie)=\(secret)"
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 303)
    }

    @Test("builds its links from the configuration, whatever a request says")
    func links() async throws {
        let portal = try PortalFixture(.path)
        let form = try await portal.send(path: "/reset")
        let pre = "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))"
        let headers = [
            ("Origin", portal.origin), ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example"),
            ("X-Forwarded-Proto", "http"), ("X-Original-URL", "https://evil.example/"),
        ]
        _ = try await portal.post(
            "/reset", [("token", form.token ?? ""), ("name", "alice")], cookies: [pre], headers: headers)
        let text = try #require(portal.mails.all.first?.text)
        #expect(text.contains("https://app.example.com/_gatehouse/reset?token="))
        #expect(!text.contains("evil"))
    }

    @Test("is not offered without mail, while links that an operator made work")
    func withoutMail() async throws {
        let portal = try PortalFixture()
        let secret = try await secret(portal)
        let silent = portal.with { $0.mail = nil }
        #expect(try await silent.send(path: "/reset").status == 404)
        #expect(try await silent.send(path: "/login").body.contains("Forgot") == false)
        #expect(try await portal.send(path: "/login").body.contains("Forgot your password?"))
        #expect(try await open(silent, secret) != nil)
    }

    @Test("is a 503 without people or store")
    func unavailable() async throws {
        let portal = try PortalFixture()
        portal.people.fail(with: .unavailable(reason: "gone"))
        #expect(try await ask(portal, "alice").status == 503)
        portal.people.fail(with: nil)
        let form = try await portal.send(path: "/reset")
        let pre = "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))"
        portal.store.isAvailable = false
        let answer = try await portal.post("/reset", [("token", form.token ?? ""), ("name", "alice")], cookies: [pre])
        #expect(answer.status == 503)
    }

    @Test("takes the form of an older link of the same account if the browser says that it is ours")
    func swapped() async throws {
        let portal = try PortalFixture()
        let first = try #require(try await open(portal, try await secret(portal)))
        let second = try #require(try await open(portal, try await secret(portal)))
        let silent = try await send(portal, (second.cookies, first.form), headers: [])
        #expect(silent.status == 422 && silent.token != nil)
        #expect(portal.people.account.encodedPassword == "hash-0")
        #expect(try await send(portal, (second.cookies, first.form)).status == 200)
        #expect(portal.people.account.encodedPassword == "hash-1")
    }

    @Test("judges no more than ten new passwords in five minutes")
    func judged() async throws {
        let portal = try PortalFixture()
        let opened = try #require(try await open(portal, try await secret(portal)))
        for _ in 0..<10 { #expect(try await send(portal, opened, new: "short").status == 422) }
        let answer = try await send(portal, opened)
        #expect(answer.status == 429 && answer.header("Retry-After") == "300")
        #expect(portal.people.account.encodedPassword == "hash-0")
        portal.clock.advance(by: .seconds(300))
        #expect(try await send(portal, opened).status == 200)
    }

    @Test("is told of and works once, even if the store is gone by the time that sessions have to end")
    func storeGone() async throws {
        let portal = try PortalFixture()
        let opened = try #require(try await open(portal, try await secret(portal)))
        let passwords = try #require(portal.services.passwords)
        let broken = portal.with { services in
            services.passwords = PeoplePasswords(
                backend: passwords.backend, hints: passwords.hints, account: passwords.account, meant: passwords.meant,
                change: { account, new async throws(BackendError) in
                    defer { portal.store.isAvailable = false }
                    return try await passwords.change(account, new)
                })
        }
        let answer = try await send(broken, opened)
        #expect(answer.status == 503)
        portal.store.isAvailable = true
        #expect(portal.people.account.encodedPassword == "hash-1")
        #expect(portal.mails.all.last?.subject == "Your password was changed")
        #expect(portal.log.contains(event: "reset.used") && portal.log.contains(event: "password.changed"))
        #expect(portal.log.text.contains("sessions_ended=unknown"))
        #expect(answer.body.contains("The new password counts from now on"))
        #expect(try await send(portal, opened, new: "one more password").status == 410)
    }
}
