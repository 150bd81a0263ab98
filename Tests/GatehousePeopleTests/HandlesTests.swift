import GatehouseCore
import GatehouseDatabase
import GatehousePeople
import GatehouseSessions
import Testing

@Suite("What handles give")
struct HandlesTests {
    @Test("is nothing of a site's own people but who they are")
    func foreign() async throws {
        let fixture = try await PeopleFixture(isManaged: false)
        await #expect(throws: PeopleError.unfit(.managedElsewhere(place: "people.db"))) {
            try await fixture.administrator()
        }
        await #expect(throws: PeopleError.unfit(.managedElsewhere(place: "people.db"))) {
            try await fixture.people.reader()
        }
        await #expect(throws: PeopleError.unfit(.migratesElsewhere(place: "people.db"))) {
            try await fixture.people.migrations.bringUpToDate()
        }
        #expect(try await fixture.people.lookup.names() == [])
        #expect(try await !fixture.people.lookup.isSomebody("alice"))
    }

    @Test("is nothing without tables")
    func noTables() async throws {
        let fixture = try await PeopleFixture(migrates: false)
        let missing = PeopleError.unfit(.tablesMissing(place: "people.db"))
        await #expect(throws: missing) { try await fixture.administrator() }
        await #expect(throws: missing) { try await fixture.people.reader() }
        await #expect(throws: missing) { try await fixture.people.issuer() }
        let made = try await fixture.people.migrations.run()
        #expect(made.versionBefore == 0 && made.version > 0 && made.tables.contains("auth_user"))
        #expect(made.permissions == ["reports.change_report", "reports.view_report"])
        let again = try await fixture.people.migrations.run()
        #expect(again.tables.isEmpty && again.permissions.isEmpty && again.version == made.version)
        #expect(try await fixture.people.tables.tryOut() == [])
    }

    @Test("their owners: another password, as long as the account is as it was found")
    func own() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        let own = try #require(fixture.people.ownAccounts)
        let account = try #require(try await own.accounts(meant: "alice").first)
        #expect(try await own.changePassword(of: account, to: Password("short")) != .outdated)
        guard case .refused = try await own.changePassword(of: account, to: Password("short")) else {
            Issue.record("a bad password was taken")
            return
        }
        guard case .changed(let identity) = try await own.changePassword(of: account, to: Password("a new way in"))
        else {
            Issue.record("a good password was not taken")
            return
        }
        #expect(identity?.name == "alice")
        #expect(try await own.changePassword(of: account, to: Password("and one more way")) == .outdated)
        #expect(try await PeopleFixture(isManaged: false, writesBack: false).people.ownAccounts == nil)
    }

    @Test("whoever was checked elsewhere: the person, or a new one without a password")
    func arrivals() async throws {
        let fixture = try await PeopleFixture()
        let arrivals = fixture.people.arrivals
        #expect(try await arrivals.person("alice", makesUnknown: false) == nil)
        #expect(try await arrivals.person("alice", makesUnknown: true)?.name == "alice")
        #expect(try await fixture.people.reader().user("alice").hasUsablePassword == false)
        #expect(try await arrivals.person("alice", makesUnknown: true)?.name == "alice")
        // What is no name, or clashes with somebody, makes nobody.
        #expect(try await arrivals.person("ALICE", makesUnknown: true) == nil)
        #expect(try await arrivals.person("a b", makesUnknown: true) == nil)
        #expect(try await fixture.people.lookup.names() == ["alice"])
    }

    @Test("whoever starts: one administrator")
    func firstAdministrator() async throws {
        let fixture = try await PeopleFixture()
        let maker = fixture.people.firstAdministrator
        #expect(try await maker.isNeeded())
        await #expect(throws: PeopleError.self) { try await maker.make("root", password: Password("short")) }
        #expect(try await maker.isNeeded())
        let identity = try await maker.make("root", password: PeopleFixture.password)
        #expect(identity.isSuperuser && identity.isStaff)
        #expect(try await !maker.isNeeded())
        #expect(try await fixture.people.reader().user("root").user.lastLogin != nil)
    }

    @Test("links: for active people of whom passwords may be written")
    func links() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        let issuer = try await fixture.people.issuer()
        let issued = try await issuer.resetLink(for: "alice") { account in "link of \(account.name)" }
        #expect(issued.link == "link of alice" && issued.event.name == .resetMade)
        await #expect(throws: PeopleError.unavailable(.sessionStore(reason: "away", mayBeAlive: false))) {
            try await issuer.resetLink(for: "alice") { _ async throws(SessionError) in
                throw .unavailable(reason: "away")
            }
        }
        var change = UserChange()
        change.isActive = false
        _ = try await fixture.administrator().change("alice", change)
        await #expect(throws: PeopleError.refused(.inactive("alice"))) {
            try await issuer.resetLink(for: "alice") { _ in "" }
        }
        await #expect(throws: PeopleError.refused(.noSuchPerson("bob"))) {
            try await issuer.resetLink(for: "bob") { _ in "" }
        }
    }

    @Test("whoever only looks: who has what, and why")
    func reading() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice", groups: ["staff"], granted: [.everywhere("reports.view_report")])
        try await fixture.add("root", isSuperuser: true)
        let reader = try await fixture.people.reader()
        var names: [UserName] = []
        try await reader.users(UserFilter()) { names += $0.map(\.name) }
        #expect(names == ["alice", "root"])
        #expect(try await reader.groups().map(\.name) == ["staff"])
        #expect(try await reader.group("staff").group.members == 1)
        #expect(try await reader.permissions().map(\.name).contains("reports.change_report"))
        names = []
        var filter = PeopleReader.HolderFilter()
        filter.includesSuperusers = false
        let grant = Grant.everywhere("reports.view_report")
        try await reader.holders(grant, "reports.view_report", filter) { names += $0.map(\.user.name) }
        #expect(names == ["alice"])
        try await reader.requireKnown(grant, "")
        await #expect(throws: PeopleError.self) { try await reader.requireKnown(.everywhere("reports.vew_report"), "") }
        #expect(try await fixture.people.lookup.identity(named: "alice")?.groups == ["staff"])
        #expect(try await fixture.people.lookup.identity(named: nil) == nil)
    }
}
