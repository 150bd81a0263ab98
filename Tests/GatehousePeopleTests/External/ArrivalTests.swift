import GatehouseCore
import GatehouseDatabase
import GatehouseOIDC
import GatehousePeople
import GatehouseTestSupport
import Testing

@Suite("Coming back from a provider")
struct ArrivalTests {
    private typealias Fixture = ExternalFixture

    // MARK: - Without an account

    @Test("makes somebody of the provider without an account, under an id that tells nothing and stays")
    func visitor() async throws {
        let fixture = try await Fixture()
        let rules = Fixture.rules(.none)
        let signIn = Fixture.signIn("1", " Ada.Love ", email: "ada@example.com", displayName: "Ada Lovelace")
        let ada = try #require(try await fixture.arrive(signIn, rules).identity)
        #expect(ada.name == "Ada.Love" && ada.email == "ada@example.com" && ada.displayName == "Ada Lovelace")
        #expect(ada.user.backend == "example" && ada.user.id.bytes.count == 43)
        #expect(!ada.isStaff && !ada.isSuperuser && ada.groups.isEmpty && ada.credential == nil)
        let again = try #require(try await fixture.arrive(signIn, rules).identity)
        #expect(again.user == ada.user)
        let other = try #require(
            try await fixture.arrive(
                Fixture.signIn("1", "eve", issuer: "https://other.example"), rules
            ).identity)
        #expect(other.user.id != ada.user.id)
        #expect(try await fixture.fixture.people.lookup.names().isEmpty)
        #expect(fixture.notices.value.isEmpty)
    }

    @Test("keeps the name of the first sign-in, whatever the provider says later")
    func changedClaims() async throws {
        let fixture = try await Fixture()
        let rules = Fixture.rules(.none)
        try await fixture.fixture.add("boss")
        let first = try #require(try await fixture.arrive(Fixture.signIn("1", "ada"), rules).identity)
        for name: UTF8Text? in ["boss", "someone", "a b", nil] {
            let later = try await fixture.arrive(Fixture.signIn("1", name), rules)
            #expect(later.identity?.name == "ada" && later.identity?.user == first.user)
        }
        // Whoever is called so at the provider now is somebody else.
        #expect(try await fixture.arrive(Fixture.signIn("2", "ada"), rules) == .nameTaken("ada"))
    }

    @Test(
        "refuses a name that somebody else has, in whatever letter case and composition",
        arguments: [AccountRules.Mode.none, .create])
    func takenNames(mode: AccountRules.Mode) async throws {
        let fixture = try await Fixture()
        let rules = Fixture.rules(mode)
        try await fixture.fixture.add("Ålice")
        // Of the database, of a directory, and of another provider.
        for name: UTF8Text in ["Ålice", "åLICE", "A\u{30A}lice", "Ålice"] {
            guard case .nameTaken = try await fixture.arrive(Fixture.signIn("1", name), rules) else {
                Issue.record("\(name) is somebody else's")
                continue
            }
        }
        #expect(try await fixture.arrive(Fixture.signIn("1", "dora"), rules) == .nameTaken("dora"))
        _ = try await fixture.arrive(
            Fixture.signIn("1", "grace", issuer: "https://other.example"), Fixture.rules(.none))
        #expect(try await fixture.arrive(Fixture.signIn("1", "GRACE"), rules) == .nameTaken("GRACE"))
        // Somebody of the directory who signed in and says nothing without a password.
        let user = UserReference(backend: "directory", id: "7")
        _ = try await fixture.fixture.start(Identity(user: user, name: "hedy"))
        #expect(try await fixture.arrive(Fixture.signIn("1", "Hedy"), rules) == .nameTaken("Hedy"))
        #expect(try await fixture.fixture.people.lookup.names() == ["Ålice"])
    }

    @Test("refuses what can be nobody's name", arguments: [AccountRules.Mode.none, .create])
    func unusableNames(mode: AccountRules.Mode) async throws {
        let fixture = try await Fixture()
        for name: UTF8Text? in [
            nil, "", " ", "a b", "a/b", "a\u{202E}b", "a\r\nb", "a\0", UTF8Text(String(repeating: "a", count: 151)),
        ] {
            #expect(
                try await fixture.arrive(Fixture.signIn("1", name), Fixture.rules(mode)) == .nameUnusable,
                "\(String(describing: name))")
        }
    }

    @Test("fails rather than guesses while a directory gives no answer, but only the first time")
    func away() async throws {
        let fixture = try await Fixture()
        let rules = Fixture.rules(.none)
        fixture.directory.fail(with: .unavailable(reason: "away"))
        await #expect(throws: BackendError.self) {
            try await fixture.arrive(Fixture.signIn("1", "ada"), rules)
        }
        fixture.directory.fail(with: nil)
        #expect(try await fixture.arrive(Fixture.signIn("1", "ada"), rules).identity != nil)
        fixture.directory.fail(with: .unavailable(reason: "away"))
        #expect(try await fixture.arrive(Fixture.signIn("1", "ada"), rules).identity != nil)
    }

    @Test("gives groups by the mapping, and flags only where the operator says that it may")
    func groups() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add(
            "alice", groups: ["editors", "root"])
        _ = try await fixture.fixture.administrator().changeGrants(
            ofGroup: "editors", granted: [.everywhere("reports.view_report")], revoked: [], missing: .areMade)
        let mapping = GroupMapping(
            groups: ["writers": "editors"], keepsOthers: true, staff: ["helpers"], superusers: ["bosses"])
        let theirs: [GroupName] = ["writers", "helpers", "bosses", "root", "editors"]
        func arrive(_ mayMake: Bool) async throws -> Identity? {
            try await fixture.arrive(
                Fixture.signIn("1", "ada", groups: theirs),
                Fixture.rules(.none, groups: mapping, mayMakeSuperusers: mayMake)
            ).identity
        }
        let plain = try #require(try await arrive(false))
        #expect(plain.groups == ["bosses", "editors", "helpers", "root"])
        #expect(plain.permissions == ["reports.view_report"] && !plain.isStaff && !plain.isSuperuser)
        let strong = try #require(try await arrive(true))
        #expect(strong.isStaff && strong.isSuperuser)
    }

    // MARK: - With an account

    @Test("makes an account at the first sign-in, once, without a password, and never again")
    func made() async throws {
        let fixture = try await Fixture()
        let rules = Fixture.rules(.create)
        let signIn = Fixture.signIn("1", "ada", email: "ada@elsewhere.example", displayName: "Ada Lovelace")
        let ada = try #require(try await fixture.arrive(signIn, rules).identity)
        let reference = try await fixture.fixture.people.lookup.reference("ada")
        #expect(ada.user == reference && ada.email == "ada@elsewhere.example" && ada.displayName == "Ada Lovelace")
        #expect(try await fixture.arrive(Fixture.signIn("1", "other"), rules).identity?.user == reference)
        let details = try await fixture.fixture.people.reader().user("ada")
        #expect(!details.hasUsablePassword && details.user.lastLogin != nil)
        #expect(fixture.notices.value.map(\.change) == [.made])
        #expect(fixture.notices.value.first?.event.name == .userMade)
        // Deactivated: whatever the provider says.
        var change = UserChange()
        change.isActive = false
        _ = try await fixture.fixture.administrator().change("ada", change)
        #expect(try await fixture.arrive(signIn, rules) == .inactive)
    }

    @Test("keeps an address to itself that nobody vouches for")
    func unverified() async throws {
        let fixture = try await Fixture()
        for (mode, name) in [(AccountRules.Mode.none, "ada"), (.create, "eve")] {
            let identity = try await fixture.arrive(
                Fixture.signIn(UTF8Text(name), UTF8Text(name), email: "boss@example.com", isVerified: false),
                Fixture.rules(mode)
            ).identity
            #expect(identity?.email == "")
        }
    }

    @Test("makes one account of many first sign-ins at once", arguments: [1, 2])
    func race(names: Int) async throws {
        for round in 0..<20 {
            let fixture = try await Fixture()
            let arrivals = try await withThrowingTaskGroup(of: ExternalArrival.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await fixture.arrive(
                            Fixture.signIn("1", UTF8Text("ada\(number % names)")), Fixture.rules(.create))
                    }
                }
                var all: [ExternalArrival] = []
                for try await arrival in group { all.append(arrival) }
                return all
            }
            let people = Set(arrivals.compactMap { $0.identity?.user })
            #expect(people.count == 1 && arrivals.allSatisfy { $0.identity != nil }, "round \(round): \(arrivals)")
            #expect(try await fixture.fixture.people.lookup.names().count == 1)
            #expect(fixture.notices.value.count == 1)
        }
    }

    @Test("gives an account of the database the groups of the mapping alone, anew at each sign-in")
    func accountGroups() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add("alice", groups: ["own", "admins"])
        let mapping = GroupMapping(groups: ["writers": "editors"], keepsOthers: true, superusers: ["bosses"])
        let rules = Fixture.rules(.create, groups: mapping)
        func groups(_ theirs: [GroupName]) async throws -> Identity? {
            try await fixture.arrive(Fixture.signIn("1", "ada", groups: theirs), rules).identity
        }
        let first = try await groups(["writers", "admins", "bosses"])
        #expect(first?.groups == ["editors"], "a group that is called like ours is not ours")
        #expect(first?.isSuperuser == false)
        #expect(try await groups([])?.groups == [])
        let strong = try await fixture.arrive(
            Fixture.signIn("1", "ada", groups: ["bosses"]),
            Fixture.rules(.create, groups: mapping, mayMakeSuperusers: true))
        #expect(strong.identity?.isSuperuser == true)
        #expect(try await groups([])?.isSuperuser == false)
    }

    @Test("lets only linked people in where the operator wants it so")
    func linkedOnly() async throws {
        let fixture = try await Fixture()
        try await fixture.fixture.add("alice")
        let rules = Fixture.rules(.link)
        let signIn = Fixture.signIn("1", "alice", email: "alice@example.com")
        #expect(try await fixture.arrive(signIn, rules) == .notLinked)
        let user = try await fixture.fixture.people.lookup.reference("alice")
        let provider = try fixture.provider(rules)
        #expect(try await fixture.external.link(signIn, at: provider, to: user, now: fixture.now) == .linked)
        #expect(try await fixture.arrive(signIn, rules).identity?.user == user)
    }

    @Test("links by an address only under every condition, each of which is needed")
    func byEmail() async throws {
        let base = Fixture.rules(.link, linksByEmail: true)
        func arrive(
            _ rules: AccountRules = base, email: UTF8Text? = "alice@example.com", isVerified: Bool = true,
            prepare: (Fixture) async throws -> Void = { _ in }
        ) async throws -> (arrival: ExternalArrival, fixture: Fixture) {
            let fixture = try await Fixture()
            var draft = PersonDraft(name: "alice")
            draft.email = "alice@example.com"
            _ = try await fixture.fixture.administrator().add(draft, password: PeopleFixture.password)
            try await prepare(fixture)
            return (
                try await fixture.arrive(
                    Fixture.signIn("1", "whoever", email: email, isVerified: isVerified), rules), fixture
            )
        }
        let linked = try await arrive()
        #expect(linked.arrival.identity?.name == "alice")
        #expect(linked.fixture.notices.value.map(\.change) == [.linked])
        #expect(linked.fixture.notices.value.first?.event[.reason] == "email")
        // Later without any address: the link is what counts.
        #expect(
            try await linked.fixture.arrive(Fixture.signIn("1", nil), Fixture.rules(.link)).identity?.name == "alice")
        // The next person with that address is not let into the account of the one before.
        #expect(
            try await linked.fixture.arrive(Fixture.signIn("2", "x", email: "alice@example.com"), base) == .notLinked)

        #expect(try await arrive(Fixture.rules(.link)).arrival == .notLinked, "not asked for")
        #expect(try await arrive(isVerified: false).arrival == .notLinked)
        #expect(try await arrive(email: nil).arrival == .notLinked)
        #expect(try await arrive(email: "alice@sub.example.com").arrival == .notLinked)
        #expect(try await arrive(email: "alice@notexample.com").arrival == .notLinked)
        let foreign = AccountRules(mode: .link, linksByEmail: true, groups: Fixture.none)
        #expect(try await arrive(foreign).arrival == .notLinked, "the provider owns no domain")
        for flag in [\UserChange.isStaff, \.isSuperuser] {
            let refused = try await arrive { fixture in
                var change = UserChange()
                change[keyPath: flag] = true
                _ = try await fixture.fixture.administrator().change("alice", change)
            }
            #expect(refused.arrival == .notLinked)
        }
        let several = try await arrive { fixture in
            var draft = PersonDraft(name: "other")
            draft.email = "ALICE@example.com"
            _ = try await fixture.fixture.administrator().add(draft, password: PeopleFixture.password)
        }
        #expect(several.arrival == .notLinked)
    }

    @Test("of somebody who was held without an account gives them one when accounts are made")
    func fromHeldToMade() async throws {
        let fixture = try await Fixture()
        let signIn = Fixture.signIn("1", "ada")
        let visitor = try #require(try await fixture.arrive(signIn, Fixture.rules(.none)).identity)
        #expect(try await fixture.arrive(signIn, Fixture.rules(.link)) == .notLinked)
        let backend = fixture.fixture.people.externalBackend("example")
        #expect(try await backend.identity(of: visitor.user, known: visitor) == visitor)
        let account = try await fixture.arrive(Fixture.signIn("1", "renamed"), Fixture.rules(.create)).identity
        #expect(account?.name == "ada" && account?.user.backend == "database")
        #expect(try await backend.identity(of: visitor.user, known: visitor) == nil, "those sessions end")
        // A link counts whatever the operator wants of those who have none.
        #expect(try await fixture.arrive(signIn, Fixture.rules(.none)).identity == account)
    }

    @Test("ends for a person without an account when the name is freed, or an account gets it in another way")
    func gone() async throws {
        let fixture = try await Fixture()
        let backend = fixture.fixture.people.externalBackend("example")
        let ada = try #require(try await fixture.arrive(Fixture.signIn("1", "ada"), Fixture.rules(.none)).identity)
        let forged = Identity(user: UserReference(backend: "example", id: "x"), name: "ada")
        #expect(try await backend.identity(of: forged.user, known: forged) == nil)
        #expect(try await backend.identity(of: ada.user, known: nil) == nil)
        #expect(try await backend.authenticate(Credentials(name: "ada", password: PeopleFixture.password)) == .notMine)
        await #expect(throws: PeopleError.self) { try await fixture.fixture.add("Ada") }
        let identities = try await fixture.fixture.people.identities(
            fixture.fixture.door, takesPasswords: true)
        let token = try await fixture.start(ada, Fixture.signIn("1", "ada"))
        let change = try await identities.unlink(issuer: "https://id.example", subject: "1", from: "ada")
        #expect(change.sessionsEnded == 1 && change.event.name == .identityUnlinked)
        #expect(try await fixture.fixture.identity(token) == nil)
        #expect(try await backend.identity(of: ada.user, known: ada) == nil)
        try await fixture.fixture.add("Ada")
        #expect(try await fixture.arrive(Fixture.signIn("1", "ada"), Fixture.rules(.none)) == .nameTaken("ada"))
    }
}
