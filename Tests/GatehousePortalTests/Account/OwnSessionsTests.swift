import Foundation
import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("One's own sessions")
struct OwnSessionsTests {
    private static let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    private static let phone =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
        + "Mobile/15E148 Safari/604.1"

    private func session(_ portal: PortalFixture, _ agent: String, _ address: String) async throws -> String {
        let answer = try await portal.signIn(headers: [("User-Agent", agent), ("X-Forwarded-For", address)])
        return "\(portal.sessionCookie)=\(try #require(answer.cookie(portal.sessionCookie)))"
    }

    private func isAlive(_ portal: PortalFixture, _ session: String) async throws -> Bool {
        try await portal.send(path: "/account", [("Cookie", session)]).status == 200
    }

    @Test("are listed with browser, address and time; one can be ended, or all but this one")
    func listed() async throws {
        let portal = try PortalFixture()
        let desk = try await session(portal, OwnSessionsTests.firefox, "192.0.2.1")
        portal.clock.advance(by: .seconds(1_800))
        let phone = try await session(portal, OwnSessionsTests.phone, "2001:db8::7")
        let third = try await session(portal, "<script>alert(1)</script>", "198.51.100.1")
        let page = try await portal.send(path: "/account", [("Cookie", desk)])
        for text in [
            "Firefox on Linux", "Safari on iPhone", "Unknown browser", "192.0.2.1 · this session", "2001:db8::7",
        ] {
            #expect(page.body.contains(text), "\(text)")
        }
        #expect(!page.body.contains("<script"))
        let token = page.body.components(separatedBy: "action=\"/account/sessions\"")[1]
            .components(separatedBy: "name=\"token\" value=\"")[1].prefix { $0 != "\"" }
        let id = try #require(page.value(after: "name=\"session\" value=\""))
        let one = try await portal.post("/account/sessions", [("token", "\(token)"), ("session", id)], cookies: [desk])
        #expect(one.location?.hasSuffix("/account?done=session") == true)
        let alive = [try await isAlive(portal, phone), try await isAlive(portal, third)]
        #expect(alive.filter { $0 }.count == 1)
        let rest = try await portal.post(
            "/account/sessions", [("token", "\(token)"), ("others", "1")], cookies: [desk])
        #expect(rest.location?.hasSuffix("/account?done=others") == true)
        #expect(try await isAlive(portal, desk))
        #expect(try await isAlive(portal, phone) == false)
        #expect(try await isAlive(portal, third) == false)
        #expect(portal.log.contains(event: "session.ended"))
        #expect(!portal.store.dump.values.contains { String(decoding: $0, as: UTF8.self).contains("Firefox") })
    }

    @Test("cannot be ended by somebody else, or by a page of another site")
    func others() async throws {
        let portal = try PortalFixture()
        let alice = try await portal.session()
        let page = try await portal.send(path: "/account", [("Cookie", try await portal.session())])
        let id = try #require(page.value(after: "name=\"session\" value=\""))
        portal.backend.become(Identity(user: UserReference(backend: "test", id: "2"), name: "bob"))
        let signedIn = try await portal.signIn(name: "bob")
        let bob = "\(portal.sessionCookie)=\(try #require(signedIn.cookie(portal.sessionCookie)))"
        let form = try await portal.send(path: "/account/password", [("Cookie", bob)])
        let own = try await portal.send(path: "/account", [("Cookie", bob)])
        #expect(form.status == 200 && own.status == 200)
        let tokens = own.body.components(separatedBy: "name=\"token\" value=\"").dropFirst().map {
            $0.prefix { $0 != "\"" }
        }
        for token in tokens {
            _ = try await portal.post("/account/sessions", [("token", "\(token)"), ("session", id)], cookies: [bob])
            _ = try await portal.post("/account/sessions", [("token", "\(token)"), ("session", id)], cookies: [alice])
        }
        let foreign = try await portal.post(
            "/account/sessions", [("token", "x"), ("others", "1")], cookies: [alice],
            headers: [("Origin", "https://evil.example")])
        #expect(foreign.status == 403)
        #expect(try await portal.keeper.sessions(of: OnePersonBackend.alice.user, now: portal.clock.now).count == 2)
        #expect(try await portal.send(path: "/account/sessions", [("Cookie", alice)]).status == 405)
    }

    @Test("begin with a mail when the browser is new and people want to be told")
    func newDevice() async throws {
        let mails = Mails()
        let portal = try PortalFixture().with { $0.mail = mails.mail(tellsOfNewDevices: true) }
        let first = try await portal.signIn(headers: [
            ("User-Agent", OwnSessionsTests.phone), ("X-Forwarded-For", "192.0.2.1"),
        ])
        let name = portal.settings.cookies.device.description
        let device = "\(name)=\(try #require(first.cookie(name)))"
        _ = try await portal.signIn(cookies: [device])
        #expect(mails.all.map(\.subject) == ["A new device was used to sign in"])
        #expect(mails.all.first?.text.contains("Safari on iPhone, address 192.0.2.1") == true)
        _ = try await portal.signIn()
        #expect(mails.all.count == 2)
    }
}

@Suite("Sessions whose person has changed meanwhile")
struct StalePersonTests {
    @Test("end on the portal, too, once what is known is old, and go on while nobody can be asked")
    func refreshed() async throws {
        let portal = try PortalFixture()
        portal.backend.become(OnePersonBackend.alice.with(credential: Octets16(high: 0, low: 1)))
        let session = try await portal.session()
        portal.backend.become(OnePersonBackend.alice.with(credential: Octets16(high: 0, low: 2)))
        portal.clock.advance(by: .seconds(59))
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 200)
        portal.clock.advance(by: .seconds(1))
        portal.backend.fail(with: .unavailable(reason: "down"))
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 200)
        portal.backend.fail(with: nil)
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 303)
        #expect(portal.log.text.contains("reason=account"))
    }

    @Test("are told of when they end because there are too many")
    func displaced() async throws {
        let portal = try PortalFixture()
        for _ in 0..<10 { _ = try await portal.session() }
        #expect(!portal.log.contains(event: "session.ended"))
        _ = try await portal.session()
        #expect(portal.log.text.contains("reason=limit"))
    }
}

@Suite("Signing in by a header of a proxy")
struct RemoteSignInTests {
    private func portal(_ peers: [String] = ["192.0.2.10"]) throws -> PortalFixture {
        try PortalFixture().with {
            $0.remote = RemoteSignIn(
                header: "x-remote-user", peers: TrustedProxies(networks: peers.compactMap { Network($0) })
            ) { name async throws(BackendError) in
                if name == "broken" { throw .unavailable(reason: "down") }
                return name == "alice" ? OnePersonBackend.alice : nil
            }
        }
    }

    private func open(
        _ portal: PortalFixture, _ headers: [(String, String)], peer: String? = "192.0.2.10", path: String = "/login"
    ) async throws -> Answer {
        try await portal.send(path: path, headers, peer: peer.flatMap { IPAddress($0) })
    }

    @Test("starts a session and leads on")
    func works() async throws {
        let portal = try portal()
        let answer = try await open(portal, [("X-Remote-User", "alice")], path: "/login?rd=https://app.example.com/x")
        #expect(answer.status == 303)
        #expect(answer.location == "https://app.example.com/x")
        let session = "\(portal.sessionCookie)=\(try #require(answer.cookie(portal.sessionCookie)))"
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 200)
        #expect(try await open(portal, [("X-Remote-User", "alice")], peer: nil).status == 303)
    }

    @Test("takes somebody who opens the page, not a page of another site that only loads it")
    func visits() async throws {
        let portal = try portal()
        let header = ("X-Remote-User", "alice")
        let image = [header, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "image")]
        #expect(try await open(portal, image).status == 200)
        #expect(try await open(portal, [header, ("Sec-Fetch-Site", "same-site")]).status == 200)
        let link = [header, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document")]
        #expect(try await open(portal, link).status == 303)
        let head = try await portal.send(.head, path: "/login", [header], peer: IPAddress("192.0.2.10"))
        #expect(head.status == 200 && head.cookie(portal.sessionCookie) == nil)
    }

    @Test("takes a peer that is gone for nobody, and one at a Unix socket for a proxy")
    func gone() {
        let everybody = TrustedProxies(networks: Network.loopback)
        #expect(PortalContext(peer: nil, isUnixSocket: true).isOne(of: everybody))
        #expect(!PortalContext(peer: nil, isUnixSocket: false).isOne(of: everybody))
        #expect(PortalContext(peer: IPAddress("127.0.0.1"), isUnixSocket: false).isOne(of: everybody))
    }

    @Test("believes nobody else, and no header that comes twice or says nothing")
    func untrusted() async throws {
        let portal = try portal()
        for (headers, peer) in [
            ([("X-Remote-User", "alice")], "192.0.2.11"), ([("X-Remote-User", "alice")], "127.0.0.1"),
            ([("X-Remote-User", "alice"), ("X-Remote-User", "alice")], "192.0.2.10"),
            ([("X-Remote-User", "")], "192.0.2.10"),
            ([("X-Remote_User", "alice")], "192.0.2.10"), ([], "192.0.2.10"),
        ] {
            let answer = try await open(portal, headers, peer: peer)
            #expect(answer.status == 200)
            #expect(answer.cookie(portal.sessionCookie) == nil)
        }
        let none = try PortalFixture()
        #expect(try await open(none, [("X-Remote-User", "alice")]).cookie(none.sessionCookie) == nil)
    }

    @Test("tells whoever has no account, and answers 503 when that cannot be found out")
    func unknown() async throws {
        let portal = try portal()
        let unknown = try await open(portal, [("X-Remote-User", "mallory")])
        #expect(unknown.status == 403)
        #expect(unknown.body.contains("This site does not know you"))
        #expect(try await open(portal, [("X-Remote-User", "broken")]).status == 503)
    }
}
