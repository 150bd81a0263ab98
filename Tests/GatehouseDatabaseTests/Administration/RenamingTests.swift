import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Renaming, members and removal")
struct RenamingTests {
    @Test(
        "a person keeps the id and everything that hangs on it; names clash as ever", arguments: DatabaseKind.allCases)
    func user(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"], permissions: ["reports.view_report"])
        try await people.add("Émile")
        let id = try await people.administration.user("alice").user.reference
        #expect(try await people.administration.rename("alice", to: "alicia") == id)
        let details = try await people.administration.user("alicia")
        #expect(details.user.reference == id && details.groups == ["editors"])
        #expect(details.ownPermissions == ["reports.view_report"])
        #expect(try await people.administration.rename("alicia", to: "ALICIA") == id)
        for taken: UserName in ["Émile", "émile", "ÉMILE"] {
            await #expect(throws: DatabaseError.duplicate) {
                _ = try await people.administration.rename("ALICIA", to: taken)
            }
        }
        await #expect(throws: DatabaseError.notFound) { _ = try await people.administration.rename("alice", to: "x") }
        #expect(try await people.identity("ALICIA")?.groups == ["editors"])
    }

    @Test("a group keeps members and permissions", arguments: DatabaseKind.allCases)
    func group(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors", "other"])
        _ = try await people.administration.changeGroup(
            "editors", granted: [.everywhere("reports.view_report")], revoked: [])
        let id = try await people.administration.user("alice").user.reference
        #expect(try await people.administration.renameGroup("editors", to: "writers") == [id])
        #expect(try await people.administration.user("alice").groups == ["other", "writers"])
        #expect(try await people.administration.group("writers").permissions == ["reports.view_report"])
        #expect(try await people.administration.renameGroup("writers", to: "writers") == [id])
        await #expect(throws: DatabaseError.duplicate) {
            _ = try await people.administration.renameGroup("writers", to: "other")
        }
        await #expect(throws: DatabaseError.notFound) {
            _ = try await people.administration.renameGroup("editors", to: "x")
        }
        for misfit in ["", "a\0b", String(repeating: "x", count: 151)] {
            await #expect(throws: DatabaseError.self) {
                _ = try await people.administration.renameGroup("writers", to: GroupName(misfit))
            }
        }
    }

    @Test("many people come and go at once, or nobody does", arguments: DatabaseKind.allCases)
    func members(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        for name in ["a", "b", "c"] { try await people.add(name) }
        try await people.administration.addGroup("g")
        let unknown = UnknownNames(users: ["x", "y"])
        await #expect(throws: DatabaseError.unknown(unknown)) {
            _ = try await people.administration.setMembers(of: "g", ["a", "y", "x"], areMembers: true)
        }
        #expect(try await people.administration.group("g").group.members == 0)
        let joined = try await people.administration.setMembers(of: "g", ["b", "a", "b"], areMembers: true)
        #expect(joined.changed.count == 2 && joined.unchanged.isEmpty)
        let more = try await people.administration.setMembers(of: "g", ["c", "a"], areMembers: true)
        #expect(more.changed == [try await people.administration.user("c").user.reference] && more.unchanged == ["a"])
        let left = try await people.administration.setMembers(of: "g", ["b"], areMembers: false)
        #expect(left.changed.count == 1)
        #expect(try await people.administration.setMembers(of: "g", ["b"], areMembers: false).unchanged == ["b"])
        #expect(try await people.administration.group("g").group.members == 2)
        await #expect(throws: DatabaseError.notFound) {
            _ = try await people.administration.setMembers(of: "none", ["a"], areMembers: true)
        }
    }

    @Test("a permission goes with every grant of it, django-guardian's too", arguments: DatabaseKind.allCases)
    func permission(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("own", permissions: ["reports.view_report"])
        try await people.add("member", groups: ["editors"])
        try await people.add("object")
        try await people.add("guarded")
        try await people.add("root", isSuperuser: true)
        try await people.add("other", permissions: ["reports.other"])
        var change = UserChange()
        change.granted = [try #require(Grant("reports.view_report(report:1)"))]
        _ = try await people.administration.change("object", change)
        _ = try await people.administration.changeGroup(
            "editors",
            granted: [.everywhere("reports.view_report"), try #require(Grant("reports.view_report(report:2)"))],
            revoked: [])
        let serial = kind == .sqlite ? "integer PRIMARY KEY" : "serial PRIMARY KEY"
        try await people.sql(
            """
            CREATE TABLE guardian_userobjectpermission (id \(serial), object_pk varchar(255), content_type_id integer,
                user_id integer, permission_id integer REFERENCES auth_permission (id))
            """,
            """
            INSERT INTO guardian_userobjectpermission (object_pk, content_type_id, user_id, permission_id)
            SELECT '1', p.content_type_id, u.id, p.id FROM auth_permission p
            JOIN django_content_type c ON c.id = p.content_type_id, auth_user u
            WHERE c.app_label = 'reports' AND p.codename = 'view_report' AND u.username = 'guarded'
            """)
        #expect(try await people.administration.use(of: "reports.view_report") == PermissionUse(people: 3, groups: 1))
        var expected: [UTF8Text] = []
        for name: UserName in ["own", "member", "object", "guarded", "root"] {
            expected.append(try await people.administration.user(name).user.reference)
        }
        #expect(try await people.administration.removePermission("reports.view_report") == expected)
        #expect(try await !people.administration.permissions().map(\.name).contains("reports.view_report"))
        for name: UserName in ["own", "member", "object"] {
            let details = try await people.administration.user(name)
            #expect(details.permissions.isEmpty && details.objectGrants.isEmpty, "\(name)")
        }
        #expect(try await people.administration.user("other").permissions == ["reports.other"])
        for table in ["auth_group_permissions", "gatehouse_object_permissions", "guardian_userobjectpermission"] {
            #expect(try await people.sql("SELECT count(*) FROM \(table)").first?.integer(0) == 0, "\(table)")
        }
        await #expect(throws: DatabaseError.notFound) {
            _ = try await people.administration.removePermission("reports.view_report")
        }
        await #expect(throws: DatabaseError.notFound) {
            _ = try await people.administration.use(of: "reports.view_report")
        }
    }
}

@Suite("Names that are not there")
struct UnknownNamesTests {
    @Test("are refused all at once and change nothing, where that is asked for", arguments: DatabaseKind.allCases)
    func refused(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"])
        var change = UserChange()
        (change.isStaff, change.missing) = (true, .areRefused)
        change.addedGroups = ["editors", "fiance"]
        change.granted = [
            .everywhere("reports.view_report"), .everywhere("reports.veiw"), try #require(Grant("a.b(c:1)")),
        ]
        change.revoked = [.everywhere("x.y")]
        let wanted = change
        let unknown = UnknownNames(groups: ["fiance"], permissions: ["a.b", "reports.veiw", "x.y"])
        await #expect(throws: DatabaseError.unknown(unknown)) {
            _ = try await people.administration.change("alice", wanted)
        }
        let details = try await people.administration.user("alice")
        #expect(!details.user.isStaff && details.groups == ["editors"] && details.ownPermissions.isEmpty)
        await #expect(throws: DatabaseError.unknown(UnknownNames(permissions: ["a.b"]))) {
            _ = try await people.administration.changeGroup(
                "editors", granted: [.everywhere("a.b")], revoked: [], missing: .areRefused)
        }
        let user = NewUser(
            name: "bob", encodedPassword: "!", groups: ["fiance"], granted: [.everywhere("a.b")], missing: .areRefused)
        await #expect(throws: DatabaseError.unknown(UnknownNames(groups: ["fiance"], permissions: ["a.b"]))) {
            _ = try await people.store.add(user, now: people.now)
        }
        #expect(try await people.store.account(named: "bob") == nil)
        #expect(
            try await people.administration.unknown(
                groups: ["editors", "x"], grants: [.everywhere("reports.view_report")])
                == UnknownNames(groups: ["x"]))
        // A group to leave that is not there is a slip in any case.
        var leaving = UserChange()
        leaving.removedGroups = ["fiance"]
        let left = leaving
        await #expect(throws: DatabaseError.unknown(UnknownNames(groups: ["fiance"]))) {
            _ = try await people.administration.change("alice", left)
        }
    }

    @Test("a new person gets permissions on single objects, too", arguments: DatabaseKind.allCases)
    func objects(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let grant = try #require(Grant("reports.view_report(report:7)"))
        _ = try await people.store.add(
            NewUser(name: "bob", encodedPassword: "!", granted: [grant, .everywhere("reports.view_report")]),
            now: people.now)
        let details = try await people.administration.user("bob")
        #expect(details.objectGrants.map(\.description) == ["reports.view_report(report:7)"])
        #expect(details.ownPermissions == ["reports.view_report"])
    }
}

@Suite("Lists of people")
struct ListedPeopleTests {
    @Test("have the groups of each, and times as RFC 3339 writes them", arguments: DatabaseKind.allCases)
    func groups(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["b", "a"])
        try await people.add("bob")
        let id = try await people.administration.user("bob").user.reference
        try await people.store.recordSignIn(of: id, at: people.now)
        var listed: [ListedUser] = []
        try await people.administration.users(UserFilter()) { listed += $0 }
        #expect(listed.map(\.groups) == [["a", "b"], []])
        #expect(listed.map(\.lastLogin?.utf8.count).first == .some(nil))
        let moment = try #require(listed.last?.lastLogin)
        #expect(moment.hasPrefix("2027-01-15T08:00:00.123") && moment.hasSuffix("Z"), "\(moment)")
        #expect(listed.allSatisfy { $0.joined.contains("T") && $0.joined.hasSuffix("Z") })
    }

    @Test(
        "write any zone of a server's",
        arguments: [
            ("2026-11-28 01:57:43.123456", "2026-11-28T01:57:43.123456Z"),
            ("2026-11-28 01:57:43", "2026-11-28T01:57:43Z"),
            ("2026-11-28 01:57:43.1+00", "2026-11-28T01:57:43.1Z"),
            ("2026-11-28 01:57:43+01", "2026-11-28T01:57:43+01:00"),
            ("2026-11-28 01:57:43.5+05:30", "2026-11-28T01:57:43.5+05:30"),
            ("2026-11-28 01:57:43-03:30", "2026-11-28T01:57:43-03:30"), ("infinity", "infinity"), ("", ""),
            ("2026-11-28", "2026-11-28"), ("0044-03-15 11:00:00 BC", "0044-03-15 11:00:00 BC"),
        ])
    func zones(text: String, expected: String) { #expect(DjangoTime.rfc3339(text) == expected) }

    @Test("of who has a permission say what it comes from", arguments: DatabaseKind.allCases)
    func ways(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors", "readers", "idle"], permissions: ["reports.view_report"])
        try await people.add("root", isSuperuser: true, groups: ["readers"])
        let object = try #require(Grant("reports.view_report(report:1)"))
        for group: GroupName in ["editors", "readers"] {
            _ = try await people.administration.changeGroup(
                group, granted: [.everywhere("reports.view_report"), object], revoked: [])
        }
        func ways(_ grant: Grant, implied: Bool = false, superusers: Bool = true) async throws -> [[String]] {
            var found: [[String]] = []
            try await people.administration.whoCan(grant, globalImpliesObject: implied, includesSuperusers: superusers)
            {
                found += $0.map { $0.ways.map(\.description) }
            }
            return found
        }
        #expect(
            try await ways(.everywhere("reports.view_report"))
                == [["granted", "group editors", "group readers"], ["superuser", "group readers"]])
        #expect(
            try await ways(object, superusers: false)
                == [["group editors on report:1", "group readers on report:1"], ["group readers on report:1"]])
        #expect(
            try await ways(object, implied: true).first
                == [
                    "granted", "group editors", "group editors on report:1", "group readers",
                    "group readers on report:1",
                ])
    }
}
