import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Signing out")
struct SignOutTests {
    @Test(
        "takes a form, ends the session before the answer, and clears the cookie",
        arguments: PortalFixture.Mode.allCases)
    func signOut(mode: PortalFixture.Mode) async throws {
        let portal = try PortalFixture(mode)
        let session = try await portal.session()
        let question = try await portal.send(path: "/logout", [("Cookie", session)])
        #expect(question.status == 200)
        #expect(question.body.contains("<bdi>alice</bdi>"))
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 200)
        let answer = try await portal.post("/logout", [("token", try #require(question.token))], cookies: [session])
        #expect(answer.status == 303)
        #expect(answer.location == "\(portal.settings.address.prefix)/logout")
        let domain = mode == .domain ? " Domain=example.com;" : ""
        #expect(
            answer.setCookie(portal.sessionCookie)?.hasPrefix("\(portal.sessionCookie)=; Path=/;\(domain) Max-Age=0;")
                == true)
        #expect(answer.header("Clear-Site-Data") == (mode == .domain ? "\"cache\", \"storage\"" : nil))
        #expect(!portal.store.dump.keys.contains { $0.description.hasPrefix("gh:s:") })
        #expect(portal.events[.signedOut] == 1)
        #expect(portal.log.lines.contains { $0.contains("event=sign-out ") && $0.contains("user=alice ") })
        let after = try await portal.send(path: "/logout", [("Cookie", session)])
        #expect(after.body.contains("You are signed out"))
        #expect(after.setCookie(portal.sessionCookie)?.contains("Max-Age=0") == true)
    }

    @Test("goes on to known places only")
    func destination() async throws {
        for (rd, expected) in [
            ("https://app.example.com/bye", "/logout?rd=https%3A%2F%2Fapp.example.com%2Fbye"),
            ("https://evil.example/", "/logout"),
        ] {
            let portal = try PortalFixture()
            let session = try await portal.session()
            let question = try await portal.send(path: "/logout?rd=\(PortalFixture.encoded(rd))", [("Cookie", session)])
            #expect(question.body.contains(rd) == (expected != "/logout"))
            let answer = try await portal.post(
                "/logout", [("token", try #require(question.token)), ("rd", rd)], cookies: [session])
            #expect(answer.location == expected)
            let page = try await portal.send(path: expected)
            #expect(page.body.contains("<h1>You are signed out</h1>") && page.token == nil)
            #expect(page.body.contains("href=\"\(rd)\"") == (expected != "/logout"))
        }
    }

    @Test("needs a token that the portal made for this")
    func token() async throws {
        let portal = try PortalFixture()
        let mine = try await portal.session()
        let foreign = try #require(try await portal.send(path: "/login").token)
        for fields in [[], [("token", foreign)], [("token", "")]] {
            let answer = try await portal.post("/logout", fields, cookies: [mine])
            #expect(answer.status == 403)
            #expect(answer.token != nil)
            #expect(try await portal.send(path: "/account", [("Cookie", mine)]).status == 200)
        }
    }

    @Test("of a stranger does no harm")
    func stranger() async throws {
        let portal = try PortalFixture()
        let answer = try await portal.post("/logout", [("token", "x")])
        #expect(answer.status == 200)
        #expect(answer.body.contains("You are signed out"))
        #expect(portal.events[.signedOut] == 0)
    }

    @Test("without the store forgets the cookie and does not claim more")
    func unavailable() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        portal.store.isAvailable = false
        let question = try await portal.send(path: "/logout", [("Cookie", session)])
        let answer = try await portal.post("/logout", [("token", try #require(question.token))], cookies: [session])
        #expect(answer.status == 503)
        #expect(answer.body.contains("it may still be active there"))
        #expect(answer.setCookie(portal.sessionCookie)?.contains("Max-Age=0") == true)
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 503)
        portal.store.isAvailable = true
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 200)
    }

    @Test("is offered on the account page, which says who one is")
    func account() async throws {
        let portal = try PortalFixture(home: "https://app.example.com/")
        let session = try await portal.session()
        portal.clock.advance(by: .seconds(300))
        let page = try await portal.send(path: "/account", [("Cookie", session)])
        for part in [
            "Alice Ågren", "alice@example.com", "Staff", "reports &lt;admins&gt;",
            "Signed in 5 minutes ago, ends within 24 hours",
        ] {
            #expect(page.body.contains(part), "\(part)")
        }
        #expect(
            try await portal.post("/logout", [("token", try #require(page.token))], cookies: [session]).status == 303)
    }
}
