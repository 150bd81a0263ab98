import GatehouseCore
import GatehouseDatabase
import GatehouseImport
import GatehousePeople
import GatehouseTestSupport
import Testing

@Suite("People who are imported")
struct ImportedPeopleTests {
    @Test("are told of it in their sessions, and those with another password are out")
    func sessions() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        try await fixture.add("bob")
        let (alice, bob) = (try await fixture.signIn("alice"), try await fixture.signIn("bob"))
        let administrator = try await fixture.administrator()
        var work = PeopleImport()
        work.updatesExisting = true
        let text = "username,email,is_active\nalice,new@example.com,true\nbob,bob@example.com,false\n"
        let report = try await administrator.importPeople(
            from: CSVSource(MemoryBytes(Array(text.utf8))), work, seal: { _, _ in "" })
        try await administrator.follow(report)
        #expect(try await fixture.identity(alice)?.email == "new@example.com")
        #expect(try await fixture.identity(bob) == nil)
    }

    @Test("may come from another database, page after page")
    func database() async throws {
        let target = try await PeopleFixture()
        let folder = try TemporaryFolder()
        let database = try Database(sqlitePath: folder.file("other.db"))
        _ = try await Migrator(database).migrate(declaring: [], now: target.clock.now)
        _ = try await DjangoUserStore(database).add(
            NewUser(name: "carol", encodedPassword: "!", groups: ["staff"]), now: target.clock.now)
        let report = try await target.administrator().importPeople(
            from: ExportedPeople.source(database), PeopleImport(), seal: { _, _ in "" })
        #expect(report.made == 1 && report.groups == ["staff"])
        #expect(try await target.people.reader().user("carol").groups == ["staff"])
    }

    @Test("are refused where names clash, and nobody is made")
    func clash() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        let report = try await fixture.administrator().importPeople(
            from: CSVSource(MemoryBytes(Array("username\nALICE\nbob\n".utf8))), PeopleImport(), seal: { _, _ in "" })
        #expect(report.verdict == .refused && report.problems.map(\.line) == [2])
        #expect(try await !fixture.people.lookup.isSomebody("bob"))
    }
}
