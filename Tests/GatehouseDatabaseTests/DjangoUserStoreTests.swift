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
        #expect(UserNameRule.typed("\u{1F}alice\u{1C}\u{85}\u{A0}") == "alice")
        let longest = String(repeating: "x", count: 150)
        #expect(UserNameRule.typed(UTF8Text("  \(longest)  ")) == UserName(longest))
        #expect(UserNameRule.typed(UTF8Text(longest + "x")) == nil)
        #expect(UserNameRule.typed("a\0b") == nil)
        #expect(UserNameRule.typed("") == "")
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
        try await add("alice")
        let account = try #require(try await store.account(named: "alice"))
        #expect(try await store.identity(of: account.id, backend: "database") != nil)
        for id in ["", "x", "1 OR 1=1", "-1", "99999999999999999999999", "0\(account.id)", "\(account.id).0", " 1"] {
            #expect(try await store.identity(of: UTF8Text(id), backend: "database") == nil)
            #expect(try await !store.replacePassword(of: UTF8Text(id), old: "!", new: "new"))
        }
        #expect(try await store.account(named: "alice")?.encodedPassword == "!")
    }

    @Test("keep their real names and flags; only the domain of an address is put into lower case")
    func columns() async throws {
        let user = NewUser(
            name: "zoë", encodedPassword: "!", email: "Zoë.K@EXAMPLE.Org", firstName: " Zoë", lastName: "",
            isStaff: true, isSuperuser: true, isActive: true)
        _ = try await store.add(user, now: now)
        let identity = try #require(try await identity("zoë"))
        #expect(identity.displayName == "Zoë")
        #expect(identity.email == "Zoë.K@example.org")
        #expect(identity.isStaff)
        #expect(identity.isSuperuser)
        _ = try await store.add(NewUser(name: "idle", encodedPassword: "!", isActive: false), now: now)
        #expect(try await store.account(named: "idle")?.isActive == false)
        #expect(try await self.identity("idle") == nil)
    }

    @Test("are not made by halves: a bad group or permission leaves neither the person nor a new group behind")
    func allOrNothing() async throws {
        let long = GroupName(String(repeating: "x", count: 151))
        await #expect(throws: DatabaseError.self) { try await add("alice", groups: ["aaa", long]) }
        await #expect(throws: DatabaseError.self) { try await add("alice", groups: ["aaa", "b\0b"]) }
        await #expect(throws: DatabaseError.self) { try await add("alice", groups: ["aaa"], permissions: ["nodot"]) }
        #expect(try await store.account(named: "alice") == nil)
        #expect(try await add("alice", groups: ["aaa"]) == MadeAlongside(groups: ["aaa"]))
    }

    @Test("refuse a name that did not go through the rules, and texts that do not fit Django's columns")
    func misfits() async throws {
        for name: UserName in ["a b", " alice", "E\u{301}mile", ""] {
            await #expect(throws: DatabaseError.self) {
                _ = try await store.add(NewUser(name: name, encodedPassword: "!"), now: now)
            }
        }
        let long = String(repeating: "x", count: 255)
        await #expect(throws: DatabaseError.self) {
            _ = try await store.add(NewUser(name: "alice", encodedPassword: "!", email: long), now: now)
        }
        await #expect(throws: DatabaseError.self) {
            _ = try await store.add(NewUser(name: "alice", encodedPassword: "!", firstName: "a\0"), now: now)
        }
    }

    @Test("lose malformed text of a foreign writer: such a name is nobody, such a group or permission is not theirs")
    func malformed() async throws {
        try await add("alice", groups: ["editors", "odd"], permissions: ["reports.view_report", "odd.thing"])
        try await add("bob")
        try await database.run { connection throws(DatabaseError) in
            try connection.execute("UPDATE auth_group SET name = CAST(x'FF' AS text) WHERE name = 'odd'")
            try connection.execute("UPDATE auth_permission SET codename = CAST(x'C3' AS text) WHERE codename = 'thing'")
            try connection.execute("UPDATE auth_user SET username = CAST(x'FF' AS text) WHERE username = 'bob'")
            return
        }
        let identity = try #require(try await identity("alice"))
        #expect(identity.groups == ["editors"])
        #expect(identity.permissions == ["reports.view_report"])
        let bob = UTF8Text(String((Int(identity.user.id.string) ?? 0) + 1))
        #expect(try await store.identity(of: bob, backend: "database") == nil)
    }

    @Test("two at once: one name is given once, whoever comes first")
    func race() async throws {
        let path = "\(folder.path)/people.db"
        let now = now
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for name: UserName in ["Zed", "zed", "ZED", "zeD"] {
                group.addTask {
                    let store = DjangoUserStore(try Database(sqlitePath: path))
                    do throws(DatabaseError) {
                        _ = try await store.add(NewUser(name: name, encodedPassword: "!"), now: now)
                        return true
                    } catch .duplicate {
                        return false
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
    }
}
