import Foundation
import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("One's own ways to sign in")
struct OwnIdentitiesTests {
    private let accounts = LinkedAccounts()

    private func portal(_ providers: [Provider]? = nil) throws -> PortalFixture {
        let offered =
            try providers ?? [
                LinkedAccounts.provider("google", "Google"), LinkedAccounts.provider("github", "GitHub & Co"),
                LinkedAccounts.provider("house", "House", .none),
            ]
        return try FederatedPortal(providers: offered, accounts: accounts).portal
    }

    private func page(_ portal: PortalFixture, _ session: String) async throws -> Answer {
        try await portal.send(path: "/account", [("Cookie", session)])
    }

    private func token(_ page: Answer) throws -> String {
        String(
            try #require(page.body.components(separatedBy: "action=\"/account/identities\"").dropFirst().first)
                .components(separatedBy: "name=\"token\" value=\"")[1].prefix { $0 != "\"" })
    }

    private func unlink(
        _ portal: PortalFixture, _ session: String, _ token: String, subject: String = "1",
        headers: [(String, String)]? = nil
    ) async throws -> Answer {
        try await portal.post(
            "/account/identities", [("token", token), ("issuer", "https://google.example"), ("subject", subject)],
            cookies: [session], headers: headers)
    }

    @Test("are listed with when and by whom they were used, and others can be linked")
    func listed() async throws {
        let portal = try portal()
        accounts.link("google", "1", email: "alice@<b>.example", now: portal.clock.now, usedAt: portal.clock.now)
        let session = try await portal.session()
        portal.clock.advance(by: .seconds(180))
        let body = try await page(portal, session).body
        for text in [
            "Ways to sign in", "Google", "alice@&lt;b&gt;.example", "Linked 3 minutes ago, last used 3 minutes ago",
            "GitHub &amp; Co", "href=\"/oidc/github?link=",
        ] {
            #expect(body.contains(text), "\(text)")
        }
        #expect(!body.contains("/oidc/google?link"), "which is linked already")
        #expect(!body.contains("House"), "whose people have no accounts")
        #expect(!body.contains("<b>"))
        #expect(accounts.asked == [OnePersonBackend.alice.user])
    }

    @Test("are changed only a moment after a sign-in, and only as the page itself sends it")
    func fresh() async throws {
        let portal = try portal()
        accounts.link("google", "1", now: portal.clock.now)
        let session = try await portal.session()
        let form = try token(try await page(portal, session))
        portal.clock.advance(by: .seconds(301))
        let late = try await page(portal, session)
        #expect(late.body.contains("Sign in again") && late.body.contains("/login?rd="))
        #expect(!late.body.contains("action=\"/account/identities\"") && !late.body.contains("?link="))
        #expect(try await unlink(portal, session, form).location?.hasSuffix("/account") == true)
        #expect(accounts.unlinked.isEmpty, "the proof is too old")

        let now = try await portal.session()
        for token in ["", "x"] { _ = try await unlink(portal, now, token) }
        let foreign = try await unlink(portal, now, form, headers: [("Origin", "https://evil.example")])
        #expect(foreign.status == 403 && accounts.unlinked.isEmpty)
        let answer = try await unlink(portal, now, try token(try await page(portal, now)))
        #expect(answer.location?.hasSuffix("/account?done=unlinked") == true)
        #expect(accounts.unlinked == ["1"])
        #expect(try await portal.send(path: "/account?done=unlinked", [("Cookie", now)]).body.contains("not linked"))
        #expect(try await portal.send(path: "/account/identities", [("Cookie", now)]).status == 405)
        #expect(try await unlink(portal, "x=y", "z").location?.contains("/login") == true, "a stranger signs in first")
    }

    @Test("are told of by mail to the account's address when one comes or goes")
    func mails() throws {
        let (portal, mails) = (try PortalFixture(), Mails())
        let told = IdentityMails(settings: portal.settings, mail: mails.mail(tellsOfNewDevices: false))
        told.tell(.linked, "alice", at: "alice@example.com", provider: "google")
        told.tell(.unlinked, "alice", at: "alice@example.com", provider: "google")
        told.tell(.linked, "alice", at: "", provider: "google")
        #expect(mails.all.map(\.recipient) == ["alice@example.com", "alice@example.com"])
        #expect(mails.all.map(\.subject) == ["An account elsewhere was linked", "An account elsewhere was unlinked"])
        for mail in mails.all {
            #expect(mail.text.contains("google") && mail.text.contains("https://auth.example.com/account"))
        }
    }

    @Test("are kept where there is no other one, with what to do about that")
    func lastWayIn() async throws {
        let portal = try portal()
        accounts.link("google", "1", now: portal.clock.now)
        accounts.answer(.lastWayIn)
        let session = try await portal.session()
        let answer = try await unlink(portal, session, try token(try await page(portal, session)))
        #expect(answer.status == 422 && answer.body.contains("This is the only way in"))
        #expect(answer.body.contains("no password") && answer.body.contains("choose a password"))
    }

    @Test("are unlinked with a word also to who signed in with it, and is signed out by that")
    func ownWayIn() async throws {
        let portal = try portal()
        accounts.link("google", "1", now: portal.clock.now)
        let session = try await portal.session()
        let (keeper, now) = (portal.keeper, portal.clock.now)
        accounts.ending { _ = try? await keeper.endAll(of: OnePersonBackend.alice.user, now: now) }
        let answer = try await unlink(portal, session, try token(try await page(portal, session)))
        #expect(answer.status == 200 && answer.body.contains("you are signed out now"))
        #expect(answer.setCookie(portal.sessionCookie)?.contains("Max-Age=0") == true)
    }

    @Test("are told of as a fault of ours when nobody knows them, and not at all where there are none to have")
    func none() async throws {
        let portal = try portal()
        let session = try await portal.session()
        accounts.fail(with: .unavailable(reason: "down"))
        #expect(try await page(portal, session).status == 503)
        let plain = try PortalFixture()
        let own = try await plain.session()
        #expect(try await !page(plain, own).body.contains("Ways to sign in"))
        #expect(try await plain.post("/account/identities", [], cookies: [own]).status == 404)
        accounts.fail(with: nil)
        // Somebody whose account is elsewhere.
        let elsewhere = portal.with { $0.passwords = nil }
        let other = try await elsewhere.session()
        #expect(try await !page(elsewhere, other).body.contains("Ways to sign in"))
    }
}

/// Accounts that know what a test tells them.
final class LinkedAccounts: ExternalAccounts {
    private struct State {
        var identities: [LinkedIdentity] = []
        var asked: [UserReference] = []
        var unlinked: [UTF8Text] = []
        var outcome = UnlinkOutcome.unlinked
        var error: BackendError?
        var ending: @Sendable () async -> Void = {}
    }

    private let state = Mutex(State())

    var asked: [UserReference] { state.withLock { $0.asked } }
    var unlinked: [UTF8Text] { state.withLock { $0.unlinked } }
    func answer(_ outcome: UnlinkOutcome) { state.withLock { $0.outcome = outcome } }
    func fail(with error: BackendError?) { state.withLock { $0.error = error } }

    /// What becomes of sessions when an account is unlinked.
    func ending(_ sessions: @escaping @Sendable () async -> Void) { state.withLock { $0.ending = sessions } }

    func link(_ name: String, _ subject: UTF8Text, email: UTF8Text = "", now: Timestamp, usedAt: Timestamp? = nil) {
        let identity = LinkedIdentity(
            provider: UTF8Text(name),
            subject: ExternalSubject(issuer: UTF8Text("https://\(name).example"), subject: subject), createdAt: now,
            lastUsedAt: usedAt, email: email, name: "")
        state.withLock { $0.identities.append(identity) }
    }

    static func provider(_ name: String, _ title: UTF8Text, _ mode: AccountRules.Mode = .link) throws -> Provider {
        Provider(
            name: try #require(ProviderName(UTF8Text(name))), title: title, kind: .oidc,
            issuer: "https://\(name).example",
            client: ProviderClientIdentity(id: "gatehouse", authentication: .none, scopes: ["openid"]),
            network: ProviderNetwork(), tokens: TokenRules(), claims: ClaimMapping(),
            admission: Admission(isForEveryone: true),
            accounts: AccountRules(mode: mode, groups: GroupMapping()), session: ProviderSessionRules())
    }

    func arrival(
        of signIn: ProviderSignIn, at provider: Provider, now: Timestamp
    ) async throws(BackendError) -> ExternalArrival { .notLinked }

    func isHeldElsewhere(_ identity: Identity) async throws(BackendError) -> Bool { false }

    func identities(of user: UserReference) async throws(BackendError) -> [LinkedIdentity] {
        let (error, identities) = state.withLock { state in
            state.asked.append(user)
            return (state.error, state.identities)
        }
        if let error { throw error }
        return identities
    }

    func link(
        _ signIn: ProviderSignIn, at provider: Provider, to user: UserReference, now: Timestamp
    ) async throws(BackendError) -> LinkOutcome { .noAccount }

    func unlink(_ subject: ExternalSubject, from user: UserReference) async throws(BackendError) -> UnlinkOutcome {
        let (outcome, ending) = state.withLock { state in
            state.unlinked.append(subject.subject)
            return (state.outcome, state.ending)
        }
        await ending()
        return outcome
    }
}
