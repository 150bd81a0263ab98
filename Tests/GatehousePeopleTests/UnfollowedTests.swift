import GatehouseCore
import GatehouseDatabase
import GatehouseImport
import GatehousePeople
import GatehouseTestSupport
import Testing

@Suite("A change whose sessions cannot be told")
struct UnfollowedTests {
    @Test("stands, and the error says so", arguments: [true, false])
    func stands(isOpen: Bool) async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice", groups: ["staff"])
        _ = try await fixture.signIn("alice")
        fixture.store.isAvailable = false
        let door = isOpen ? fixture.door : PeopleFixture.closedDoor
        let administrator = try await fixture.people.administrator(door)

        func unfollowed(
            _ work: () async throws -> Void
        ) async -> Unfollowed? {
            do { try await work() } catch {
                guard case PeopleError.unfollowed(let unfollowed)? = error as? PeopleError else { return nil }
                #expect(isOpen || unfollowed.reason == "away")
                return unfollowed
            }
            return nil
        }

        var change = UserChange()
        change.email = "alice@example.com"
        let changed = await unfollowed { _ = try await administrator.change("alice", change) }
        #expect(changed?.change == .changed("alice") && changed?.following == .learn)
        #expect(changed?.event?.name == .userChanged)
        let renamed = await unfollowed { _ = try await administrator.renameGroup("staff", to: "crew") }
        #expect(renamed?.change == .renamed("staff", to: "crew"))
        #expect(renamed?.event?.name == .groupRenamed)
        let details = try await fixture.people.reader().user("alice")
        #expect(details.user.email == "alice@example.com" && details.groups == ["crew"])

        let set = try await administrator.setPassword(
            of: "alice", to: Password("another way to the gate"), mustChange: false)
        guard case .unfollowed(let failure)? = set.failure else {
            Issue.record("no failure")
            return
        }
        #expect(failure.change == .passwordSet("alice") && failure.following == .end(isGone: false))
        // The result has it.
        #expect(failure.event == nil && set.change.event.name == .passwordChanged)

        let removed = await unfollowed { _ = try await administrator.remove("alice") }
        #expect(removed?.change == .removed("alice") && removed?.following == .end(isGone: true))
        #expect(removed?.event?.name == .userRemoved)
        #expect(try await !fixture.people.lookup.isSomebody("alice"))
    }

    @Test("may be an import, which stands, too")
    func imported() async throws {
        let fixture = try await PeopleFixture()
        try await fixture.add("alice")
        _ = try await fixture.signIn("alice")
        let administrator = try await fixture.administrator()
        var work = PeopleImport()
        work.updatesExisting = true
        let text = "username,email\nalice,new@example.com\nbob,bob@example.com\n"
        let report = try await administrator.importPeople(
            from: CSVSource(MemoryBytes(Array(text.utf8))), work, seal: { _, _ in "" })
        #expect(report.made == 1 && report.updated == 1)
        fixture.store.isAvailable = false
        let error = await #expect(throws: PeopleError.self) { try await administrator.follow(report) }
        guard case .unfollowed(let unfollowed)? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(unfollowed.change == .imported && unfollowed.following == .learn)
        #expect(try await fixture.people.reader().user("alice").user.email == "new@example.com")
    }
}
