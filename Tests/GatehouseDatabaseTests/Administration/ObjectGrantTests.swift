import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Grants on single objects")
struct ObjectGrantTests {
    @Test(
        "come from the own table and from django-guardian's, and only those that are asked for",
        arguments: DatabaseKind.allCases)
    func sources(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["editors"])
        var change = UserChange()
        change.granted = [
            try #require(Grant("reports.view_report(report:1)")),
            try #require(Grant("reports.delete_report(report:1)")),
        ]
        _ = try await people.administration.change("alice", change)
        _ = try await people.administration.changeGroup(
            "editors", granted: [try #require(Grant("reports.view_report(report:2)"))], revoked: [])
        let serial = kind == .sqlite ? "integer PRIMARY KEY" : "serial PRIMARY KEY"
        for (table, column) in [
            ("guardian_userobjectpermission", "user_id"), ("guardian_groupobjectpermission", "group_id"),
        ] {
            try await people.sql(
                """
                CREATE TABLE \(table) (id \(serial), object_pk varchar(255), content_type_id integer, \(column) integer,
                    permission_id integer)
                """)
        }
        let ids = """
            FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id, auth_user u, auth_group g
            WHERE c.app_label = 'reports' AND p.codename = 'view_report' AND g.name = 'editors'
            """
        try await people.sql(
            """
            INSERT INTO guardian_userobjectpermission (object_pk, content_type_id, user_id, permission_id)
            SELECT 'user', c.id, u.id, p.id \(ids)
            """,
            """
            INSERT INTO guardian_groupobjectpermission (object_pk, content_type_id, group_id, permission_id)
            SELECT 'group', c.id, g.id, p.id \(ids)
            """)
        let store = DjangoUserStore(
            people.database,
            needs: PermissionNeeds(
                named: ["reports.view_report"], patterns: [], onObjects: ["reports.view_report"]))
        let account = try #require(try await store.account(named: "alice"))
        let identity = try #require(try await store.identity(of: account.id, backend: "database"))
        #expect(
            identity.objectGrants.map(\.description) == [
                "reports.view_report(report:1)", "reports.view_report(report:2)", "reports.view_report(report:group)",
                "reports.view_report(report:user)",
            ])
        #expect(identity.permissions == [])
        #expect(try await people.identity("alice")?.objectGrants == [])
        // A superuser's every permission, as far as somebody asks for it.
        try await people.add("root", isSuperuser: true)
        let root = try #require(try await store.account(named: "root"))
        #expect(try await store.identity(of: root.id, backend: "database")?.permissions == ["reports.view_report"])
    }
}
