import GatehouseCore
import GatehouseDatabase
import GatehouseOIDC
import GatehousePeople
import GatehouseTestSupport
import Testing

@Suite("Links between accounts and people of providers")
struct LinkTests {
    private typealias Fixture = ExternalFixture

    private func link(_ fixture: Fixture, _ subject: UTF8Text, to user: UserReference) async throws -> LinkOutcome {
        try await fixture.external.link(
            Fixture.signIn(subject, "there", email: "there@example.com"),
            at: try fixture.provider(Fixture.rules(.link)), to: user, now: fixture.now)
    }

    @Test("are made by the owner of the account and listed, and never moved to another one")
    func linked() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add("alice")
        try await fixture.fixture.add("bob")
        let alice = try await fixture.fixture.people.lookup.reference("alice")
        let bob = try await fixture.fixture.people.lookup.reference("bob")
        #expect(try await link(fixture, "1", to: alice) == .linked)
        #expect(try await link(fixture, "1", to: alice) == .alreadyOwn)
        #expect(try await link(fixture, "1", to: bob) == .taken)
        let listed = try await fixture.external.identities(of: alice)
        #expect(listed.count == 1 && listed.first?.provider == "example" && listed.first?.lastUsedAt == nil)
        #expect(listed.first?.email == "there@example.com" && listed.first?.createdAt == fixture.now)
        #expect(try await fixture.external.identities(of: bob).isEmpty)
        let notice = try #require(fixture.notices.value.first)
        #expect(notice.change == .linked && notice.name == "alice" && notice.event.subject == .person(alice))
        #expect(notice.event[.reason] == "owner" && notice.event[.providerSubject] == "1")
    }

    @Test("are for people of the database alone, while they are active, and where the operator wants accounts")
    func noAccount() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add("alice")
        let alice = try await fixture.fixture.people.lookup.reference("alice")
        let elsewhere = UserReference(backend: "directory", id: alice.id)
        #expect(try await link(fixture, "1", to: elsewhere) == .noAccount)
        #expect(try await fixture.external.identities(of: elsewhere).isEmpty)
        #expect(
            try await fixture.external.unlink(
                ExternalSubject(issuer: Fixture.issuer, subject: "1"), from: elsewhere) == .unknown)
        let mode = try fixture.provider(Fixture.rules(.none))
        #expect(
            try await fixture.external.link(Fixture.signIn("1", "x"), at: mode, to: alice, now: fixture.now)
                == .noAccount)
        var change = UserChange()
        change.isActive = false
        _ = try await fixture.fixture.administrator().change("alice", change)
        #expect(try await link(fixture, "1", to: alice) == .noAccount)
    }

    @Test("take their sessions and groups along when they go, and leave others alone")
    func unlinked() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add("alice")
        let alice = try await fixture.fixture.people.lookup.reference("alice")
        _ = try await link(fixture, "1", to: alice)
        let rules = Fixture.rules(.link, groups: GroupMapping(groups: ["writers": "editors"]))
        let signIn = Fixture.signIn("1", "there", groups: ["writers"])
        let identity = try #require(try await fixture.arrive(signIn, rules).identity)
        let byProvider = try await fixture.start(identity, signIn)
        let byPassword = try await fixture.fixture.signIn("alice")
        #expect(try await fixture.fixture.identity(byPassword)?.groups == ["editors"])
        let subject = ExternalSubject(issuer: Fixture.issuer, subject: "1")
        #expect(try await fixture.external.unlink(subject, from: alice) == .unlinked)
        #expect(try await fixture.fixture.identity(byProvider) == nil)
        #expect(try await fixture.fixture.identity(byPassword)?.groups == [])
        #expect(try await fixture.external.unlink(subject, from: alice) == .unknown)
        #expect(try await fixture.arrive(signIn, rules) == .notLinked)
        #expect(fixture.notices.value.map(\.change) == [.linked, .unlinked])
        #expect(fixture.notices.value.last?.event[.sessionsEnded] == .number(1))
    }

    @Test("of an account without a password stay, if there is no other one")
    func lastWayIn() async throws {
        let fixture = try await Fixture()
        let made = try await fixture.arrive(Fixture.signIn("1", "ada"), Fixture.rules(.create)).identity
        let user = try #require(made?.user)
        let subject = ExternalSubject(issuer: Fixture.issuer, subject: "1")
        #expect(try await fixture.external.unlink(subject, from: user) == .lastWayIn)
        #expect(try await link(fixture, "2", to: user) == .linked)
        #expect(try await fixture.external.unlink(subject, from: user) == .unlinked)
    }

    @Test("are the only way in where nobody signs in with a password, whoever has one")
    func noPasswords() async throws {
        let fixture = try await Fixture(takesPasswords: false)
        try await fixture.fixture.add("alice")
        let alice = try await fixture.fixture.people.lookup.reference("alice")
        #expect(try await link(fixture, "1", to: alice) == .linked)
        let subject = ExternalSubject(issuer: Fixture.issuer, subject: "1")
        #expect(try await fixture.external.unlink(subject, from: alice) == .lastWayIn)
        let identities = try await fixture.fixture.people.identities(fixture.fixture.door, takesPasswords: false)
        await #expect(throws: PeopleError.refused(.lastWayIn("alice", takesPasswords: false))) {
            try await identities.unlink(issuer: Fixture.issuer.string, subject: "1", from: "alice")
        }
        #expect(try await link(fixture, "2", to: alice) == .linked)
        #expect(try await fixture.external.unlink(subject, from: alice) == .unlinked)
    }

    @Test("are listed, made and taken away by an operator, who is told why not")
    func administration() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add("alice")
        try await fixture.fixture.add("bob")
        _ = try await fixture.arrive(Fixture.signIn("held", "ada", email: "ada@example.com"), Fixture.rules(.none))
        let identities = try await fixture.fixture.people.identities(
            fixture.fixture.door, takesPasswords: true)
        let issuer = Fixture.issuer.string
        func link(_ subject: String, _ name: String) async throws -> PeopleChange {
            try await identities.link(issuer: issuer, subject: subject, provider: "example", to: name)
        }
        let change = try await link("1", "alice")
        #expect(change.event.name == .identityLinked && change.event[.reason] == "operator")
        for (subject, name, refusal) in [
            ("1", "alice", PeopleError.Refusal.linkedAlready("alice")), ("1", "bob", .linkedElsewhere("1")),
            ("2", "nobody", .noSuchPerson("nobody")),
        ] {
            await #expect(throws: PeopleError.refused(refusal)) { try await link(subject, name) }
        }
        await #expect(throws: PeopleError.self) { try await link("", "alice") }
        func listed(_ name: String?) async throws -> [IdentityAdministrator.Listed] {
            var all: [IdentityAdministrator.Listed] = []
            try await identities.list(name) { all += $0 }
            return all
        }
        #expect(try await listed(nil).map(\.name) == ["ada", "alice"])
        #expect(try await listed(nil).map(\.hasAccount) == [false, true])
        #expect(try await listed("alice").map(\.subject) == ["1"])
        #expect(try await listed("ADA").map(\.email) == ["ada@example.com"])
        #expect(try await listed("bob").isEmpty)
        await #expect(throws: PeopleError.refused(.noSuchPerson("nobody"))) { try await listed("nobody") }
        await #expect(throws: PeopleError.refused(.noSuchIdentity("bob"))) {
            try await identities.unlink(issuer: issuer, subject: "1", from: "bob")
        }
        await #expect(throws: PeopleError.refused(.noSuchIdentity("ada"))) {
            try await identities.unlink(issuer: issuer, subject: "1", from: "ada")
        }
        let gone = try await identities.unlink(issuer: issuer, subject: "1", from: "alice")
        #expect(gone.event.name == .identityUnlinked && gone.sessionsEnded == 0)
        #expect(try await listed("alice").isEmpty)
        // Whoever held a name and is linked now has the account's.
        _ = try await link("held", "bob")
        #expect(try await listed("bob").map(\.subject) == ["held"])
    }

    @Test("are told apart from a store of sessions that is away: the link stands, and the event says so")
    func unfollowed() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add("alice")
        let identities = try await fixture.fixture.people.identities(
            PeopleFixture.closedDoor, takesPasswords: true)
        let error = await #expect(throws: PeopleError.self) {
            try await identities.link(
                issuer: Fixture.issuer.string, subject: "1", provider: "", to: "alice")
        }
        guard case .unfollowed(let unfollowed)? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(unfollowed.event?.name == .identityLinked)
        let alice = try await fixture.fixture.people.lookup.reference("alice")
        #expect(try await fixture.external.identities(of: alice).count == 1)
    }
}
