import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Finding people by name among those who signed in")
struct SessionNamesTests {
    private let keeping: Keeping
    private let keeper: SessionKeeper

    init() throws {
        keeping = try Keeping()
        keeper = SessionKeeper(
            store: keeping.store, secrets: keeping.secrets,
            limits: SessionLimits(idle: Keeping.idle, absolute: Keeping.absolute),
            rememberedLimits: SessionLimits(idle: Keeping.idle, absolute: Keeping.absolute),
            names: UserNameRules { text, form in form == .compatible ? text : text.lowercased() })
    }

    private func person(_ id: UTF8Text, _ name: UserName, backend: BackendName = "ldap") -> Identity {
        Identity(user: UserReference(backend: backend, id: id), name: name)
    }

    @discardableResult
    private func start(_ identity: Identity) async throws -> SecretToken {
        try await keeper.start(for: identity, isRemembered: false, replacing: nil, now: keeping.clock.now).token
    }

    private func found(_ name: UTF8Text, backend: BackendName = "ldap") async throws -> [UTF8Text] {
        try await keeper.people(named: name, of: backend).map(\.user.id).sorted()
    }

    @Test("knows them in every spelling, each backend's apart, and all who bear the name")
    func spellings() async throws {
        try await start(person("7", "Dora"))
        try await start(person("7", "Dora"))
        try await start(person("8", "dora"))
        try await start(person("9", "dora", backend: "file"))
        #expect(try await found("DORA") == ["7", "8"])
        #expect(try await found("dora", backend: "file") == ["9"])
        #expect(try await found("dor").isEmpty)
        #expect(try await found("").isEmpty)
        #expect(try await keeper.person(UserReference(backend: "ldap", id: "7"))?.name == "Dora")
        #expect(try await keeper.person(UserReference(backend: "ldap", id: "70")) == nil)
    }

    @Test("follows a new name, and forgets the old one")
    func renamed() async throws {
        let old = person("7", "dora")
        let token = try await start(old)
        let new = person("7", "dorothea")
        try await keeper.refresh(old.user, now: keeping.clock.now) { _ in new }
        #expect(try await found("dorothea") == ["7"])
        #expect(try await found("dora").isEmpty)
        #expect(try await keeping.isSignedIn(token))
    }

    @Test("finds nobody any more whose sessions are long over, and says so when the store gives no answer")
    func over() async throws {
        try await start(person("7", "dora"))
        keeping.clock.advance(by: Keeping.absolute + .seconds(3_700))
        #expect(try await found("dora").isEmpty)
        keeping.store.isAvailable = false
        await #expect(throws: SessionError.self) { _ = try await found("dora") }
        await #expect(throws: SessionError.self) { try await start(person("7", "dora")) }
    }

    @Test("leaves no name in the store that anybody could read")
    func sealed() async throws {
        try await start(person("uid-4711", "dora-directory"))
        for (key, value) in keeping.store.dump {
            let text = "\(key) \(String(decoding: value, as: UTF8.self))"
            #expect(!text.contains("dora") && !text.contains("4711"), "\(key)")
        }
        let key = try #require(keeping.store.dump.keys.first { "\($0)".hasPrefix("gh:un:{") })
        #expect(try await keeping.store.members(of: key).map(\.count) == [16], "a keyed hash")
    }
}

@Suite("The sessions that began last")
struct NewestSessionsTests {
    private let keeping: Keeping

    init() throws { keeping = try Keeping() }

    private func newest(_ limit: Int = 50) async throws -> [UTF8Text] {
        try await keeping.keeper.newest(limit, now: keeping.clock.now).map(\.owner.user.id)
    }

    private func person(_ number: Int) -> Identity {
        Identity(user: UserReference(backend: "database", id: UTF8Text("\(number)")), name: UserName("user\(number)"))
    }

    @Test("are in the order of their beginning, whoever they belong to, with where they began")
    func order() async throws {
        for number in 1...5 {
            keeping.clock.advance(by: .milliseconds(1))
            _ = try await keeping.keeper.start(
                for: person(number), isRemembered: number == 2, replacing: nil,
                from: SessionOrigin(agent: UTF8Text("agent \(number)"), address: UTF8Text("192.0.2.\(number)")),
                now: keeping.clock.now)
        }
        #expect(try await newest() == ["5", "4", "3", "2", "1"])
        #expect(try await newest(2) == ["5", "4"])
        let first = try #require(try await keeping.keeper.newest(1, now: keeping.clock.now).first)
        #expect(first.owner.name == "user5" && first.listed.origin?.address == "192.0.2.5")
        #expect(try await keeping.keeper.end(first.listed.id))
        _ = try await keeping.keeper.endAll(of: person(4).user, now: keeping.clock.now)
        #expect(try await newest() == ["3", "2", "1"])
        keeping.clock.advance(by: Keeping.absolute)
        #expect(try await newest() == ["2"], "only a remembered one lives that long")
    }

    @Test("are looked for among a thousand sign-ins: the entries do not become more and more")
    func bounded() async throws {
        for number in 1...1_300 {
            keeping.clock.advance(by: .milliseconds(1))
            _ = try await keeping.start(person(number))
        }
        let entries = try await keeping.store.members(of: RecordKey(Array("gh:sn".utf8)))
        // One sign-in in sixteen takes out what is too much.
        #expect((1_000..<1_300).contains(entries.count), "\(entries.count)")
        let listed = try await newest(1_000)
        #expect(listed == (301...1_300).reversed().map { UTF8Text("\($0)") })
    }

    @Test("are no condition of a sign-in, and say so when the store gives no answer")
    func unavailable() async throws {
        keeping.store.isAvailable = false
        await #expect(throws: SessionError.self) { _ = try await newest() }
    }
}
