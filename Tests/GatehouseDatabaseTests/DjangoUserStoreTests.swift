import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("People in Django's tables")
struct DjangoUserStoreTests {
    @Test(
        "are made with their groups and permissions; what is missing is made and named",
        arguments: DatabaseKind.allCases)
    func make(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let made = try await people.add(
            "alice", groups: ["editors", "staff"], permissions: ["reports.view_report", "pages.change_page"])
        #expect(made == MadeAlongside(groups: ["editors", "staff"], permissions: ["pages.change_page"]))
        let identity = try #require(try await people.identity("alice"))
        #expect(identity.groups == ["editors", "staff"])
        #expect(identity.permissions == ["pages.change_page", "reports.view_report"])
        #expect(identity.email == "a@example.com")
        #expect(identity.user.backend == "database")
        #expect(try await people.add("bob", groups: ["editors"]) == MadeAlongside())
    }

    @Test(
        "get the permissions of their groups, and a superuser every permission there is",
        arguments: DatabaseKind.allCases)
    func permissions(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"])
        try await people.sql(
            """
            INSERT INTO auth_group_permissions (group_id, permission_id)
            SELECT g.id, p.id FROM auth_group g, auth_permission p WHERE p.codename = 'view_report'
            """)
        #expect(try await people.identity("alice")?.permissions == ["reports.view_report"])
        try await people.add("root", isSuperuser: true)
        let root = try #require(try await people.identity("root"))
        #expect(root.isSuperuser)
        #expect(root.permissions.count == 17)
    }

    @Test("are nobody once they are inactive", arguments: DatabaseKind.allCases)
    func inactive(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        try await people.sql(
            "UPDATE auth_user SET is_active = FALSE")
        #expect(try await people.store.account(named: "alice")?.isActive == false)
        #expect(try await people.identity("alice") == nil)
    }

    @Test("are told apart by bytes, and clash when they differ only in case", arguments: DatabaseKind.allCases)
    func names(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("Émile")
        await #expect(throws: DatabaseError.duplicate) { try await people.add("émile") }
        await #expect(throws: DatabaseError.duplicate) { try await people.add("E\u{301}mile") }
        #expect(try await people.store.account(named: UserName("E\u{301}mile")) == nil)
        #expect(try await people.store.account(named: UserName("émile")) == nil)
        #expect(try await people.store.account(named: UserName("Émile")) != nil)
        #expect(try await people.store.account(named: UserName("x\0")) == nil)
        #expect(try await people.store.account(named: UserName(String(repeating: "x", count: 10_000))) == nil)
        #expect(try await people.store.account(named: UserName("' OR 1=1 --")) == nil)
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

    @Test("have their hash replaced only while it is still the one that was seen", arguments: DatabaseKind.allCases)
    func replace(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        let account = try #require(try await people.store.account(named: "alice"))
        #expect(try await people.store.replacePassword(of: account.id, old: "!", new: "new"))
        #expect(try await !people.store.replacePassword(of: account.id, old: "!", new: "newer"))
        #expect(try await people.store.account(named: "alice")?.encodedPassword == "new")
        try await people.store.setPassword(of: "alice", to: "set", now: people.now, remembering: 0)
        await #expect(throws: DatabaseError.notFound) {
            try await people.store.setPassword(of: "bob", to: "set", now: people.now, remembering: 0)
        }
    }

    @Test("have their sign-in noted in Django's spelling of a moment", arguments: DatabaseKind.allCases)
    func lastLogin(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        let account = try #require(try await people.store.account(named: "alice"))
        try await people.store.recordSignIn(of: account.id, at: people.now)
        let rows = try await people.sql("SELECT last_login FROM auth_user")
        #expect(rows.first?.string(0).hasPrefix("2027-01-15 08:00:00.123") == true)
    }

    @Test("an id that is no number is nobody", arguments: DatabaseKind.allCases)
    func ids(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        let account = try #require(try await people.store.account(named: "alice"))
        #expect(try await people.store.identity(of: account.id, backend: "database") != nil)
        for id in ["", "x", "1 OR 1=1", "-1", "99999999999999999999999", "0\(account.id)", "\(account.id).0", " 1"] {
            #expect(try await people.store.identity(of: UTF8Text(id), backend: "database") == nil)
            #expect(try await !people.store.replacePassword(of: UTF8Text(id), old: "!", new: "new"))
        }
        #expect(try await people.store.account(named: "alice")?.encodedPassword == "!")
    }

    @Test(
        "keep their real names and flags; only the domain of an address is put into lower case",
        arguments: DatabaseKind.allCases)
    func columns(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let user = NewUser(
            name: "zoë", encodedPassword: "!", email: "Zoë.K@EXAMPLE.Org", firstName: " Zoë", lastName: "",
            isStaff: true, isSuperuser: true, isActive: true)
        _ = try await people.store.add(user, now: people.now)
        let identity = try #require(try await people.identity("zoë"))
        #expect(identity.displayName == "Zoë")
        #expect(identity.email == "Zoë.K@example.org")
        #expect(identity.isStaff)
        #expect(identity.isSuperuser)
        _ = try await people.store.add(NewUser(name: "idle", encodedPassword: "!", isActive: false), now: people.now)
        #expect(try await people.store.account(named: "idle")?.isActive == false)
        #expect(try await people.identity("idle") == nil)
    }

    @Test(
        "are not made by halves: a bad group or permission leaves neither the person nor a new group behind",
        arguments: DatabaseKind.allCases)
    func allOrNothing(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let long = GroupName(String(repeating: "x", count: 151))
        await #expect(throws: DatabaseError.self) { try await people.add("alice", groups: ["aaa", long]) }
        await #expect(throws: DatabaseError.self) { try await people.add("alice", groups: ["aaa", "b\0b"]) }
        await #expect(throws: DatabaseError.self) {
            try await people.add("alice", groups: ["aaa"], permissions: ["nodot"])
        }
        #expect(try await people.store.account(named: "alice") == nil)
        #expect(try await people.add("alice", groups: ["aaa"]) == MadeAlongside(groups: ["aaa"]))
    }

    @Test(
        "refuse a name that did not go through the rules, and texts that do not fit Django's columns",
        arguments: DatabaseKind.allCases)
    func misfits(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        for name: UserName in ["a b", " alice", "E\u{301}mile", ""] {
            await #expect(throws: DatabaseError.self) {
                _ = try await people.store.add(NewUser(name: name, encodedPassword: "!"), now: people.now)
            }
        }
        let long = String(repeating: "x", count: 255)
        await #expect(throws: DatabaseError.self) {
            _ = try await people.store.add(NewUser(name: "alice", encodedPassword: "!", email: long), now: people.now)
        }
        await #expect(throws: DatabaseError.self) {
            _ = try await people.store.add(
                NewUser(name: "alice", encodedPassword: "!", firstName: "a\0"), now: people.now)
        }
    }

    @Test(
        "lose malformed text of a foreign writer: such a name is nobody, such a group or permission is not theirs",
        arguments: [DatabaseKind.sqlite])
    func malformed(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors", "odd"], permissions: ["reports.view_report", "odd.thing"])
        try await people.add("bob")
        try await people.sql(
            "UPDATE auth_group SET name = CAST(x'FF' AS text) WHERE name = 'odd'",
            "UPDATE auth_permission SET codename = CAST(x'C3' AS text) WHERE codename = 'thing'",
            "UPDATE auth_user SET username = CAST(x'FF' AS text) WHERE username = 'bob'")
        let identity = try #require(try await people.identity("alice"))
        #expect(identity.groups == ["editors"])
        #expect(identity.permissions == ["reports.view_report"])
        let bob = UTF8Text(String((Int(identity.user.id.string) ?? 0) + 1))
        #expect(try await people.store.identity(of: bob, backend: "database") == nil)
    }

    @Test("two at once: one name is given once, whoever comes first", arguments: DatabaseKind.allCases)
    func race(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let (fresh, now) = (people.fresh, people.now)
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for name: UserName in ["Zed", "zed", "ZED", "zeD"] {
                group.addTask {
                    let store = DjangoUserStore(try fresh.open())
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
