import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("Several session cookies in one browser")
struct SeveralSessionsTests {
    private static let dead = String(repeating: "A", count: 43)

    private func account(_ portal: PortalFixture, _ cookies: String...) async throws -> Int {
        try await portal.send(path: "/account", [("Cookie", cookies.joined(separator: "; "))]).status
    }

    private func bob(_ portal: PortalFixture) async throws -> String {
        portal.backend.become(Identity(user: UserReference(backend: "test", id: "2"), name: "bob"))
        defer { portal.backend.become(OnePersonBackend.alice) }
        return
            "\(portal.sessionCookie)=\(try #require(try await portal.signIn(name: "bob").cookie(portal.sessionCookie)))"
    }

    @Test("count as the one live session among them, wherever it stands")
    func one() async throws {
        let portal = try PortalFixture()
        let live = try await portal.session()
        let name = portal.sessionCookie
        for stray in [
            "\(name)=\(SeveralSessionsTests.dead)", "\(name)=", "\(name)=deleted", "\(name)=\"x\"", "\(name)=a=b",
            "\(name)=\(live.dropFirst(name.count + 1))x",
        ] {
            #expect(try await account(portal, stray, live) == 200, "\(stray)")
            #expect(try await account(portal, live, stray) == 200, "\(stray)")
            #expect(try await account(portal, stray) == 303, "\(stray)")
        }
        #expect(try await account(portal, live, live) == 200)
        let many = (0..<3).map { "\(name)=\(String(repeating: "\($0)", count: 42))A" }.joined(separator: "; ")
        #expect(try await account(portal, many, live) == 200)
        #expect(try await account(portal, many, "\(name)=\(SeveralSessionsTests.dead)", live) == 303)
    }

    @Test("of one person count as the one that began last; of different people as none, and the page says so")
    func people() async throws {
        let portal = try PortalFixture()
        let first = try await portal.session()
        portal.clock.advance(by: .seconds(1))
        let second = try await portal.session()
        for cookies in ["\(first); \(second)", "\(second); \(first)"] {
            let page = try await portal.send(path: "/account", [("Cookie", cookies)])
            #expect(page.status == 200)
            let value = Array(second.utf8.dropFirst(portal.sessionCookie.utf8.count + 1))
            let octets = Base64URL.decode(value.span) ?? []
            let token = try #require(SecretToken(octets: octets))
            let form = try #require(page.value(after: "name=\"session\" value=\""))
            #expect(try portal.keeper.id(of: token).text != form)
        }
        let other = try await bob(portal)
        #expect(try await account(portal, first, other) == 303)
        let form = try await portal.send(path: "/login", [("Cookie", "\(first); \(other)")])
        #expect(form.status == 200 && form.body.contains("sign-ins of different people at once"))
        let question = try await portal.send(path: "/logout", [("Cookie", "\(first); \(other)")])
        #expect(question.token != nil && question.body.contains("Signing out ends all of them."))
    }

    @Test("all end at a sign-in, and are cleared in every scope that can be named; the new one's line comes last")
    func signIn() async throws {
        let portal = try PortalFixture()
        let (mine, other) = (try await portal.session(), try await bob(portal))
        let answer = try await portal.signIn(cookies: [mine, other])
        #expect(answer.status == 303)
        let name = portal.sessionCookie
        let new = try #require(answer.lines("Set-Cookie").last { $0.hasPrefix("\(name)=") })
        #expect(
            answer.lines("Set-Cookie").filter { $0.hasPrefix("\(name)=") } == [
                "\(name)=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
                "\(name)=; Path=/; Domain=auth.example.com; Max-Age=0; Secure; HttpOnly; SameSite=Lax", new,
            ])
        #expect(new.contains("; Domain=example.com;") && !new.contains("Max-Age"))
        #expect(try await account(portal, mine) == 303)
        #expect(try await account(portal, other) == 303)
    }

    @Test("all end at a sign-out, and are cleared likewise")
    func signOut() async throws {
        let portal = try PortalFixture()
        let (mine, other) = (try await portal.session(), try await bob(portal))
        let question = try await portal.send(path: "/logout", [("Cookie", "\(mine); \(other)")])
        let out = try await portal.post("/logout", [("token", question.token ?? "")], cookies: [mine, other])
        #expect(out.status == 303)
        #expect(out.lines("Set-Cookie").filter { $0.hasPrefix("\(portal.sessionCookie)=;") }.count == 3)
        #expect(try await account(portal, mine) == 303)
        #expect(try await account(portal, other) == 303)
    }

    @Test("are cleared nowhere else while there is one, and it lives")
    func alone() async throws {
        let portal = try PortalFixture()
        let live = try await portal.session()
        func lines(_ answer: Answer) -> Int {
            answer.lines("Set-Cookie").filter { $0.hasPrefix("\(portal.sessionCookie)=") }.count
        }
        #expect(lines(try await portal.signIn()) == 1)
        #expect(lines(try await portal.signIn(cookies: [live])) == 1)
        #expect(lines(try await portal.signIn(cookies: ["\(portal.sessionCookie)=\(SeveralSessionsTests.dead)"])) == 3)
        #expect(lines(try await portal.signIn(cookies: ["\(portal.sessionCookie)=deleted"])) == 3)
    }

    @Test("are named in each domain up to the cookie's, and not at all where browsers take one scope only")
    func scopes() throws {
        func domains(_ name: String, _ domain: String?, _ host: String) throws -> [String] {
            let cookies = PortalCookies(
                own: OwnCookies(session: SessionCookieName(name), isSecure: true), domain: domain.flatMap { Host($0) },
                isSecure: true)
            return cookies.sessionClearedElsewhere(portal: try #require(Host(host))).map { line in
                let domain = line.split(separator: "; ").first { $0.hasPrefix("Domain=") }
                return domain.map { String($0.dropFirst(7)) } ?? "-"
            }
        }
        #expect(
            try domains("__Secure-gatehouse", "example.test", "a.b.example.test") == [
                "-", "a.b.example.test", "b.example.test",
            ])
        #expect(try domains("__Secure-gatehouse", "b.example.test", "a.b.example.test") == ["-", "a.b.example.test"])
        #expect(try domains("own", nil, "app.example.test") == ["app.example.test"])
        #expect(try domains("gatehouse-local", nil, "localhost") == [])
        #expect(try domains("__Host-gatehouse", nil, "app.example.test") == [])
    }
}
