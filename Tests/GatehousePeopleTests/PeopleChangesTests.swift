import GatehouseBackends
import GatehouseCore
import GatehouseDatabase
import GatehousePeople
import GatehouseTestSupport
import Testing

@Suite("A change of people")
struct PeopleChangesTests {
    @Test("makes somebody who can sign in, once, and says what came into being")
    func add() async throws {
        let fixture = try await PeopleFixture()
        let change = try await fixture.add("alice", groups: ["staff"])
        #expect(change.event.name == .userMade)
        #expect(change.event[.user] == "alice" && change.event[.result] == "made")
        let user = try await fixture.people.lookup.reference("alice")
        #expect(change.event.subject == .person(user))
        #expect(change.made.groups == ["staff"])
        let result = try await fixture.people.backend.authenticate(
            Credentials(name: "alice", password: PeopleFixture.password))
        guard case .authenticated = result else {
            Issue.record("she cannot sign in: \(result)")
            return
        }
        await #expect(throws: PeopleError.refused(.taken("Alice"))) { try await fixture.add("Alice") }
    }

    @Test("is judged before a password is asked for: the name, groups and permissions")
    func drafts() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice", groups: ["staff"])
        let administrator = try await fixture.administrator()
        for (name, refusal) in [
            ("alice", PeopleError.Refusal.exists("alice")), ("ALICE", .clash("ALICE", with: "alice")),
            ("a b", .badName("a b", reason: "may hold letters, digits and @ . + - _ only")),
        ] {
            await #expect(throws: PeopleError.refused(refusal)) {
                try await administrator.passwordJudge(for: PersonDraft(name: name))
            }
        }
        var draft = PersonDraft(name: "bob")
        draft.groups = ["stuff"]
        let mistyped = draft
        let error = await #expect(throws: PeopleError.self) { try await administrator.passwordJudge(for: mistyped) }
        guard case .refused(.unknown(let names, let known, canBeMade: true)) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(names.groups == ["stuff"] && known?.groups == ["staff"])

        draft.groups = []
        let judge = try await administrator.passwordJudge(for: draft)
        #expect(try await judge.problems(with: Password("short")).count == 1)
        #expect(try await judge.problems(with: PeopleFixture.password) == [])
    }

    @Test("counts at once for the sessions that are going on")
    func change() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        let token = try await fixture.signIn("alice")
        var change = UserChange()
        (change.email, change.addedGroups, change.missing) = ("alice@example.com", ["staff"], .areMade)
        let changed = try await fixture.administrator().change("alice", change)
        #expect(changed.event.name == .userChanged && changed.event[.groupsAdded] == .texts(["staff"]))
        #expect(changed.concerned == [try await fixture.people.lookup.reference("alice")])
        let identity = try #require(try await fixture.identity(token))
        #expect(identity.email == "alice@example.com" && identity.groups == ["staff"])

        var leaving = UserChange()
        leaving.isActive = false
        _ = try await fixture.administrator().change("alice", leaving)
        #expect(try await fixture.identity(token) == nil)
    }

    @Test("of permissions says what was not held, and is an event of its own")
    func grants() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        let grant = Grant.everywhere("reports.view_report")
        let administrator = try await fixture.administrator()
        let granted = try await administrator.changeGrants(
            of: "alice", granted: [grant], revoked: [], missing: .areRefused)
        #expect(granted.event.name == .permissionChanged && granted.notHeld.isEmpty)
        let reader = try await fixture.people.reader()
        #expect(try await reader.holding(grant, by: "alice", globalImpliesObject: false).isHeld)
        _ = try await administrator.changeGrants(of: "alice", granted: [], revoked: [grant], missing: .areRefused)
        let again = try await administrator.changeGrants(
            of: "alice", granted: [], revoked: [grant], missing: .areRefused)
        #expect(again.notHeld == [grant])
        #expect(try await !reader.holding(grant, by: "alice", globalImpliesObject: false).isHeld)
    }

    @Test("of a name keeps sessions, which see the new one")
    func rename() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        try await fixture.add("bob")
        let token = try await fixture.signIn("alice")
        let administrator = try await fixture.administrator()
        let renamed = try await administrator.rename("alice", to: "alma")
        #expect(renamed.change.event[.user] == "alma" && renamed.change.event[.was] == "alice")
        #expect(try await fixture.identity(token)?.name == "alma")
        await #expect(throws: PeopleError.refused(.taken("bob"))) { try await administrator.rename("alma", to: "bob") }
        await #expect(throws: PeopleError.refused(.noSuchPerson("carol"))) {
            try await administrator.rename("carol", to: "bob")
        }
    }

    @Test("that removes somebody ends their sessions")
    func remove() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        let token = try await fixture.signIn("alice")
        let removed = try await fixture.administrator().remove("alice")
        #expect(removed.sessionsEnded == 1 && removed.event[.sessionsEnded] == .number(1))
        #expect(try await fixture.identity(token) == nil)
        await #expect(throws: PeopleError.refused(.noSuchThing("alice"))) {
            try await fixture.administrator().remove("alice")
        }
    }

    @Test("of a password ends sessions, and is judged by the passwords before")
    func password() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        let token = try await fixture.signIn("alice")
        let administrator = try await fixture.administrator()
        let judge = try await administrator.passwordJudge(of: "alice")
        #expect(try await judge.problems(with: PeopleFixture.password).count == 1)
        let set = try await administrator.setPassword(
            of: "alice", to: Password("another way to the gate"), mustChange: true)
        #expect(set.failure == nil && set.change.sessionsEnded == 1 && set.change.event.name == .passwordChanged)
        #expect(try await fixture.identity(token) == nil)
        let account = try await fixture.people.ownAccounts?.accounts(meant: "alice").first
        #expect(account?.mustChange == true)
        #expect(
            try await administrator.passwordJudge(of: "alice").problems(with: PeopleFixture.password).count == 1,
            "it is remembered")
    }

    @Test("of a group is seen by its members")
    func groups() async throws {
        let fixture = try await PeopleFixture()
        let administrator = try await fixture.administrator()
        #expect(try await administrator.addGroup("staff").event.subject == .group("staff"))
        try await fixture.add("alice")
        try await fixture.add("bob", groups: ["staff"])
        let token = try await fixture.signIn("alice")

        let set = try await administrator.setMembers(of: "staff", ["alice", "bob"], areMembers: true)
        #expect(set.count == 1 && set.unchanged == ["bob"] && set.change.event[.joined] == .number(1))
        #expect(try await fixture.identity(token)?.groups == ["staff"])

        let renamed = try await administrator.renameGroup("staff", to: "crew")
        #expect(renamed.event[.members] == .number(2) && renamed.concerned.count == 2)
        #expect(try await fixture.identity(token)?.groups == ["crew"])

        let granted = try await administrator.changeGrants(
            ofGroup: "crew", granted: [.everywhere("reports.view_report")], revoked: [], missing: .areRefused)
        #expect(granted.event[.group] == "crew")
        #expect(try await fixture.identity(token)?.permissions == ["reports.view_report"])

        #expect(try await administrator.removeGroup("crew").concerned.count == 2)
        #expect(try await fixture.identity(token)?.groups == [])
        await #expect(throws: PeopleError.refused(.noSuchThing("crew"))) { try await administrator.removeGroup("crew") }
    }

    @Test("of a permission is seen by those who had it")
    func permissions() async throws {
        let fixture = try await PeopleFixture()
        let administrator = try await fixture.administrator()
        #expect(try await administrator.declare("tea.pour_tea", label: nil).isNew)
        #expect(try await !administrator.declare("tea.pour_tea", label: "Can pour").isNew)
        try await fixture.add("alice", granted: [.everywhere("tea.pour_tea")])
        let token = try await fixture.signIn("alice")
        let use = try await administrator.use(of: "tea.pour_tea", "tea.pour_tea")
        #expect(use.people == 1 && use.groups == 0)
        let removed = try await administrator.remove("tea.pour_tea", "tea.pour_tea", usedBy: use)
        #expect(removed.event[.people] == .number(1))
        #expect(try await fixture.identity(token)?.permissions == [])
        let error = await #expect(throws: PeopleError.self) { try await administrator.use(of: "tea.pour_tea", "") }
        guard case .refused(.unknown(let names, _, canBeMade: false)) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(names.permissions == ["tea.pour_tea"])
    }

    @Test("of more people than are told at once tells all of them, and how far it is")
    func many() async throws {
        let fixture = try await PeopleFixture()
        var tokens: [SecretToken] = []
        for number in 1...40 {
            try await fixture.add("person\(number)", groups: ["staff"])
            tokens.append(try await fixture.signIn(UserName("person\(number)")))
        }
        let stages = Mutexed<[SessionDoor.Stage]>([])
        let keeper = fixture.keeper
        let door = SessionDoor(open: { .init(keeper) }, progress: { stage in stages.change { $0.append(stage) } })
        _ = try await fixture.people.administrator(door).renameGroup("staff", to: "crew")
        for token in tokens { #expect(try await fixture.identity(token)?.groups == ["crew"]) }
        #expect(stages.value == (1...8).map { .told($0, of: 40) } + [.ended])
    }
}
