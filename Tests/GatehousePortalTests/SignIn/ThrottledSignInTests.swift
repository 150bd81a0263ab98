import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Signing in too often")
struct ThrottledSignInTests {
    /// A request as it comes from the proxy, for somebody at an address.
    private func from(_ address: String) -> [(String, String)] { [("X-Forwarded-For", address)] }

    @Test("is answered with 429, when to come back, and the same words for every name; nothing is looked at")
    func throttled() async throws {
        let portal = try PortalFixture()
        var pages: [String] = []
        for name in ["alice", "nobody"] {
            for _ in 0..<3 {
                #expect(
                    try await portal.signIn(name: name, password: "wrong", headers: from("192.0.2.1")).status == 422)
            }
            let before = portal.backend.questions
            let answer = try await portal.signIn(name: name, headers: from("192.0.2.1"))
            #expect(answer.status == 429)
            #expect(answer.header("Retry-After") == "1")
            #expect(portal.backend.questions == before)
            pages.append(masked(answer.body, name))
        }
        #expect(pages[0] == pages[1])
        #expect(pages[0].contains("Please wait 1 second and try again."))
        #expect(portal.events[.signInThrottled] == 2)
        #expect(portal.log.contains(event: "sign-in.throttled"))
        #expect(!portal.log.text.contains("nobody"))
    }

    @Test("does not lock out the owner on a browser that was used before, whatever strangers do")
    func knownDevice() async throws {
        let portal = try PortalFixture()
        let first = try await portal.signIn(headers: from("198.51.100.7"))
        let name = portal.settings.cookies.device.description
        let device = "\(name)=\(try #require(first.cookie(name)))"
        for index in 0..<100 {
            _ = try await portal.signIn(password: "guess", headers: from("203.0.113.\(index % 30)"))
        }
        #expect(portal.backend.questions <= 11)
        #expect(try await portal.signIn(headers: from("203.0.113.1")).status == 429)
        #expect(try await portal.signIn(cookies: [device], headers: from("203.0.113.1")).status == 303)
        // Their own mistakes count for themselves.
        for _ in 0..<5 { _ = try await portal.signIn(password: "wrong", cookies: [device]) }
        #expect(try await portal.signIn(cookies: [device]).status == 429)
    }

    @Test("takes no device cookie that somebody made up, changed, or got for another name")
    func forgedDevice() async throws {
        let portal = try PortalFixture()
        let name = portal.settings.cookies.device.description
        let signedIn = try await portal.signIn()
        let value = try #require(signedIn.cookie(name))
        for index in 0..<100 {
            _ = try await portal.signIn(password: "guess", headers: from("203.0.113.\(index % 30)"))
        }
        var changed = Array(value)
        changed[30] = changed[30] == "A" ? "B" : "A"
        for text in [
            String(changed), String(value.dropLast(4)), "", "A", String(repeating: "A", count: 43),
        ] {
            #expect(try await portal.signIn(cookies: ["\(name)=\(text)"]).status == 429, "\(text)")
        }
        #expect(try await portal.signIn(cookies: ["\(name)=\(value)", "\(name)=\(value)"]).status == 429)
        #expect(try await portal.signIn(cookies: ["\(name)=\(value)"]).status == 303)
    }

    @Test(
        "believes no address that a client made up, and no spelling of a name",
        arguments: [
            ["alice", "ALICE", "Alice", "aLICE"]
        ])
    func spellings(names: [String]) async throws {
        let portal = try PortalFixture()
        for index in 0..<40 {
            let forged = from("10.9.8.\(index), 192.0.2.1")
            _ = try await portal.signIn(name: names[index % names.count], password: "wrong", headers: forged)
        }
        #expect(portal.backend.questions == 3)
    }

    @Test(
        "counts nothing against anybody whose password nobody looked at, however it failed",
        arguments: [[], [.compared, .untouched], [.spent], [.spent, .compared, .untouched]] as [[PasswordUse]])
    func outage(uses: [PasswordUse]) async throws {
        let portal = try PortalFixture()
        portal.backend.use(uses)
        portal.backend.fail(with: .unavailable(reason: "down"))
        for _ in 0..<30 { #expect(try await portal.signIn(headers: from("192.0.2.1")).status == 503) }
        portal.backend.fail(with: .busy(retryAfter: .seconds(2)))
        for _ in 0..<30 { #expect(try await portal.signIn(headers: from("192.0.2.1")).status == 503) }
        portal.backend.fail(with: nil)
        #expect(try await portal.signIn(headers: from("192.0.2.1")).status == 303)
        // Whether there is somebody of the name shows in no time that passes.
        #expect(portal.pauses.all.isEmpty == !uses.contains(.spent))
    }

    @Test("counts, and takes as long as a failure, what a backend may have compared")
    func outageAfterwards() async throws {
        for uses: [PasswordUse] in [[.compared], [.compared, .compared, .untouched], [.spent, .compared]] {
            let portal = try PortalFixture()
            portal.backend.use(uses)
            portal.backend.fail(with: .unavailable(reason: "late"))
            for _ in 0..<3 { #expect(try await portal.signIn(headers: from("192.0.2.1")).status == 503) }
            #expect(portal.pauses.all.count == 3)
            #expect(try await portal.signIn(headers: from("192.0.2.1")).status == 429)
        }
    }

    @Test("lets nobody make hashes be computed without end while a backend is away")
    func spent() async throws {
        let portal = try PortalFixture()
        portal.backend.use([.spent])
        portal.backend.fail(with: .unavailable(reason: "down"))
        for index in 0..<150 { _ = try await portal.signIn(name: "name\(index)", headers: from("192.0.2.1")) }
        #expect(portal.backend.questions == 100)
        #expect(try await portal.signIn(headers: from("192.0.2.2")).status == 503)
    }

    @Test("gives nobody with a name of the same spelling the owner's budget, or an end of what was counted")
    func neighbour() async throws {
        let portal = try PortalFixture()
        for _ in 0..<3 { _ = try await portal.signIn(password: "guess", headers: from("192.0.2.1")) }
        // Somebody else, whose name is counted as alice's.
        portal.backend.become(
            Identity(user: UserReference(backend: "test", id: "2"), name: "ALICE", credential: nil))
        portal.clock.advance(by: .seconds(1))
        let own = try await portal.signIn(name: "ALICE", headers: from("192.0.2.1"))
        #expect(own.status == 303)
        let cookie = "\(portal.settings.cookies.device)=\(own.cookie(portal.settings.cookies.device.description) ?? "")"
        #expect(try await portal.signIn(password: "guess", headers: from("192.0.2.1")).status == 422)
        #expect(
            try await portal.signIn(password: "guess", cookies: [cookie], headers: from("192.0.2.1")).status == 429)
        #expect(
            try await portal.signIn(name: "ALICE", cookies: [cookie], headers: from("192.0.2.1")).status == 303)
    }

    @Test("lets nobody try while the store gives no answer")
    func storeDown() async throws {
        let portal = try PortalFixture()
        portal.store.isAvailable = false
        #expect(try await portal.signIn().status == 503)
        #expect(portal.backend.questions == 0)
    }

    @Test("answers every failure after the same time, counted from the request's arrival")
    func floor() async throws {
        let portal = try PortalFixture()
        #expect(try await portal.signIn(password: "wrong").status == 422)
        #expect(try await portal.signIn(name: "nobody").status == 422)
        #expect(try await portal.signIn(name: String(repeating: "x", count: 255)).status == 422)
        #expect(try await portal.signIn().status == 303)
        #expect(portal.pauses.all.count == 3)
        for pause in portal.pauses.all { #expect(pause > .milliseconds(300) && pause <= .milliseconds(500)) }
    }

    @Test("remembers up to eight names of one browser, the latest ones")
    func names() async throws {
        let key = try PortalFixture().services.devices.key
        var device = try #require(DeviceCookie())
        for index in 0..<10 { device = device.remembering(Array("user\(index)".utf8), nil, key) }
        let parsed = try #require(DeviceCookie(parsing: Array(device.text.utf8)))
        #expect(device.text.utf8.count < 200)
        for index in 0..<10 {
            #expect((parsed.id(for: Array("user\(index)".utf8), [nil], key) != nil) == (index >= 2))
        }
        let again = parsed.remembering(Array("user9".utf8), nil, key)
        #expect(again.text == parsed.text)
    }

    @Test("remembers a name with its password: another one takes the place of the first, which is known no more")
    func passwordOfName() throws {
        let key = try PortalFixture().services.devices.key
        let (alice, bob) = (Array("alice".utf8), Array("bob".utf8))
        let (old, new) = (Octets16(high: 1, low: 1), Octets16(high: 1, low: 2))
        let first = try #require(DeviceCookie()).remembering(bob, nil, key).remembering(alice, old, key)
        #expect(first.id(for: alice, [old], key) != nil)
        #expect(first.id(for: alice, [nil, old], key) != nil)
        for others in [[], [nil], [new]] { #expect(first.id(for: alice, others, key) == nil) }
        #expect(first.knows(alice, key))
        let second = first.remembering(alice, new, key)
        #expect(second.id(for: alice, [new], key) == first.id(for: alice, [old], key))
        #expect(second.id(for: alice, [old], key) == nil)
        #expect(second.id(for: bob, [nil], key) != nil)
        #expect(second.text.utf8.count == first.text.utf8.count)
    }

    /// The cookie of the browser that an answer leaves behind.
    private func device(_ portal: PortalFixture, _ answer: Answer) throws -> String {
        let name = portal.settings.cookies.device.description
        return "\(name)=\(try #require(answer.cookie(name)))"
    }

    @Test("ends what a browser may try with the password that it was used with, whoever changes it")
    func oldDevices() async throws {
        let portal = try PortalFixture()
        portal.backend.become(OnePersonBackend.alice.with(credential: Octets16(high: 1, low: 1)))
        // Twenty browsers of somebody who knows the password.
        var devices: [String] = []
        for index in 0..<20 {
            devices.append(try device(portal, try await portal.signIn(headers: from("198.51.100.\(index)"))))
        }
        portal.backend.change(to: Password("another horse"))
        portal.backend.become(OnePersonBackend.alice.with(credential: Octets16(high: 1, low: 2)))
        let before = portal.backend.questions
        for index in 0..<200 {
            let (cookie, address) = (devices[index % 20], "203.0.113.\(index % 100)")
            _ = try await portal.signIn(password: "guess \(index)", cookies: [cookie], headers: from(address))
            portal.clock.advance(by: .milliseconds(500))
        }
        // What strangers may do with one account.
        #expect(portal.backend.questions - before <= 10)
    }

    @Test("goes on knowing the browser in which somebody changes their own password")
    func ownChange() async throws {
        let portal = try PortalFixture()
        let first = try await portal.signIn()
        let session = "\(portal.sessionCookie)=\(try #require(first.cookie(portal.sessionCookie)))"
        let old = try device(portal, first)
        let form = try await portal.send(path: "/account/password", [("Cookie", session)])
        let new = "a quite new password"
        let changed = try await portal.post(
            "/account/password",
            [("token", form.token ?? ""), ("old", "correct horse"), ("password", new), ("again", new)],
            cookies: [session, old])
        let renewed = try device(portal, changed)
        for index in 0..<40 { _ = try await portal.signIn(password: "guess", headers: from("203.0.113.\(index)")) }
        #expect(try await portal.signIn(password: new, cookies: [old]).status == 429)
        #expect(try await portal.signIn(password: new, cookies: [renewed]).status == 303)
    }

    private func masked(_ page: String, _ name: String) -> String {
        var text = page.replacing(name, with: "NAME")
        if let token = text.firstRange(of: "name=\"token\" value=\"") {
            text.replaceSubrange(
                token.upperBound..<text.index(token.upperBound, offsetBy: FormToken.textLength), with: "")
        }
        return text.replacing(/request <code>[0-9a-f-]+/, with: "request <code>")
    }
}
