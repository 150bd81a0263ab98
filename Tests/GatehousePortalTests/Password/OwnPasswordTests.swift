import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("Changing one's own password")
struct OwnPasswordTests {
    private static let new = "a quite new password"

    private func change(
        _ portal: PortalFixture, _ session: String, old: String = "correct horse", new: String = OwnPasswordTests.new,
        again: String? = nil, token: String? = nil
    ) async throws -> Answer {
        let form = try await portal.send(path: "/account/password", [("Cookie", session)])
        return try await portal.post(
            "/account/password",
            [("token", token ?? form.token ?? ""), ("old", old), ("password", new), ("again", again ?? new)],
            cookies: [session])
    }

    @Test("sets it, ends every other session and goes on under a new token")
    func changes() async throws {
        let portal = try PortalFixture(contact: "help@example.com")
        let (here, elsewhere) = (try await portal.session(), try await portal.session())
        let answer = try await change(portal, here)
        #expect(answer.status == 303)
        let location = try #require(answer.location)
        #expect(location.hasSuffix("/account?done=password"))
        let next = "\(portal.sessionCookie)=\(try #require(answer.cookie(portal.sessionCookie)))"
        #expect(next != here)
        for old in [here, elsewhere] {
            #expect(try await portal.send(path: "/account", [("Cookie", old)]).status == 303)
        }
        let page = try await portal.send(path: "/account?done=password", [("Cookie", next)])
        #expect(page.body.contains("Your password is changed"))
        #expect(try await portal.signIn().status == 422)
        #expect(try await portal.signIn(password: OwnPasswordTests.new).status == 303)
        #expect(portal.mails.all.map(\.subject) == ["Your password was changed"])
        #expect(portal.mails.all.first?.text.contains("tell help@example.com and") == true)
        #expect(portal.log.contains(event: "password.changed"))
        #expect(!portal.log.text.contains(OwnPasswordTests.new))
    }

    @Test("keeps a remembered session remembered")
    func remembered() async throws {
        let portal = try PortalFixture()
        let first = try await portal.signIn(isRemembered: true)
        let session = "\(portal.sessionCookie)=\(try #require(first.cookie(portal.sessionCookie)))"
        let answer = try await change(portal, session)
        #expect(answer.setCookie(portal.sessionCookie)?.contains("Max-Age=2592000") == true)
    }

    @Test("asks for the old one, and counts a wrong one as a failed sign-in")
    func oldPassword() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        for _ in 0..<3 {
            let answer = try await change(portal, session, old: "wrong")
            #expect(answer.status == 422)
            #expect(answer.body.contains("The old password is not right."))
        }
        #expect(portal.pauses.all.count == 3)
        let throttled = try await change(portal, session)
        #expect(throttled.status == 429)
        #expect(throttled.header("Retry-After") == "1")
        #expect(portal.people.account.encodedPassword == "hash-0")
    }

    @Test(
        "says everything that stands against the new one, and shows neither",
        arguments: [
            ("", "", "Please fill in every field."),
            ("a quite new password", "another", "The two new passwords differ."),
            ("short", "short", "<li>Too short.</li><li>Too &lt;simple&gt;.</li>"),
            ("a\u{0}bcdefghi", "a\u{0}bcdefghi", "cannot be typed"),
        ])
    func refused(new: String, again: String, message: String) async throws {
        let portal = try PortalFixture()
        let answer = try await change(portal, try await portal.session(), new: new, again: again)
        #expect(answer.status == 422)
        #expect(answer.body.contains(message))
        #expect(answer.body.contains("<title>Error: Change your password"))
        // The rules stand above the fields and are read out with one of them.
        if new == "short" {
            #expect(!answer.body.contains("hints\""), "what it breaks is said already")
        } else {
            #expect(answer.body.contains("Not &lt;b&gt;your name&lt;/b&gt;.</li></ul><form"))
            #expect(answer.body.components(separatedBy: "hints\"").count == 4)
        }
        // Which field is wrong, and why the right one is empty all the same.
        let isNewAlone = !new.isEmpty
        #expect(answer.body.contains("Please type all three again") == isNewAlone)
        #expect(answer.body.contains("The old password was right.") == (new == "short"))
        #expect(answer.body.components(separatedBy: "aria-invalid").count == (isNewAlone ? 3 : 4))
        #expect(!answer.body.contains("correct horse"))
        #expect(new.isEmpty || !answer.body.contains("value=\"\(new)\""))
        #expect(portal.people.account.encodedPassword == "hash-0")
    }

    @Test("takes no form of another purpose, or from another site")
    func crossSite() async throws {
        let portal = try PortalFixture()
        let one = try await portal.session()
        let signOut = try await portal.send(path: "/logout", [("Cookie", one)]).token
        #expect(try await change(portal, one, token: signOut).status == 403)
        let form = try await portal.send(path: "/account/password", [("Cookie", one)])
        let answer = try await portal.post(
            "/account/password",
            [
                ("token", form.token ?? ""), ("old", "correct horse"), ("password", OwnPasswordTests.new),
                ("again", OwnPasswordTests.new),
            ],
            cookies: [one], headers: [("Origin", "https://app.example.com"), ("Sec-Fetch-Site", "same-site")])
        #expect(answer.status == 403)
        #expect(portal.people.account.encodedPassword == "hash-0")
    }

    @Test("sends strangers to sign in, and people from elsewhere to where their password is")
    func others() async throws {
        let portal = try PortalFixture()
        #expect(try await portal.send(path: "/account/password").location?.contains("/login?rd=") == true)
        let elsewhere = portal.with { $0.passwords = nil }
        let answer = try await elsewhere.send(path: "/account/password", [("Cookie", try await portal.session())])
        #expect(answer.body.contains("Your password is kept elsewhere"))
    }

    @Test("offers nothing to who has no password, and says how to get one")
    func none() async throws {
        let portal = try PortalFixture(contact: "help@example.com")
        let session = try await portal.session()
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).body.contains("Change your password"))
        portal.people.update(encoded: "!nothing-that-matches")
        let account = try await portal.send(path: "/account", [("Cookie", session)])
        #expect(account.body.contains("None: you sign in with an account elsewhere"))
        #expect(!account.body.contains("Change your password"))
        let page = try await portal.send(path: "/account/password", [("Cookie", session)])
        #expect(page.body.contains("Your account has no password") && page.body.contains("help@example.com"))
        #expect(page.token == nil)
    }

    @Test("counts although nobody can say who the person is now: then they sign in again")
    func unreadable() async throws {
        let portal = try PortalFixture()
        let passwords = try #require(portal.services.passwords)
        let blind = portal.with { services in
            services.passwords = PeoplePasswords(
                backend: passwords.backend, hints: passwords.hints, account: passwords.account, meant: passwords.meant,
                change: { account, new async throws(BackendError) in
                    if case .changed = try await passwords.change(account, new) { return .changed(nil) }
                    return .outdated
                })
        }
        let session = try await portal.session()
        let form = try await blind.send(path: "/account/password", [("Cookie", session)])
        let answer = try await change(blind, session, token: form.token)
        #expect(answer.status == 200 && answer.body.contains("Your password is changed"))
        #expect(portal.log.contains(event: "password.changed") && portal.mails.all.count == 1)
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 303)
    }

    @Test("is a 503 without the store of people, and changes nothing")
    func unavailable() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        portal.people.fail(with: .unavailable(reason: "gone"))
        #expect(try await portal.send(path: "/account/password", [("Cookie", session)]).status == 503)
    }
}

@Suite("A password that has to be changed")
struct RequiredPasswordTests {
    private func start(_ portal: PortalFixture, rd: String? = nil) async throws -> (cookies: [String], form: Answer) {
        portal.people.update(mustChange: true)
        let answer = try await portal.signIn(rd: rd)
        #expect(answer.status == 303)
        let query = rd.map { "?rd=\(PortalFixture.encoded($0))" } ?? ""
        #expect(answer.location?.hasSuffix("/login/password\(query)") == true)
        #expect(answer.cookie(portal.sessionCookie) == nil)
        let pending = portal.settings.cookies.pending.description
        let cookie = "\(pending)=\(try #require(answer.cookie(pending)))"
        let form = try await portal.send(path: "/login/password", [("Cookie", cookie)])
        #expect(form.status == 200)
        return ([cookie], form)
    }

    private func send(_ portal: PortalFixture, _ cookies: [String], _ form: Answer, new: String) async throws -> Answer
    {
        try await portal.post(
            "/login/password", [("token", form.token ?? ""), ("password", new), ("again", new)], cookies: cookies)
    }

    @Test("opens no session before there is a new one, and then leads on to where the person wanted to go")
    func goesOn() async throws {
        let portal = try PortalFixture()
        let (cookies, form) = try await start(portal, rd: "https://app.example.com/start")
        #expect(try await send(portal, cookies, form, new: "short").status == 422)
        let answer = try await send(portal, cookies, form, new: "a quite new password")
        #expect(answer.status == 303)
        #expect(try await portal.follow(answer) == "https://app.example.com/start")
        let session = "\(portal.sessionCookie)=\(try #require(answer.cookie(portal.sessionCookie)))"
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 200)
        // Used up.
        #expect(
            try await portal.send(path: "/login/password", [("Cookie", cookies[0])]).location?.hasSuffix("/login")
                == true)
        #expect(
            try await send(portal, cookies, form, new: "another new password").location?.hasSuffix("/login") == true)
    }

    @Test("expires after ten minutes, and ends with any other change")
    func expires() async throws {
        let portal = try PortalFixture()
        let (cookies, form) = try await start(portal)
        portal.people.update(encoded: "hash-by-operator")
        #expect(try await send(portal, cookies, form, new: "a quite new password").cookie(portal.sessionCookie) == nil)
        let again = try await start(portal)
        portal.clock.advance(by: .seconds(600))
        #expect(
            try await send(portal, again.cookies, again.form, new: "a quite new password").location?.hasSuffix("/login")
                == true)
    }

    @Test("is no session, no link, and nothing else")
    func kind() async throws {
        let portal = try PortalFixture()
        let (cookies, _) = try await start(portal)
        let value = try #require(cookies[0].split(separator: "=").last)
        #expect(try await portal.send(path: "/account", [("Cookie", "\(portal.sessionCookie)=\(value)")]).status == 303)
        #expect(try await portal.send(path: "/reset?token=\(value)").status == 410)
        let reset = "\(portal.settings.cookies.reset)=\(value)"
        #expect(try await portal.send(path: "/reset/password", [("Cookie", reset)]).status == 410)
    }
}
