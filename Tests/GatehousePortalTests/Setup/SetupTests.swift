import GatehouseCore
import GatehouseCrypto
import GatehouseSessions
import GatehouseTestSupport
import Hummingbird
import Logging
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Making the first administrator")
struct SetupTests {
    /// A portal that offers it, and who was made there.
    private struct Fixture {
        let base: PortalFixture
        let link: SetupLink
        let people = FewPeople()
        let portal: PortalFixture

        init(_ mode: PortalFixture.Mode = .local) throws {
            base = try PortalFixture(mode)
            let lookup = try LookupKey([UInt8](repeating: 7, count: 32))
            let seal = try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 9, count: 32))])
            link = SetupLink(store: base.store, secrets: SessionSecrets(lookup: lookup, seal: seal, prefix: "gh:"))
            portal = try base.offering(people.firstAdministrator(link))
        }

        func open(_ link: SecretToken) async throws -> Answer {
            try await portal.send(path: "/setup?token=\(link.text)")
        }

        /// Opens the form and sends it filled in.
        func send(
            _ link: SecretToken, name: String = "root", password: String = "a long way home",
            again: String? = nil, headers: [(String, String)]? = nil
        ) async throws -> Answer {
            let form = try await open(link)
            return try await portal.post(
                "/setup", fields(link, token: try #require(form.token), name, password, again ?? password),
                cookies: [try cookie(form)], headers: headers)
        }

        func fields(
            _ link: SecretToken, token: String, _ name: String, _ password: String, _ again: String
        ) -> [(String, String)] {
            [("link", link.text), ("token", token), ("name", name), ("password", password), ("again", again)]
        }

        func cookie(_ form: Answer) throws -> String {
            "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))"
        }
    }

    /// The people of an empty site.
    private final class FewPeople: Sendable {
        struct State {
            var names: [String] = []
            var hasAdministrator = false
            var error: BackendError?
            var refusal: String?
        }

        let state = Mutex(State())
        static let root = Identity(user: UserReference(backend: "test", id: "1"), name: "root", isSuperuser: true)

        func firstAdministrator(_ link: SetupLink) -> FirstAdministrator {
            FirstAdministrator(
                link: link, hints: ["Ten letters."], configurationPath: "/srv/gatehouse.toml",
                isNeeded: { () async throws(BackendError) in
                    let (error, has) = self.state.withLock { ($0.error, $0.hasAdministrator) }
                    if let error { throw error }
                    return !has
                },
                make: { name, _ async throws(BackendError) in
                    self.state.withLock { state in
                        if let refusal = state.refusal { return .refused(reason: refusal) }
                        state.names.append(name.string)
                        state.hasAdministrator = true
                        return .made(FewPeople.root)
                    }
                })
        }

        var names: [String] { state.withLock { $0.names } }
    }

    @Test("is no page of a portal that does not offer it")
    func notOffered() async throws {
        let portal = try PortalFixture()
        let token = try #require(SecretToken(octets: [UInt8](repeating: 1, count: 32)))
        #expect(try await portal.send(path: "/setup?token=\(token.text)").status == 404)
        #expect(try await portal.post("/setup", [("link", token.text)]).status == 404)
    }

    @Test("signs the administrator in, once", arguments: PortalFixture.Mode.allCases)
    func made(mode: PortalFixture.Mode) async throws {
        let fixture = try Fixture(mode)
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        fixture.base.backend.become(FewPeople.root)
        let form = try await fixture.open(link)
        #expect(form.status == 200)
        #expect(form.body.contains("autocomplete=\"new-password\""))
        #expect(form.body.contains("<li>Ten letters.</li></ul><form"))
        #expect(form.value(after: "name=\"link\" value=\"") == link.text)
        let answer = try await fixture.send(link)
        #expect(answer.status == 303)
        #expect(
            try await fixture.portal.follow(answer)
                == "\(fixture.portal.settings.address.prefix)/account?done=setup")
        let session = try #require(answer.cookie(fixture.portal.sessionCookie))
        let account = try await fixture.portal.send(
            path: "/account?done=setup", [("Cookie", "\(fixture.portal.sessionCookie)=\(session)")])
        #expect(account.status == 200)
        // What comes next, with the commands as they are.
        #expect(account.body.contains("You are the administrator now"))
        for step in [
            "/srv/gatehouse.toml</code>", "[[application.rule]]", "gatehouse user add NAME", "gatehouse render nginx",
        ] {
            #expect(account.body.contains(step), "\(step)")
        }
        #expect(fixture.people.names == ["root"])
        #expect(fixture.base.log.contains(event: "setup.ok") && fixture.base.log.contains(event: "sign-in.ok"))
        #expect(!fixture.base.log.lines.contains { $0.contains(link.text) || $0.contains("a long way home") })
        #expect(try await fixture.open(link).status == 410)
        #expect(fixture.base.store.dump.keys.allSatisfy { !$0.description.hasPrefix("gh:a:") })
    }

    @Test("needs a link that works")
    func badLinks() async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        let form = try await fixture.open(link)
        let other = try #require(SecretToken(octets: [UInt8](repeating: 1, count: 32)))
        for query in ["", "?token=", "?token=\(other.text)", "?token=\(link.text)A", "?token=x&token=y"] {
            let answer = try await fixture.portal.send(path: "/setup\(query)")
            #expect(answer.status == 410)
            #expect(answer.body.contains("This link does not work") && answer.token == nil)
        }
        let fields = fixture.fields(other, token: try #require(form.token), "root", "secret", "secret")
        #expect(try await fixture.portal.post("/setup", fields, cookies: [try fixture.cookie(form)]).status == 410)
        #expect(try await fixture.portal.post("/setup", Array(fields.dropFirst())).status == 410)
        fixture.base.clock.advance(by: .seconds(3_600))
        #expect(try await fixture.open(link).status == 410)
        #expect(fixture.people.names.isEmpty)
    }

    @Test("is over as soon as there is an administrator, whoever made one")
    func notNeeded() async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        let form = try await fixture.open(link)
        fixture.people.state.withLock { $0.hasAdministrator = true }
        #expect(try await fixture.open(link).status == 410)
        let fields = fixture.fields(link, token: try #require(form.token), "root", "secret", "secret")
        #expect(try await fixture.portal.post("/setup", fields, cookies: [try fixture.cookie(form)]).status == 410)
        #expect(fixture.people.names.isEmpty)
    }

    @Test(
        "asks again for what will not do, and the link goes on working",
        arguments: [
            ("", "secret", "secret", "Please choose"), ("root", "", "", "Please choose"),
            ("root", "secret", "secreT", "passwords differ"),
            ("root", String(repeating: "p", count: 4_097), nil, "longer than"),
            (String(repeating: "n", count: 255), "secret", nil, "longer than"),
        ] as [(String, String, String?, String)])
    func misfits(name: String, password: String, again: String?, words: String) async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        let answer = try await fixture.send(link, name: name, password: password, again: again)
        #expect(answer.status == 422)
        #expect(answer.body.contains(words) && answer.body.contains("aria-invalid"))
        #expect(password.isEmpty || !answer.body.contains("\"\(password)\""))
        #expect(fixture.people.names.isEmpty)
        #expect(try await fixture.send(link).status == 303)
    }

    @Test("shows why a name or password is refused, escaped, and the link goes on working")
    func refused() async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        fixture.people.state.withLock { $0.refusal = "<b>: no such name" }
        let answer = try await fixture.send(link, name: "<b>")
        #expect(answer.status == 422)
        #expect(answer.body.contains("&lt;b&gt;: no such name") && !answer.body.contains("<b>:"))
        fixture.people.state.withLock { $0.refusal = nil }
        #expect(try await fixture.send(link).status == 303)
    }

    @Test(
        "is refused to other sites' forms",
        arguments: [
            [("Origin", "https://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
            [("Referer", "https://evil.example/")],
        ] as [[(String, String)]])
    func crossSite(headers: [(String, String)]) async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        #expect(try await fixture.send(link, headers: headers).status == 403)
        #expect(fixture.people.names.isEmpty)
        #expect(fixture.base.events[.formRefused] == 1)
    }

    @Test("needs the form's own token, not that of another form")
    func formToken() async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        let form = try await fixture.open(link)
        let signIn = try await fixture.portal.send(path: "/login", [("Cookie", try fixture.cookie(form))])
        for (token, cookies) in [
            (try #require(signIn.token), [try fixture.cookie(form)]), (try #require(signIn.token), []),
            (String(repeating: "A", count: 43), [try fixture.cookie(form)]), ("", [try fixture.cookie(form)]),
        ] {
            let fields = fixture.fields(link, token: token, "root", "secret", "secret")
            let answer = try await fixture.portal.post("/setup", fields, cookies: cookies)
            #expect(answer.status == 403)
            #expect(answer.body.contains("Please try again.") && answer.token != nil)
        }
        #expect(fixture.people.names.isEmpty)
        #expect(try await fixture.send(link).status == 303)
    }

    @Test("lets one of two who send the form at once make the administrator")
    func race() async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        let form = try await fixture.open(link)
        let cookie = try fixture.cookie(form)
        let fields = fixture.fields(link, token: try #require(form.token), "root", "secret", "secret")
        let portal = fixture.portal
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await portal.post("/setup", fields, cookies: [cookie]).status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.sorted() == [303] + [Int](repeating: 410, count: 7))
        #expect(fixture.people.names == ["root"])
    }

    @Test("is a clear 503 without the store or the people, and works afterwards")
    func unavailable() async throws {
        let fixture = try Fixture()
        let link = try await fixture.link.make(now: fixture.base.clock.now)
        fixture.base.store.isAvailable = false
        let noStore = try await fixture.open(link)
        fixture.base.store.isAvailable = true
        fixture.people.state.withLock { $0.error = .unavailable(reason: "gone") }
        let noPeople = try await fixture.open(link)
        fixture.people.state.withLock { $0.error = nil }
        for answer in [noStore, noPeople] {
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "5")
        }
        #expect(try await fixture.send(link).status == 303)
    }
}

extension PortalFixture {
    /// The same portal over the same store, which offers to make the first administrator.
    fileprivate func offering(_ setup: FirstAdministrator) throws -> PortalFixture {
        with { $0.setup = setup }
    }
}
