import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("People in Django's tables")
struct DjangoUserStoreTests {
    private let folder: TemporaryFolder
    private let database: Database
    private let store: DjangoUserStore
    private let now = Timestamp(milliseconds: 1_800_000_000_123)

    init() async throws {
        folder = try TemporaryFolder()
        database = try Database(sqlitePath: "\(folder.path)/people.db")
        store = DjangoUserStore(database)
        try await Migrator(database).migrate(declaring: ["reports.view_report"], now: now)
    }

    @discardableResult
    private func add(
        _ name: String, isSuperuser: Bool = false, groups: [GroupName] = [], permissions: [PermissionName] = []
    ) async throws -> MadeAlongside {
        let user = NewUser(
            name: try UserNameRule.normalized(name), encodedPassword: "!", email: "a@example.com",
            isSuperuser: isSuperuser, groups: groups, permissions: permissions)
        return try await store.add(user, now: now)
    }

    private func identity(_ name: UserName) async throws -> Identity? {
        guard let account = try await store.account(named: name) else { return nil }
        return try await store.identity(of: account.id, backend: "database")
    }

    @Test("are made with their groups and permissions; what is missing is made and named")
    func make() async throws {
        let made = try await add(
            "alice", groups: ["editors", "staff"], permissions: ["reports.view_report", "pages.change_page"])
        #expect(made == MadeAlongside(groups: ["editors", "staff"], permissions: ["pages.change_page"]))
        let identity = try #require(try await identity("alice"))
        #expect(identity.groups == ["editors", "staff"])
        #expect(identity.permissions == ["pages.change_page", "reports.view_report"])
        #expect(identity.email == "a@example.com")
        #expect(identity.user.backend == "database")
        #expect(try await add("bob", groups: ["editors"]) == MadeAlongside())
    }

    @Test("get the permissions of their groups, and a superuser every permission there is")
    func permissions() async throws {
        try await add("alice", groups: ["editors"])
        try await database.run { connection throws(DatabaseError) in
            try connection.execute(
                """
                INSERT INTO auth_group_permissions (group_id, permission_id)
                SELECT g.id, p.id FROM auth_group g, auth_permission p WHERE p.codename = 'view_report'
                """)
            return
        }
        #expect(try await identity("alice")?.permissions == ["reports.view_report"])
        try await add("root", isSuperuser: true)
        let root = try #require(try await identity("root"))
        #expect(root.isSuperuser)
        #expect(root.permissions.count == 17)
    }

    @Test("are nobody once they are inactive")
    func inactive() async throws {
        try await add("alice")
        try await database.run { connection throws(DatabaseError) in
            try connection.execute("UPDATE auth_user SET is_active = 0")
            return
        }
        #expect(try await store.account(named: "alice")?.isActive == false)
        #expect(try await identity("alice") == nil)
    }

    @Test("are told apart by bytes, and clash when they differ only in case")
    func names() async throws {
        try await add("Émile")
        await #expect(throws: DatabaseError.duplicate) { try await add("émile") }
        await #expect(throws: DatabaseError.duplicate) { try await add("E\u{301}mile") }
        #expect(try await store.account(named: UserName("E\u{301}mile")) == nil)
        #expect(try await store.account(named: UserName("émile")) == nil)
        #expect(try await store.account(named: UserName("Émile")) != nil)
        #expect(try await store.account(named: UserName("x\0")) == nil)
        #expect(try await store.account(named: UserName(String(repeating: "x", count: 10_000))) == nil)
        #expect(try await store.account(named: UserName("' OR 1=1 --")) == nil)
    }

    @Test(
        "need a name that Django takes",
        arguments: ["", "  ", "a b", "a/b", "a\0b", "a\nb", "née\u{301}e!", String(repeating: "x", count: 151)])
    func badNames(name: String) {
        #expect(throws: DatabaseError.self) { try UserNameRule.normalized(name) }
    }

    @Test("have names in NFKC without outer blanks, as typed and as stored")
    func normalized() throws {
        #expect(try UserNameRule.normalized("  ｱlice ") == UserName("アlice"))
        #expect(try UserNameRule.normalized("E\u{301}mile").text.bytes == Array("\u{C9}mile".utf8))
        #expect(UserNameRule.typed("  E\u{301}mile\u{2003}")?.text.bytes == Array("\u{C9}mile".utf8))
    }

    @Test("have their hash replaced only while it is still the one that was seen")
    func replace() async throws {
        try await add("alice")
        let account = try #require(try await store.account(named: "alice"))
        #expect(try await store.replacePassword(of: account.id, old: "!", new: "new"))
        #expect(try await !store.replacePassword(of: account.id, old: "!", new: "newer"))
        #expect(try await store.account(named: "alice")?.encodedPassword == "new")
        try await store.setPassword(of: "alice", to: "set")
        await #expect(throws: DatabaseError.notFound) { try await store.setPassword(of: "bob", to: "set") }
    }

    @Test("have their sign-in noted in Django's spelling of a moment")
    func lastLogin() async throws {
        try await add("alice")
        let account = try #require(try await store.account(named: "alice"))
        try await store.recordSignIn(of: account.id, at: now)
        let rows = try await database.run { connection throws(DatabaseError) in
            try connection.execute("SELECT last_login FROM auth_user")
        }
        #expect(rows.first?.string(0) == "2027-01-15 08:00:00.123000")
    }

    @Test("an id that is no number is nobody")
    func ids() async throws {
        for id in ["", "x", "1 OR 1=1", "-1", "99999999999999999999999"] {
            #expect(try await store.identity(of: UTF8Text(id), backend: "database") == nil)
        }
    }
}
