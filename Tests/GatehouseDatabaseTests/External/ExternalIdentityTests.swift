import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("People of providers in the database")
struct ExternalIdentityTests {
    private static let issuer: UTF8Text = "https://id.example"

    private func seen(
        _ subject: String, issuer: UTF8Text = issuer, email: UTF8Text = "", name: UTF8Text = ""
    ) -> SeenPerson {
        SeenPerson(
            key: ExternalKey(issuer: issuer, subject: UTF8Text(subject)), provider: "example", email: email, name: name)
    }

    private func id(_ people: PeopleUnderTest, _ name: UserName) async throws -> UTF8Text {
        try #require(try await people.store.account(named: name)).id
    }

    private func store(_ people: PeopleUnderTest) -> ExternalIdentityStore { ExternalIdentityStore(people.database) }

    @Test(
        "hold a name that nobody else gets, in whatever letter case, and stay who they are",
        arguments: DatabaseKind.allCases)
    func names(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        try await people.add("alice")
        #expect(try await store.hold("Alice", for: seen("1"), now: people.now) == .taken)
        guard case .known(let bob) = try await store.hold("Bob", for: seen("2"), now: people.now) else {
            Issue.record("the name is free")
            return
        }
        #expect(bob.owner == .name("Bob") && bob.createdAt == people.now && bob.lastUsedAt == nil)
        #expect(try await store.hold("other", for: seen("2"), now: people.now) == .known(bob))
        #expect(try await store.hold("bOB", for: seen("3"), now: people.now) == .taken)
        #expect(try await store.hold("BOB", for: seen("2", issuer: "https://other.example"), now: people.now) == .taken)
        #expect(try await store.holder(of: "bob") == bob)
        // Nor does an account get it, by whatever way one is made or renamed.
        await #expect(throws: DatabaseError.self) { try await people.add("bob") }
        await #expect(throws: DatabaseError.self) { try await people.administration.rename("alice", to: "BOB") }
        #expect(try await store.forget(bob.key) == bob)
        try await people.add("bob")
    }

    @Test("are told apart octet by octet, and by issuer and subject together", arguments: DatabaseKind.allCases)
    func keys(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        let keys = [
            seen("a"), seen("A"), seen("a "), seen("a", issuer: "https://id.example/"),
            seen("a", issuer: "https://ID.example"),
        ]
        for (number, seen) in keys.enumerated() {
            guard case .known = try await store.hold(UserName("n\(number)"), for: seen, now: people.now) else {
                Issue.record("\(seen.key) is somebody of their own")
                continue
            }
        }
        for (number, seen) in keys.enumerated() {
            #expect(try await store.identity(of: seen.key)?.owner == .name(UserName("n\(number)")))
        }
        for subject in ["", "\0", String(repeating: "x", count: 256)] {
            await #expect(throws: DatabaseError.self) { try await store.hold("z", for: seen(subject), now: people.now) }
        }
        #expect(seen("x", email: "a\0b", name: UTF8Text(String(repeating: "é", count: 255))).email == "")
        #expect(seen("x", name: UTF8Text(String(repeating: "é", count: 255))).name == "")
    }

    @Test("get an account, once, of the name that they held", arguments: DatabaseKind.allCases)
    func made(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        _ = try await store.hold("carol", for: seen("1"), now: people.now)
        let user = NewUser(name: "carol", encodedPassword: "!x")
        guard case .made(let made) = try await store.make(user, for: seen("1"), now: people.now) else {
            Issue.record("an account is made")
            return
        }
        #expect(made.owner == .account(try await id(people, "carol")))
        #expect(try await store.holder(of: "carol") == nil)
        #expect(try await store.make(user, for: seen("1"), now: people.now) == .known(made))
        #expect(try await store.make(user, for: seen("2"), now: people.now) == .taken)
        #expect(
            try await store.make(NewUser(name: "CAROL", encodedPassword: "!"), for: seen("3"), now: people.now)
                == .taken)
    }

    @Test(
        "come for the first time in many places at once, as one person with one name",
        arguments: DatabaseKind.allCases)
    func races(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let databases = try (0..<4).map { _ in try people.fresh.open() }
        let now = people.now
        let (same, others, made) = (seen("same"), (0..<4).map { seen("other\($0)") }, seen("made"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, database) in databases.enumerated() {
                group.addTask {
                    let store = ExternalIdentityStore(database)
                    _ = try await store.hold(UserName("same\(number)"), for: same, now: now)
                    _ = try await store.hold("wanted", for: others[number], now: now)
                    _ = try await store.make(NewUser(name: "made", encodedPassword: "!"), for: made, now: now)
                }
            }
            try await group.waitForAll()
        }
        let rows = try await people.sql("SELECT count(*) FROM gatehouse_external_identities")
        #expect(rows.first?.integer(0) == 3)
        #expect(try await people.sql("SELECT count(*) FROM auth_user").first?.integer(0) == 1)
    }

    @Test("are linked once, and a link is never moved", arguments: DatabaseKind.allCases)
    func links(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        try await people.add("alice")
        try await people.add("bob")
        let (alice, bob) = (try await id(people, "alice"), try await id(people, "bob"))
        _ = try await store.hold("held", for: seen("1"), now: people.now)
        guard case .linked(let linked) = try await store.link(seen("1"), toAccount: alice, now: people.now) else {
            Issue.record("it is linked")
            return
        }
        #expect(linked.owner == .account(alice))
        #expect(try await store.holder(of: "held") == nil)
        #expect(try await store.link(seen("1"), toAccount: alice, now: people.now) == .alreadyOwn(linked))
        #expect(try await store.link(seen("1"), toAccount: bob, now: people.now) == .taken)
        #expect(try await store.link(seen("2"), toAccount: "999", now: people.now) == .noAccount)
        #expect(try await store.link(seen("2"), toAccount: "x", now: people.now) == .noAccount)
        #expect(try await store.unlink(seen("1").key, fromAccount: bob, countsPassword: true) == .unknown)
        #expect(try await store.identities(ofAccount: alice) == [linked])
        #expect(try await store.page(after: 0).map(\.account) == ["alice"])
    }

    @Test("are unlinked, but never the last way in", arguments: DatabaseKind.allCases)
    func lastWayIn(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        // Made without a password.
        try await people.add("alice")
        let alice = try await id(people, "alice")
        _ = try await store.link(seen("1"), toAccount: alice, now: people.now)
        #expect(try await store.unlink(seen("1").key, fromAccount: alice, countsPassword: true) == .lastWayIn)
        _ = try await store.link(seen("2"), toAccount: alice, now: people.now)
        guard case .unlinked = try await store.unlink(seen("1").key, fromAccount: alice, countsPassword: true) else {
            Issue.record("there is another one")
            return
        }
        #expect(try await store.unlink(seen("2").key, fromAccount: alice, countsPassword: true) == .lastWayIn)
        try await people.store.setPassword(of: "alice", to: "hash", now: people.now, remembering: 0)
        #expect(try await store.unlink(seen("2").key, fromAccount: alice, countsPassword: false) == .lastWayIn)
        guard case .unlinked = try await store.unlink(seen("2").key, fromAccount: alice, countsPassword: true) else {
            Issue.record("there is a password")
            return
        }
    }

    @Test("go with the person, whoever deletes them", arguments: DatabaseKind.allCases)
    func gone(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        for (name, subject) in [("alice", "1"), ("bob", "2")] {
            try await people.add(name)
            _ = try await store.link(
                seen(subject), toAccount: try await id(people, UserName(name)), now: people.now)
        }
        _ = try await store.hold("held", for: seen("3"), now: people.now)
        _ = try await people.administration.remove("alice")
        try await people.sql("DELETE FROM auth_user WHERE username = 'bob'")
        #expect(try await store.page(after: 0).map(\.identity.owner) == [.name("held")])
        await #expect(throws: DatabaseError.self, "for somebody who is gone") {
            try await people.sql(
                "UPDATE gatehouse_external_identities SET user_id = 99, held_name = NULL, held_key = NULL")
        }
    }

    @Test("give an account what the mapping says and take back that alone", arguments: DatabaseKind.allCases)
    func grants(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        try await people.add("alice", groups: ["own", "both"])
        let alice = try await id(people, "alice")
        for subject in ["1", "2"] { _ = try await store.link(seen(subject), toAccount: alice, now: people.now) }
        func note(_ subject: String, _ grants: ExternalGrants) async throws -> Identity {
            let identity = try await store.note(seen(subject), grants, isSignIn: true, now: people.now)
            #expect(identity?.lastUsedAt == people.now)
            return try #require(try await people.identity("alice"))
        }
        var now = try await note("1", ExternalGrants(groups: ["both", "given"], isStaff: true, isSuperuser: true))
        #expect(now.groups == ["both", "given", "own"] && now.isStaff && now.isSuperuser)
        now = try await note("2", ExternalGrants(groups: ["given"], isStaff: true))
        #expect(now.isSuperuser, "that one says nothing of it")
        now = try await note("1", .none)
        #expect(now.groups == ["both", "given", "own"], "the other one gives it, too")
        #expect(now.isStaff && !now.isSuperuser)
        now = try await note("2", .none)
        #expect(now.groups == ["both", "own"] && !now.isStaff)

        // What somebody has anyhow was not given.
        var change = UserChange()
        change.isSuperuser = true
        _ = try await people.administration.change("alice", change)
        _ = try await note("1", ExternalGrants(groups: ["own", "late"], isSuperuser: true))
        now = try await note("1", .none)
        #expect(now.groups == ["both", "own"] && now.isSuperuser)

        _ = try await note("1", ExternalGrants(groups: ["late"]))
        _ = try await store.unlink(seen("1").key, fromAccount: alice, countsPassword: true)
        #expect(try await people.identity("alice")?.groups == ["both", "own"], "it goes with the link")
    }

    @Test(
        "are linked by an address only where exactly one ordinary account has it and nobody of the provider is linked to it",
        arguments: DatabaseKind.allCases)
    func byEmail(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let store = store(people)
        func user(_ name: UserName, _ email: String, isStaff: Bool = false, isActive: Bool = true) async throws {
            _ = try await people.store.add(
                NewUser(name: name, encodedPassword: "!", email: email, isStaff: isStaff, isActive: isActive),
                now: people.now)
        }
        func link(_ subject: String, _ email: UTF8Text) async throws -> ExternalIdentityStore.Linking? {
            try await store.link(seen(subject), toOnlyAccountOf: email, now: people.now)
        }
        try await user("alice", "Alice@example.com")
        try await user("old", "alice@example.com", isActive: false)
        try await user("staff", "staff@example.com", isStaff: true)
        try await people.add("root", isSuperuser: true)
        try await user("one", "two@example.com")
        try await user("two", "two@example.com")
        for email in ["", "staff@example.com", "a@example.com", "two@example.com", "nobody@example.com", "a\0@b"] {
            #expect(try await link("x", UTF8Text(email)) == nil, "\(email)")
        }
        guard case .linked(let linked)? = try await link("1", "alice@EXAMPLE.com") else {
            Issue.record("it is linked")
            return
        }
        #expect(linked.owner == .account(try await id(people, "alice")))
        // The address belongs to somebody else of the provider by now.
        #expect(try await link("2", "alice@example.com") == nil)
    }
}
