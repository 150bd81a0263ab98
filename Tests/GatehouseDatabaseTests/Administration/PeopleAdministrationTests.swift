import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Administration")
struct PeopleAdministrationTests {
    private func listed(_ people: PeopleUnderTest, _ filter: UserFilter = UserFilter()) async throws -> [UserName] {
        var names: [UserName] = []
        try await people.administration.users(filter) { names += $0.map(\.name) }
        return names
    }

    private func whoCan(
        _ people: PeopleUnderTest, _ grant: String, superusers: Bool = true, isActive: Bool? = true,
        implied: Bool = false
    ) async throws -> [UserName] {
        let grant = try #require(Grant(grant))
        var names: [UserName] = []
        try await people.administration.whoCan(
            grant, globalImpliesObject: implied, includesSuperusers: superusers, isActive: isActive
        ) { names += $0.map(\.user.name) }
        return names
    }

    @Test("lists people as they were made, all of them and those that a filter means", arguments: DatabaseKind.allCases)
    func list(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("zoe", groups: ["editors"])
        try await people.add("adam", isSuperuser: true)
        try await people.add("Émile", groups: ["editors"])
        var change = UserChange()
        change.isActive = false
        _ = try await people.administration.change("zoe", change)
        #expect(try await listed(people) == ["zoe", "adam", "Émile"])
        func filtered(_ set: (inout UserFilter) -> Void) async throws -> [UserName] {
            var filter = UserFilter()
            set(&filter)
            return try await listed(people, filter)
        }
        #expect(try await filtered { $0.isActive = false } == ["zoe"])
        #expect(try await filtered { $0.isActive = true } == ["adam", "Émile"])
        #expect(try await filtered { $0.isSuperuser = true } == ["adam"])
        #expect(try await filtered { $0.group = "editors" } == ["zoe", "Émile"])
        #expect(try await filtered { $0.prefix = "Ém" } == ["Émile"])
        #expect(try await filtered { $0.prefix = "%" } == [])
        await #expect(throws: DatabaseError.notFound) { _ = try await filtered { $0.group = "nobody" } }
    }

    @Test("lists more people than a page has", arguments: DatabaseKind.allCases)
    func pages(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let series =
            kind == .sqlite
            ? "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2500) SELECT n FROM s"
            : "SELECT generate_series(1, 2500) AS n"
        try await people.sql(
            """
            INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active, date_joined,
                first_name) SELECT '!', FALSE, 'user' || n, '', '', FALSE, TRUE, '2026-01-01 00:00:00', ''
            FROM (\(series)) numbers ORDER BY n
            """)
        let names = try await listed(people)
        #expect(names.count == 2_500)
        #expect(Set(names).count == 2_500)
        #expect(names.first == "user1" && names.last == "user2500")
    }

    @Test("changes a person, and shows what came of it", arguments: DatabaseKind.allCases)
    func change(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"], permissions: ["reports.view_report"])
        var change = UserChange()
        (change.isStaff, change.email, change.firstName) = (true, "Alice@EXAMPLE.Com", "Alice")
        change.addedGroups = ["finance", "editors"]
        change.granted = [.everywhere("pages.add_page"), try #require(Grant("pages.view_page(page:7)"))]
        let changed = try await people.administration.change("alice", change)
        let (id, made) = (changed.id, changed.made)
        #expect(made.groups == ["finance"])
        #expect(Set(made.permissions) == ["pages.add_page", "pages.view_page"])
        let details = try await people.administration.user("alice")
        #expect(details.user.reference == id)
        #expect(details.user.isStaff && details.user.isActive && !details.user.isSuperuser)
        #expect(details.user.email == "Alice@example.com" && details.user.firstName == "Alice")
        #expect(details.groups == ["editors", "finance"])
        #expect(details.ownPermissions == ["pages.add_page", "reports.view_report"])
        #expect(details.objectGrants.map(\.description) == ["pages.view_page(page:7)"])
        #expect(!details.hasUsablePassword)

        var back = UserChange()
        back.removedGroups = ["finance"]
        back.revoked = change.granted
        _ = try await people.administration.change("alice", back)
        let after = try await people.administration.user("alice")
        #expect(after.groups == ["editors"] && after.ownPermissions == ["reports.view_report"])
        #expect(after.objectGrants.isEmpty)
    }

    @Test("refuses what does not fit, and changes nothing then", arguments: DatabaseKind.allCases)
    func refuse(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        for set in [
            { $0.email = String(repeating: "x", count: 255) }, { $0.firstName = "a\0b" },
            { $0.removedGroups = ["none"] },
            { $0.addedGroups = [""] }, { $0.granted = [.everywhere("nodot")] },
        ] as [@Sendable (inout UserChange) -> Void] {
            var change = UserChange()
            change.isStaff = true
            set(&change)
            let wanted = change
            await #expect(throws: DatabaseError.self) { _ = try await people.administration.change("alice", wanted) }
            #expect(try await !people.administration.user("alice").user.isStaff)
        }
        await #expect(throws: DatabaseError.notFound) { _ = try await people.administration.user("bob") }
        await #expect(throws: DatabaseError.notFound) { _ = try await people.administration.remove("bob") }
        await #expect(throws: DatabaseError.notFound) {
            _ = try await people.administration.change("b\0b", UserChange())
        }
    }

    @Test("removes a person with everything that hangs on them", arguments: DatabaseKind.allCases)
    func remove(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"], permissions: ["reports.view_report"])
        var change = UserChange()
        change.granted = [try #require(Grant("pages.view_page(page:7)"))]
        let id = try await people.administration.change("alice", change).id
        #expect(try await people.administration.remove("alice") == id)
        #expect(try await listed(people) == [])
        for table in ["auth_user_groups", "auth_user_user_permissions", "gatehouse_object_permissions"] {
            #expect(try await people.sql("SELECT count(*) FROM \(table)").first?.integer(0) == 0, "\(table)")
        }
    }

    @Test("keeps groups with their permissions", arguments: DatabaseKind.allCases)
    func groups(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"])
        try await people.administration.addGroup("écrivains, et d'autres")
        await #expect(throws: DatabaseError.duplicate) { try await people.administration.addGroup("editors") }
        let object = try #require(Grant("pages.view_page(page:7)"))
        let members = try await people.administration.changeGroup(
            "editors", granted: [.everywhere("reports.view_report"), object], revoked: []
        ).members
        #expect(members == [try await people.administration.user("alice").user.reference])
        #expect(
            try await people.administration.groups() == [
                ListedGroup(name: "editors", members: 1, permissions: 1),
                ListedGroup(name: "écrivains, et d'autres", members: 0, permissions: 0),
            ])
        let details = try await people.administration.group("editors")
        #expect(details.permissions == ["reports.view_report"])
        #expect(details.objectGrants.map(\.description) == ["pages.view_page(page:7)"])
        #expect(try await people.administration.user("alice").permissions == ["reports.view_report"])
        #expect(try await people.administration.user("alice").objectGrants == details.objectGrants)
        let missing = try #require(Grant("reports.none"))
        let changed = try await people.administration.changeGroup("editors", granted: [], revoked: [object, missing])
        #expect(changed.notHeld == [missing])
        #expect(try await people.administration.group("editors").objectGrants.isEmpty)
        #expect(try await people.administration.removeGroup("editors") == members)
        #expect(try await people.administration.user("alice").groups.isEmpty)
        await #expect(throws: DatabaseError.notFound) { _ = try await people.administration.removeGroup("editors") }
        await #expect(throws: DatabaseError.notFound) { _ = try await people.administration.group("editors") }
    }

    @Test("knows who can do what", arguments: DatabaseKind.allCases)
    func whoCan(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("own", permissions: ["reports.view_report"])
        try await people.add("member", groups: ["editors"])
        try await people.add("root", isSuperuser: true)
        try await people.add("other", groups: ["others"])
        try await people.add("idle", permissions: ["reports.view_report"])
        var idle = UserChange()
        idle.isActive = false
        _ = try await people.administration.change("idle", idle)
        _ = try await people.administration.changeGroup(
            "editors", granted: [.everywhere("reports.view_report")], revoked: [])
        #expect(try await whoCan(people, "reports.view_report") == ["own", "member", "root"])
        #expect(try await whoCan(people, "reports.view_report", superusers: false) == ["own", "member"])
        #expect(
            try await whoCan(people, "reports.view_report", isActive: nil) == ["own", "member", "root", "idle"])
        #expect(try await whoCan(people, "reports.view_report", isActive: false) == ["idle"])
        #expect(try await whoCan(people, "reports.nothing") == ["root"])

        _ = try await people.administration.changeGroup(
            "others", granted: [try #require(Grant("reports.view_report(report:1)"))], revoked: [])
        #expect(try await whoCan(people, "reports.view_report(report:1)") == ["root", "other"])
        #expect(try await whoCan(people, "reports.view_report(report:2)") == ["root"])
        #expect(
            try await whoCan(people, "reports.view_report(report:2)", implied: true) == ["own", "member", "root"])
    }

    @Test("has the rows that Django's questions are judged by", arguments: DatabaseKind.allCases)
    func records(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"], permissions: ["reports.view_report"])
        try await people.add("root", isSuperuser: true)
        let object = try #require(ObjectReference("page:7"))
        _ = try await people.administration.changeGroup(
            "editors", granted: [.everywhere("pages.add_page"), .object(ObjectGrant("pages.view_page", on: object))],
            revoked: [])
        let alice = try await people.administration.user("alice").user
        let subject = PermissionSubject.person(
            PermissionSubject.Person(user: UserReference(backend: "database", id: alice.reference), name: "alice"))
        func chain(_ objects: ModelPermissions<PeopleAdministration>.ObjectRule) -> PermissionChain {
            PermissionChain([ModelPermissions(records: people.administration, objects: objects)])
        }
        let held = try await chain(.none).permissions(of: subject, on: nil)
        #expect(held.own == ["reports.view_report"] && held.ofGroups == ["pages.add_page"])
        let grants = chain(.grants(globalImpliesObject: false))
        #expect(try await grants.hasPermission("pages.view_page", of: subject, on: object))
        #expect(try await !grants.hasPermission("pages.add_page", of: subject, on: object))
        #expect(
            try await chain(.grants(globalImpliesObject: true)).hasPermission("pages.add_page", of: subject, on: object)
        )
        #expect(try await !chain(.none).hasPermission("pages.view_page", of: subject, on: object))
        let search = try PermissionSearch("pages.add_page")
        #expect(try await Set(chain(.none).people(matching: search)) == ["alice", "root"])
        #expect(try await people.administration.everyPermission().contains("pages.add_page"))
    }

    @Test("declares permissions with a label, and another label later", arguments: DatabaseKind.allCases)
    func declare(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        #expect(try await people.administration.declare("pages.publish", label: nil))
        #expect(try await !people.administration.declare("pages.publish", label: "May publish pages"))
        let listed = try await people.administration.permissions()
        #expect(listed.contains(ListedPermission(name: "pages.publish", label: "May publish pages")))
        #expect(listed.map(\.name) == listed.map(\.name).sorted())
        await #expect(throws: DatabaseError.self) { _ = try await people.administration.declare("nodot", label: nil) }
        await #expect(throws: DatabaseError.self) { _ = try await people.administration.declare("a.b", label: "") }
    }

    @Test("lists permissions that count for nobody, too", arguments: [DatabaseKind.sqlite])
    func malformedPermission(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.sql(
            "UPDATE auth_permission SET codename = CAST(x'76696577E9' AS text) WHERE codename = 'view_report'")
        let listed = try await people.administration.permissions()
        #expect(listed.filter { !$0.isUsable }.map(\.name) == ["reports.view\\xE9"])
    }

    @Test(
        "takes permissions in two spellings",
        arguments: ["", "nodot", "a.b(", "a.b(page)", "a.b(page:)", "a.b(:7)", "(page:7)", "a.b(pa ge:7)"])
    func spelling(text: String) {
        let grant = Grant(text)
        #expect(grant == nil || grant == .everywhere(PermissionName(text)))
    }
}
