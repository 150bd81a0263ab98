import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import HTTPTypes
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Forms that are late")
struct StaleFormTests {
    private static let query = "?rd=https%3A%2F%2Fapp.example.com%2Fx"
    private static let place = "https://app.example.com/x"

    /// What a browser without Fetch Metadata sends, which sends no `Origin` either.
    private static let silent: [(String, String)] = []

    private func open(_ portal: PortalFixture, _ cookies: String? = nil) async throws -> (token: String, pre: String) {
        let form = try await portal.send(path: "/login\(StaleFormTests.query)", cookies.map { [("Cookie", $0)] } ?? [])
        return (
            try #require(form.token), "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))"
        )
    }

    private func send(
        _ portal: PortalFixture, _ token: String, name: String = "alice", password: String = "correct horse",
        cookies: [String], headers: [(String, String)]? = nil
    ) async throws -> Answer {
        try await portal.post(
            "/login\(StaleFormTests.query)", [("token", token), ("name", name), ("password", password)],
            cookies: cookies, headers: headers)
    }

    @Test("of two tabs that were opened at once both work")
    func twoTabs() async throws {
        let portal = try PortalFixture()
        // Both had no cookie yet: the browser keeps that of the second.
        let (first, second) = (try await open(portal), try await open(portal))
        let answer = try await send(portal, first.token, cookies: [second.pre])
        #expect(answer.status == 303 && answer.cookie(portal.sessionCookie) != nil)
        #expect(try await portal.follow(answer) == StaleFormTests.place)
        #expect(try await send(portal, second.token, cookies: [second.pre]).status == 303)
    }

    @Test("because their cookie is gone work all the same if the browser says that they are ours")
    func expired() async throws {
        let portal = try PortalFixture()
        let form = try await open(portal)
        for headers in [
            [("Origin", portal.origin)], [("Sec-Fetch-Site", "same-origin")],
            [("Origin", "null"), ("Sec-Fetch-Site", "same-origin")],
        ] {
            let answer = try await send(portal, form.token, cookies: [], headers: headers)
            #expect(answer.status == 303 && answer.cookie(portal.sessionCookie) != nil)
        }
    }

    @Test("come again with the name kept where the browser says nothing, and nobody is refused")
    func withoutProof() async throws {
        let portal = try PortalFixture()
        let form = try await open(portal)
        for cookies in [[], [try await open(portal).pre]] {
            let answer = try await send(portal, form.token, cookies: cookies, headers: StaleFormTests.silent)
            #expect(answer.status == 422)
            #expect(answer.body.contains("value=\"alice\"") && answer.cookie(portal.sessionCookie) == nil)
            let again = "\(portal.preCookie)=\(try #require(answer.cookie(portal.preCookie)))"
            let retry = try await send(
                portal, try #require(answer.token), cookies: [again], headers: StaleFormTests.silent)
            #expect(retry.status == 303 && retry.cookie(portal.sessionCookie) != nil)
        }
        #expect(portal.backend.questions == 2)
        #expect(portal.events[.formRefused] == 0)
    }

    @Test(
        "of somebody who signed in meanwhile in another tab go where they were going",
        arguments: [nil, StaleFormTests.silent])
    func signedInElsewhere(headers: [(String, String)]?) async throws {
        let portal = try PortalFixture()
        let form = try await open(portal)
        let session = try await portal.session()
        let questions = portal.backend.questions
        let answer = try await send(portal, form.token, password: "anything", cookies: [session], headers: headers)
        #expect(answer.status == 303 && answer.cookie(portal.sessionCookie) == nil)
        #expect(try await portal.follow(answer, cookies: [session]) == StaleFormTests.place)
        #expect(portal.backend.questions == questions)
    }

    @Test("of somebody who wants to be someone else make them that")
    func switching() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        let form = try await portal.send(path: "/login?switch=1", [("Cookie", session)])
        let answer = try await portal.post(
            "/login?switch=1", [("token", form.token ?? ""), ("name", "alice"), ("password", "correct horse")],
            cookies: [session])
        #expect(answer.status == 303 && answer.cookie(portal.sessionCookie) != nil)
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 303)
        // Another name says the same without the link.
        let other = try await open(portal)
        let second = "\(portal.sessionCookie)=\(try #require(answer.cookie(portal.sessionCookie)))"
        portal.backend.become(Identity(user: UserReference(backend: "test", id: "2"), name: "bob"))
        let changed = try await send(portal, other.token, name: "bob", cookies: [second])
        #expect(changed.status == 303 && changed.cookie(portal.sessionCookie) != nil)
    }

    @Test("of a session that a newer one of the same person replaced do what they say")
    func newerSession() async throws {
        let portal = try PortalFixture()
        let (old, other) = (try await portal.session(), try await portal.session())
        let account = try await portal.send(path: "/account", [("Cookie", old)])
        let password = try await portal.send(path: "/account/password", [("Cookie", old)])
        let question = try await portal.send(path: "/logout", [("Cookie", old)])
        let signedIn = try await portal.signIn(cookies: [old])
        let new = "\(portal.sessionCookie)=\(try #require(signedIn.cookie(portal.sessionCookie)))"
        let token = try #require(account.token)
        let ended = try await portal.post("/account/sessions", [("token", token), ("others", "1")], cookies: [new])
        #expect(ended.location == "/account?done=others")
        #expect(try await portal.send(path: "/account", [("Cookie", other)]).status == 303)
        let changed = try await portal.post(
            "/account/password",
            [
                ("token", password.token ?? ""), ("old", "correct horse"), ("password", "a quite new password"),
                ("again", "a quite new password"),
            ], cookies: [new])
        #expect(changed.location == "/account?done=password")
        let newest = "\(portal.sessionCookie)=\(try #require(changed.cookie(portal.sessionCookie)))"
        let silent = try await portal.post(
            "/logout", [("token", question.token ?? "")], cookies: [newest], headers: StaleFormTests.silent)
        #expect(silent.status == 422 && silent.token != nil)
        let out = try await portal.post("/logout", [("token", question.token ?? "")], cookies: [newest])
        #expect(out.status == 303)
        #expect(try await portal.send(path: "/account", [("Cookie", newest)]).status == 303)
    }

    @Test("of somebody else's account change nothing for whoever is signed in now, and refuse nobody")
    func somebodyElse() async throws {
        let portal = try PortalFixture()
        let alice = try await portal.session()
        let password = try await portal.send(path: "/account/password", [("Cookie", alice)])
        portal.backend.become(Identity(user: UserReference(backend: "test", id: "2"), name: "bob"))
        let bob = try await portal.signIn(name: "bob", cookies: [alice])
        let session = "\(portal.sessionCookie)=\(try #require(bob.cookie(portal.sessionCookie)))"
        let answer = try await portal.post(
            "/account/password",
            [
                ("token", password.token ?? ""), ("old", "correct horse"), ("password", "a quite new password"),
                ("again", "a quite new password"),
            ], cookies: [session])
        #expect(answer.status == 422 && answer.body.contains("<bdi>bob</bdi>"))
        #expect(portal.people.account.encodedPassword == "hash-0")
    }

    @Test("that ask for a link by mail are taken, or come again with the name kept")
    func reset() async throws {
        let portal = try PortalFixture()
        let form = try await portal.send(path: "/reset\(StaleFormTests.query)")
        let fields = [("token", try #require(form.token)), ("name", "alice")]
        let silent = try await portal.post("/reset\(StaleFormTests.query)", fields, headers: StaleFormTests.silent)
        #expect(silent.status == 422 && silent.body.contains("value=\"alice\""))
        #expect(portal.mails.all.isEmpty)
        #expect(try await portal.post("/reset\(StaleFormTests.query)", fields).status == 200)
        #expect(portal.mails.all.count == 1)
    }
}
