import GatehouseCore
import GatehousePeople
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Sessions of others")
struct SessionAdministratorTests {
    private let fixture: PeopleFixture
    private let sessions: SessionAdministrator

    init() async throws {
        fixture = try await PeopleFixture()
        try await fixture.add("alice")
        sessions = fixture.people.sessions(fixture.door, others: ["ldap"])
    }

    private func directory(_ id: UTF8Text, _ name: UserName) -> Identity {
        Identity(user: UserReference(backend: "ldap", id: id), name: name)
    }

    @Test("are listed by name, by id, and the newest of everybody")
    func list() async throws {
        _ = try await fixture.signIn("alice")
        _ = try await fixture.start(directory("7", "alice"))
        let found = try await sessions.sessions(of: "alice", by: nil)
        #expect(found.sessions.map(\.owner.user.backend) == ["database"] && found.elsewhere == ["ldap"])
        #expect(try await sessions.sessions(of: "alice", by: "ldap").sessions.count == 1)
        #expect(try await sessions.sessions(of: "7", by: "ldap").sessions.count == 1)
        #expect(try await sessions.newest(10).count == 2)
        await #expect(throws: PeopleError.refused(.nobodySignedIn("bob", by: "ldap", of: ["ldap"]))) {
            try await sessions.sessions(of: "bob", by: "ldap")
        }
    }

    @Test("end by name, and somebody who is meant by a backend is named")
    func end() async throws {
        let token = try await fixture.signIn("alice")
        let other = try await fixture.start(directory("7", "alice"))
        let ended = try await sessions.endAll(of: "alice", by: nil)
        #expect(ended.count == 1 && ended.elsewhere == ["ldap"] && ended.event[.sessionsEnded] == .number(1))
        #expect(try await fixture.identity(token) == nil)
        #expect(try await fixture.identity(other) != nil)
        await #expect(throws: PeopleError.refused(.elsewhere(.noSession("alice"), ["ldap"]))) {
            try await sessions.endAll(of: "alice", by: nil)
        }
        #expect(try await sessions.endAll(of: "alice", by: "ldap").count == 1)
        try await fixture.add("bob")
        let nothing = try await sessions.endAll(of: "bob", by: nil)
        #expect(nothing.count == 0 && nothing.elsewhere.isEmpty && nothing.event[.user] == "bob")
        _ = try await fixture.start(directory("8", "dora"))
        await #expect(throws: PeopleError.refused(.elsewhere(.noSuchPerson("dora"), ["ldap"]))) {
            try await sessions.endAll(of: "dora", by: nil)
        }
    }

    @Test("end one by one, by their ids")
    func one() async throws {
        let token = try await fixture.signIn("alice")
        let id = try #require(try await sessions.newest(1).first?.listed.id)
        #expect(try await sessions.end(id)[.id] == .text(id.text))
        #expect(try await fixture.identity(token) == nil)
        await #expect(throws: PeopleError.refused(.noSuchSession(id))) { try await sessions.end(id) }
    }

    @Test("may be alive when the store gives no answer")
    func outage() async throws {
        _ = try await fixture.signIn("alice")
        fixture.store.isAvailable = false
        let error = await #expect(throws: PeopleError.self) { try await sessions.endAll(of: "alice", by: nil) }
        guard case .unavailable(.sessionStore(_, mayBeAlive: true))? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        await #expect(throws: PeopleError.self) { try await sessions.newest(1) }
    }
}
