import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehousePortal

/// A directory that knows alice, and bars her after a while.
private final class BarringBackend: Backend {
    let name: BackendName = "directory"
    private let bar = Mutex<BarredAccount?>(nil)

    private let looks = Mutex(0)

    /// How often somebody asked what a password is known by.
    var timesLookedAt: Int { looks.withLock { $0 } }

    func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        looks.withLock { $0 += 1 }
        return [nil]
    }

    func bar(_ account: BarredAccount?) { bar.withLock { $0 = account } }

    func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let bar = bar.withLock { $0 }
        guard credentials.name == "alice" else { return .notMine }
        guard credentials.password.bytes == Array("correct horse".utf8) else {
            // A directory that locks says so whatever is typed.
            return bar?.isPasswordProven == false ? bar.map(AuthenticationResult.barred) ?? .notMine : .notMine
        }
        if let bar { return .barred(bar) }
        return .authenticated(Identity(user: UserReference(backend: name, id: "7"), name: "alice"))
    }

    func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? { known }
}

@Suite("A sign-in with the right password to an account that is barred")
struct BarredSignInTests {
    private static let page = Contact("https://password.example.com/?a=1&b=2")
    private static let wrong = "That user name and password do not match"

    private func portal(_ backend: BarringBackend, others: [any Backend] = []) throws -> PortalFixture {
        try PortalFixture(contact: "help@example.com").with { $0.backends = BackendChain([backend] + others) }
    }

    @Test(
        "says what bars it, and to whom or where to turn, only with the right password",
        arguments: [
            (BarredAccount.newPassword(page: page), "href=\"https://password.example.com/?a=1&amp;b=2\""),
            (.newPassword(page: nil), "a new one is wanted"), (.disabled, "switched off"), (.expired, "has expired"),
            (.restricted, "not at this time"), (.locked(isPasswordProven: true), "is locked"),
        ])
    func barred(account: BarredAccount, words: String) async throws {
        let backend = BarringBackend()
        backend.bar(account)
        let portal = try portal(backend)
        let answer = try await portal.signIn()
        #expect(answer.status == 422 && answer.body.contains(words) && !answer.body.contains(BarredSignInTests.wrong))
        #expect(answer.body.contains("help@example.com") || account == .newPassword(page: BarredSignInTests.page))
        #expect(answer.cookie(portal.sessionCookie) == nil)
        // It is a failure like any other: counted, and as slow.
        #expect(portal.log.text.contains("reason=\(account.reason) ") && portal.log.contains(event: "sign-in.failed"))
        for (name, password) in [("alice", "wrong"), ("nobody", "correct horse")] {
            let other = try await portal.signIn(name: name, password: password)
            #expect(other.status == 422 && other.body.contains(BarredSignInTests.wrong) && !other.body.contains(words))
        }
        #expect(portal.pauses.all.count == 3)
        #expect(portal.events[.signInFailed] == 3)
    }

    @Test(
        "tells of a lock that says nothing about the password in a browser that the person used before, and nowhere else"
    )
    func locked() async throws {
        let backend = BarringBackend()
        let portal = try portal(backend)
        let name = portal.settings.cookies.device.description
        let device = "\(name)=\(try #require(try await portal.signIn().cookie(name)))"
        backend.bar(.locked(isPasswordProven: false))
        for password in ["correct horse", "wrong"] {
            #expect(try await portal.signIn(password: password).body.contains(BarredSignInTests.wrong))
            #expect(try await portal.signIn(password: password, cookies: [device]).body.contains("is locked"))
        }
        #expect(try await portal.signIn(name: "nobody", cookies: [device]).body.contains(BarredSignInTests.wrong))
    }

    @Test("goes on to the next backend, which may let the person in or know a better reason")
    func chain() async throws {
        let (first, second) = (BarringBackend(), BarringBackend())
        first.bar(.locked(isPasswordProven: false))
        let portal = try portal(first, others: [second])
        #expect(try await portal.signIn().status == 303)
        second.bar(.disabled)
        #expect(try await portal.signIn().body.contains("switched off"))
        first.bar(.expired)
        #expect(try await portal.signIn().body.contains("has expired"))
    }

    @Test("asks no directory about a browser that is known for an account of a backend before it")
    func knownBefore() async throws {
        let directory = BarringBackend()
        let portal = try PortalFixture()
        let both = portal.with { $0.backends = BackendChain([portal.backend, directory]) }
        portal.backend.become(OnePersonBackend.alice.with(credential: Octets16(high: 1, low: 1)))
        let name = both.settings.cookies.device.description
        let device = "\(name)=\(try #require(try await both.signIn().cookie(name)))"
        #expect(try await both.signIn(cookies: [device]).status == 303)
        #expect(directory.timesLookedAt == 0)
        // With another password it is known for nobody there, and may be for somebody of the directory.
        portal.backend.become(OnePersonBackend.alice.with(credential: Octets16(high: 1, low: 2)))
        #expect(try await both.signIn(cookies: [device]).status == 303)
        #expect(directory.timesLookedAt == 1)
    }
}
