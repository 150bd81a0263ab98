import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import HTTPTypes
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Signing in")
struct SignInTests {
    private static let token = String(repeating: "A", count: 43)

    @Test(
        "sets a session cookie with the attributes of the deployment",
        arguments: [
            (PortalFixture.Mode.domain, "; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax"),
            (.path, "; Path=/; Secure; HttpOnly; SameSite=Lax"), (.local, "; Path=/; HttpOnly; SameSite=Lax"),
        ])
    func cookie(mode: PortalFixture.Mode, attributes: String) async throws {
        let portal = try PortalFixture(mode)
        let site = mode == .local ? portal.origin : "https://app.example.com"
        let answer = try await portal.signIn(rd: "\(site)/start?x=1#part")
        #expect(answer.status == 303)
        #expect(try await portal.follow(answer) == "\(site)/start?x=1")
        let value = try #require(answer.cookie(portal.sessionCookie))
        #expect(value.utf8.count == 43)
        #expect(answer.setCookie(portal.sessionCookie) == "\(portal.sessionCookie)=\(value)\(attributes)")
        #expect(answer.setCookie(portal.preCookie)?.contains("=; Path=/; Max-Age=0") == true)
        #expect(portal.events[.signedIn] == 1)
        #expect(portal.log.contains(event: "sign-in.ok"))
    }

    @Test("starts no session with a password that is another one by the time that the session stands")
    func overtaken() async throws {
        let portal = try PortalFixture()
        portal.backend.become(OnePersonBackend.alice.with(credential: Octets16(high: 0, low: 1)))
        portal.backend.beOvertaken()
        let answer = try await portal.signIn()
        #expect(answer.status == 422 && answer.cookie(portal.sessionCookie) == nil)
        #expect(portal.log.contains(event: "sign-in.failed"))
        #expect(try await portal.keeper.sessions(of: OnePersonBackend.alice.user, now: portal.clock.now).isEmpty)
    }

    @Test("remembers a browser only when asked")
    func remembered() async throws {
        let portal = try PortalFixture(.path)
        let answer = try await portal.signIn(isRemembered: true)
        #expect(answer.setCookie(portal.sessionCookie)?.contains("; Path=/; Max-Age=2592000; Secure;") == true)
    }

    @Test("gives a new session and ends the one before")
    func newSession() async throws {
        let portal = try PortalFixture()
        let old = try await portal.session()
        let answer = try await portal.signIn(cookies: [old])
        let new = "\(portal.sessionCookie)=\(try #require(answer.cookie(portal.sessionCookie)))"
        #expect(new != old)
        #expect(try await portal.send(path: "/account", [("Cookie", old)]).status == 303)
        #expect(try await portal.send(path: "/account", [("Cookie", new)]).status == 200)
    }

    @Test("does not take a token that somebody put into the browser")
    func fixation() async throws {
        let portal = try PortalFixture()
        let planted = "\(portal.sessionCookie)=\(SignInTests.token)"
        let answer = try await portal.signIn(cookies: [planted])
        #expect(answer.status == 303)
        #expect(answer.cookie(portal.sessionCookie) != SignInTests.token)
        #expect(try await portal.send(path: "/account", [("Cookie", planted)]).status == 303)
    }

    @Test(
        "that fails keeps the name, drops the password and does not say which half was wrong",
        arguments: [
            ("alice", "wrong"), ("nobody", "correct horse"), (String(repeating: "n", count: 255), "correct horse"),
            ("alice", String(repeating: "p", count: 4_097)),
        ])
    func failed(name: String, password: String) async throws {
        let portal = try PortalFixture()
        let answer = try await portal.signIn(name: name, password: password, rd: "https://app.example.com/x")
        #expect(answer.status == 422)
        #expect(
            answer.body.contains("role=\"alert\">That user name and password do not match. Both are case-sensitive.<"))
        #expect(answer.body.contains("aria-describedby=\"problem\""))
        #expect(answer.body.contains("value=\"\(name.utf8.count > 254 ? "" : name)\""))
        #expect(answer.body.contains("name=\"rd\" value=\"https://app.example.com/x\""))
        #expect(!answer.body.contains(password))
        #expect(answer.setCookie(portal.sessionCookie) == nil)
        #expect(portal.events[.signInFailed] == 1)
        #expect(portal.log.contains(event: "sign-in.failed"))
        #expect(!portal.log.lines.contains { $0.contains(password) || $0.contains("nobody") })
    }

    @Test("needs both halves", arguments: [("", "x"), ("alice", "")])
    func missing(name: String, password: String) async throws {
        let answer = try await PortalFixture().signIn(name: name, password: password)
        #expect(answer.status == 422)
        #expect(answer.body.contains("Please enter your user name and your password."))
    }

    @Test("asks to come back when too many do so at once")
    func busy() async throws {
        let portal = try PortalFixture()
        portal.backend.fail(with: .busy(retryAfter: .milliseconds(2_100)))
        let answer = try await portal.signIn()
        #expect(answer.status == 503)
        #expect(answer.header("Retry-After") == "3")
        #expect(answer.body.contains("value=\"alice\"") && answer.body.contains("in a moment"))
        #expect(portal.events[.signInBusy] == 1)
    }

    @Test("is not possible without the people or the sessions, and says so")
    func unavailable() async throws {
        let portal = try PortalFixture()
        portal.backend.fail(with: .unavailable(reason: "gone"))
        let people = try await portal.signIn()
        portal.backend.fail(with: nil)
        portal.store.isAvailable = false
        let sessions = try await portal.signIn()
        for answer in [people, sessions] {
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "5")
            #expect(answer.setCookie(portal.sessionCookie) == nil)
            #expect(answer.body.contains("nothing is wrong with your password"))
        }
    }

    @Test(
        "returns to known places only",
        arguments: [
            ("https://app.example.com/a/../b?q=1", "https://app.example.com/b?q=1"),
            ("https://app.example.com", "https://app.example.com/"),
            ("https://wiki.example.com:8443/", "https://wiki.example.com:8443/"), ("/account", "/account"),
            ("https://auth.example.com/account", "https://auth.example.com/account"), ("http://app.example.com/", nil),
            ("https://wiki.example.com/", nil), ("https://evil.example/", nil), ("//evil.example/", nil),
            ("/\\evil.example", nil),
            ("javascript:alert(1)", nil), ("https://app.example.com@evil.example/", nil),
            ("https://app.example.com.evil.example/", nil),
            ("https:app.example.com", nil), ("/x\r\nSet-Cookie: a=b", nil),
            ("https://app.example.com/%2e%2e/", "https://app.example.com/"),
            ("https://app.example.com/%2e%2e%2fx", "https://app.example.com/%2e%2e%2fx"),
            (" https://app.example.com/", nil),
            ("https://app.example.com/\(String(repeating: "a", count: 6_144))", nil), ("", nil),
        ])
    func returnAddress(rd: String, expected: String?) async throws {
        let portal = try PortalFixture(.domain, home: "https://app.example.com/home")
        let answer = try await portal.signIn(rd: rd)
        #expect(try await portal.follow(answer) == expected ?? "https://app.example.com/home")
        // The same by the address of the form, and of the page that leads on.
        let pre = "\(portal.preCookie)=\(try #require(try await portal.send(path: "/login").cookie(portal.preCookie)))"
        let query = "?rd=\(PortalFixture.encoded(rd))"
        let form = try await portal.send(path: "/login\(query)", [("Cookie", pre)])
        let sent = try await portal.post(
            "/login\(query)",
            [("token", form.token ?? ""), ("name", "alice"), ("password", "correct horse")], cookies: [pre])
        #expect(try await portal.follow(sent) == expected ?? "https://app.example.com/home")
        let page = try await portal.send(
            path: "/login/continue\(query)", [("Cookie", sent.givenCookies.joined(separator: "; "))])
        #expect((page.location ?? page.onward) == expected ?? "https://app.example.com/home")
    }

    @Test("shows where it leads")
    func destination() async throws {
        let portal = try PortalFixture()
        let form = try await portal.send(path: "/login?rd=https://wiki.example.com:8443%2Fpage%3Fa%3Db")
        #expect(form.body.contains("to continue to <strong>wiki.example.com:8443</strong>"))
        // Its own address holds the place, where it may be long.
        #expect(!form.body.contains("name=\"rd\"") && form.body.contains("<form method=\"post\">"))
        for query in ["rd=%zz", "rd=https%3A%2F%2Fapp.example.com%2F&rd=https%3A%2F%2Fapp.example.com%2F", "rd"] {
            #expect(try await portal.send(path: "/login?\(query)").body.contains("name=\"rd\"") == false)
        }
    }

    @Test("is offered, not repeated, to someone who is signed in")
    func choice() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        let plain = try await portal.send(path: "/login", [("Cookie", session)])
        #expect(plain.location == "/account")
        let asked = try await portal.send(path: "/login?rd=https%3A%2F%2Fapp.example.com%2Fx", [("Cookie", session)])
        #expect(asked.status == 200 && asked.location == nil)
        #expect(asked.body.contains("href=\"https://app.example.com/x\">Continue to app.example.com</a>"))
        #expect(asked.body.contains("href=\"/login?rd=https%3A%2F%2Fapp.example.com%2Fx&amp;switch=1\""))
        let switching = try await portal.send(path: "/login?switch=1", [("Cookie", session)])
        #expect(switching.token != nil)
        portal.store.isAvailable = false
        #expect(try await portal.send(path: "/login", [("Cookie", session)]).token != nil)
    }

    @Test("works in two tabs, and helps password managers")
    func form() async throws {
        let portal = try PortalFixture(.local)
        let first = try await portal.send(path: "/login")
        let pre = "\(portal.preCookie)=\(try #require(first.cookie(portal.preCookie)))"
        #expect(first.setCookie(portal.preCookie) == "\(pre); Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
        let second = try await portal.send(path: "/login", [("Cookie", pre)])
        #expect(second.token == first.token)
        #expect(first.body.contains("<form method=\"post\">"))
        for part in [
            "<label for=\"name\">", "<label for=\"password\">", "autocomplete=\"username\" autocapitalize=\"none\"",
            "spellcheck=\"false\"", "autocomplete=\"current-password\"", "required autofocus>", "<main>",
            "<html lang=\"en\">",
        ] { #expect(first.body.contains(part), "\(part)") }
    }

    @Test(
        "logs the address that the proxy names, and ignores what others name",
        arguments: [
            ("127.0.0.1", "203.0.113.9"), ("198.51.100.1", "198.51.100.1"), (nil, "203.0.113.9"),
        ])
    func client(peer: String?, expected: String) async throws {
        let portal = try PortalFixture()
        _ = try await portal.send(
            .post, path: "/login",
            [("Origin", "null"), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "203.0.113.9, 127.0.0.1")],
            peer: peer.flatMap { IPAddress($0) })
        #expect(portal.log.lines.contains { $0.contains("client=\(expected) ") && $0.contains("event=csrf.refused ") })
    }
}
