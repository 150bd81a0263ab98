import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import HTTPTypes
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Going on after a sign-in")
struct OnwardTests {
    private static let place = "https://app.example.com/list?page=2"
    private static let query = "?rd=\(PortalFixture.encoded(place))"

    @Test(
        "leads by a page of the portal, with and without scripts, and by a link", arguments: PortalFixture.Mode.allCases
    )
    func page(mode: PortalFixture.Mode) async throws {
        let portal = try PortalFixture(mode)
        let signedIn = try await portal.signIn(rd: OnwardTests.place)
        let prefix = portal.settings.address.prefix
        #expect(signedIn.location == "\(prefix)/login/continue\(OnwardTests.query)")
        let page = try await portal.send(
            path: "/login/continue\(OnwardTests.query)",
            [("Cookie", signedIn.givenCookies.joined(separator: "; ")), ("Sec-Fetch-Site", "same-origin")])
        #expect(page.status == 200 && page.location == nil)
        #expect(page.onward == OnwardTests.place)
        #expect(
            page.body.contains(
                "<noscript><meta http-equiv=\"refresh\" content=\"0; url=\(OnwardTests.place)\"></noscript>"))
        let script = try await portal.send(path: StaticFile.onward.path)
        #expect(script.body.contains("location.replace(onward.href)"))
        #expect(script.header("Content-Type") == "text/javascript; charset=utf-8")
    }

    @Test("leads strangers to the form, with the place kept, and nobody anywhere else")
    func stranger() async throws {
        let portal = try PortalFixture()
        for headers in [[("Sec-Fetch-Site", "none")], [("Sec-Fetch-Site", "cross-site")], [("Cookie", "other=1")]] {
            let answer = try await portal.send(path: "/login/continue\(OnwardTests.query)", headers)
            #expect(answer.status == 303 && answer.location == "/login\(OnwardTests.query)")
        }
        let foreign = try await portal.send(
            path: "/login/continue?rd=https%3A%2F%2Fevil.example%2F", [("Cookie", try await portal.session())])
        #expect(foreign.location == "/account")
        #expect(try await portal.post("/login/continue", []).status == 405)
    }

    @Test("goes on at once to a place that is too long for the head of an answer")
    func long() async throws {
        let portal = try PortalFixture()
        let place = "https://app.example.com/?q=" + String(repeating: "%2F", count: 600)
        let signedIn = try await portal.signIn(rd: place)
        #expect(signedIn.status == 200 && signedIn.location == nil && signedIn.onward == place)
        #expect(signedIn.cookie(portal.sessionCookie) != nil)
    }

    @Test("finds a place that is kept behind a key, and keeps the key on every way")
    func key() async throws {
        let key = try #require(SecretToken(octets: [UInt8](repeating: 5, count: 32)))
        let place = OnwardTests.place
        let portal = try PortalFixture().with { services in
            services.longPlaces = { token, _ in token == key ? Array(place.utf8) : nil }
        }
        let query = "?rk=\(key.text)"
        let form = try await portal.send(path: "/login\(query)")
        #expect(form.body.contains("to continue to <strong>app.example.com</strong>"))
        #expect(form.body.contains("href=\"/reset\(query)\"") && !form.body.contains("name=\"rd\""))
        let pre = "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))"
        let sent = try await portal.post(
            "/login\(query)", [("token", form.token ?? ""), ("name", "alice"), ("password", "correct horse")],
            cookies: [pre])
        #expect(sent.location == "/login/continue\(query)")
        #expect(try await portal.follow(sent) == place)
        for unknown in ["?rk=\(String(repeating: "A", count: 43))", "?rk=x"] {
            #expect(try await portal.send(path: "/login\(unknown)").body.contains("to continue to") == false)
        }
    }
}

@Suite("A sign-in that does not come back")
struct CookieLossTests {
    private static let query = "?rd=https%3A%2F%2Fapp.example.com%2F"

    /// What a browser gets after a sign-in of which it sends back only some cookies.
    private func follow(
        _ portal: PortalFixture, path: String = "/login/continue", keeping isKept: (String) -> Bool
    ) async throws -> Answer {
        let signedIn = try await portal.signIn(rd: "https://app.example.com/")
        let cookies = signedIn.givenCookies.filter(isKept)
        var headers = [("Sec-Fetch-Site", "same-origin")]
        if !cookies.isEmpty { headers.append(("Cookie", cookies.joined(separator: "; "))) }
        return try await portal.send(path: path + CookieLossTests.query, headers)
    }

    @Test(
        "is told on the page that goes on, with the line of the configuration in the log",
        arguments: ["/login", "/login/continue"])
    func refused(path: String) async throws {
        let portal = try PortalFixture()
        let page = try await follow(portal, path: path) { !$0.hasPrefix(portal.sessionCookie) }
        #expect(page.status == 200)
        #expect(
            page.body.contains("did not keep the sign-in")
                && page.body.contains("cookie.domain = &quot;example.com&quot;"))
        #expect(page.body.contains(path == "/login" ? "name=\"password\"" : "href=\"/login\(CookieLossTests.query)\""))
        let lines = portal.log.lines.filter { $0.contains("event=sign-in.cookie-lost ") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("reason=refused") == true)
        #expect(lines.first?.contains("cookie.domain = \"example.com\"") == true)
        // Once is enough.
        #expect(page.setCookie("gatehouse-fresh")?.contains("Max-Age=0") == true)
        #expect(portal.events[.signInCookieLost] == 1)
    }

    @Test("is told apart: no cookie at all, no secure one, or a place that the cookie does not reach")
    func kinds() async throws {
        let blocked = try PortalFixture()
        #expect(try await follow(blocked) { _ in false }.body.contains("sent no cookie back"))
        #expect(blocked.log.text.contains("reason=blocked"))
        let insecure = try PortalFixture()
        let page = try await follow(insecure) { !$0.hasPrefix("__") }
        #expect(page.body.contains("works over https only"))
        #expect(page.body.contains("href=\"https://auth.example.com/login\(CookieLossTests.query)\""))
        #expect(insecure.log.text.contains("reason=insecure") && insecure.log.text.contains("portal.url = "))
        let narrow = try PortalFixture(.path)
        let signedIn = try await narrow.signIn()
        let wiki = "?rd=https%3A%2F%2Fwiki.example.com%3A8443%2F"
        let cookies = [("Cookie", signedIn.givenCookies.joined(separator: "; "))]
        #expect(
            try await narrow.send(path: "/login/continue\(wiki)", cookies).onward == "https://wiki.example.com:8443/")
        let back = try await narrow.send(path: "/login\(wiki)", cookies)
        #expect(back.body.contains("does not send the sign-in") && back.body.contains("https://wiki.example.com:8443"))
        #expect(narrow.log.text.contains("reason=unreachable"))
    }

    @Test("is not suspected after signing out, after a session was ended elsewhere, or later")
    func noAlarm() async throws {
        let portal = try PortalFixture()
        let signedIn = try await portal.signIn()
        let cookies = signedIn.givenCookies.joined(separator: "; ")
        let question = try await portal.send(path: "/logout", [("Cookie", cookies)])
        let out = try await portal.post("/logout", [("token", question.token ?? "")], cookies: [cookies])
        for name in ["gatehouse-fresh", "__Host-gatehouse-fresh"] {
            #expect(out.setCookie(name)?.contains("Max-Age=0") == true)
        }
        // The browser still sends all of it.
        let ended = try await portal.send(path: "/login", [("Cookie", cookies)])
        #expect(ended.status == 200 && !ended.body.contains("role=\"alert\""))
        #expect(!portal.log.contains(event: "sign-in.cookie-lost"))
        #expect(signedIn.setCookie("gatehouse-fresh")?.contains("Max-Age=60;") == true)
    }
}
