import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("The page that somebody wanted")
struct KeptPlaceTests {
    private static let place = "https://app.example.com/finance?q=1"
    private static let query = "?rd=\(PortalFixture.encoded(place))"

    @Test("stays with whoever was denied it and signs in as someone else")
    func denied() async throws {
        let portal = try PortalFixture()
        let page = try await portal.send(
            path: "/denied", [("Accept", "text/html"), ("X-Original-URL", KeptPlaceTests.place)],
            host: "app.example.com")
        #expect(page.body.contains("href=\"https://auth.example.com/login\(KeptPlaceTests.query)&amp;switch=1\""))
        for (headers, peer) in [
            ([("X-Original-URL", "https://evil.example/")], nil),
            ([("X-Original-URL", KeptPlaceTests.place), ("X-Original-URL", KeptPlaceTests.place)], nil),
            ([("X-Original-URL", KeptPlaceTests.place)], IPAddress("198.51.100.1")),
        ] as [([(String, String)], IPAddress?)] {
            let page = try await portal.send(
                path: "/denied", [("Accept", "text/html")] + headers, host: "app.example.com", peer: peer)
            #expect(page.body.contains("href=\"https://auth.example.com/login?switch=1\""))
        }
    }

    @Test("is named by the browser where the denied page is one for all")
    func relayed() async throws {
        let portal = try PortalFixture()
        let relayed = String(decoding: PreRendered.deniedHTML(portal.settings), as: UTF8.self)
        #expect(
            relayed.contains(
                "referrerpolicy=\"no-referrer-when-downgrade\" href=\"https://auth.example.com/login?switch=1\""))
        let form = try await portal.send(path: "/login?switch=1", [("Referer", KeptPlaceTests.place)])
        #expect(form.value(after: "name=\"rd\" value=\"") == KeptPlaceTests.place)
        for referer in ["https://evil.example/", "https://auth.example.com/account", "/account"] {
            let form = try await portal.send(path: "/login?switch=1", [("Referer", referer)])
            #expect(!form.body.contains("name=\"rd\""), "\(referer)")
        }
        #expect(
            try await portal.send(path: "/login", [("Referer", KeptPlaceTests.place)]).body.contains("\"rd\"") == false)
    }

    @Test("stays with whoever forgot the password, over the mail and the new password")
    func forgotten() async throws {
        let portal = try PortalFixture()
        let signIn = try await portal.send(path: "/login\(KeptPlaceTests.query)")
        #expect(signIn.body.contains("href=\"/reset\(KeptPlaceTests.query)\""))
        let form = try await portal.send(path: "/reset\(KeptPlaceTests.query)")
        #expect(form.body.contains("href=\"/login\(KeptPlaceTests.query)\""))
        let pre = "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))"
        let asked = try await portal.post(
            "/reset\(KeptPlaceTests.query)", [("token", form.token ?? ""), ("name", "alice")], cookies: [pre])
        #expect(asked.body.contains("href=\"/login\(KeptPlaceTests.query)\""))
        let secret = try #require(portal.mails.all.last?.secret)
        let opened = try await portal.send(path: "/reset?token=\(secret)")
        let cookie = opened.givenCookies.joined(separator: "; ")
        let new = try await portal.send(path: "/reset/password", [("Cookie", cookie)])
        let done = try await portal.post(
            "/reset/password",
            [("token", new.token ?? ""), ("password", "a quite new password"), ("again", "a quite new password")],
            cookies: [cookie])
        #expect(done.body.contains("<a class=\"button\" href=\"/login\(KeptPlaceTests.query)\">Sign in</a>"))
    }

    @Test("stays with whoever has to choose a new password, also if they take too long")
    func required() async throws {
        let portal = try PortalFixture()
        portal.people.update(mustChange: true)
        let answer = try await portal.signIn(rd: KeptPlaceTests.place)
        #expect(answer.location == "/login/password\(KeptPlaceTests.query)")
        portal.clock.advance(by: .seconds(601))
        let late = try await portal.send(
            path: "/login/password\(KeptPlaceTests.query)", [("Cookie", answer.givenCookies.joined(separator: "; "))])
        #expect(late.location == "/login\(KeptPlaceTests.query)")
    }
}
