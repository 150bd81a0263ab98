import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

/// One at a time: each makes a database, and others measure time meanwhile.
@Suite("Permissions on single objects, beside django-guardian", .serialized)
struct GuardianGrantTests {
    /// What django-guardian makes, and what it answers about a few rows.
    private struct Guardian: Decodable {
        struct Member: Decodable {
            let user: String
            let group: String
        }
        struct Row: Decodable {
            let subject: String
            let name: String
            let permission: String
            let contentType: String
            let object: String
        }
        struct Answer: Decodable {
            let user: String
            let permission: String
            let object: String
        }
        let schema: [String: [String]]
        let members: [Member]
        let rows: [Row]
        /// Rows that guardian would not save, since the permission is on another model of the same app.
        let rowsOfAnotherModel: [Row]
        /// Every question about these people, models and objects that is answered with yes, but for superusers.
        let allowed: [Answer]
    }

    private static let asked: [PermissionName] = [
        "pages.view_report", "reports.change_report", "reports.view_chart", "reports.view_report",
    ]

    private func guardian(_ path: String = #filePath) throws -> Guardian {
        let file = URL(fileURLWithPath: path).deletingLastPathComponent()
            .appendingPathComponent("Vectors/guardian.json")
        return try JSONDecoder().decode(Guardian.self, from: Data(contentsOf: file))
    }

    /// The people and groups of the vector, with guardian's tables beside them.
    private func people(_ kind: DatabaseKind, tables: [String]? = nil) async throws -> (PeopleUnderTest, Guardian) {
        let people = try await PeopleUnderTest(kind)
        let guardian = try guardian()
        try await Migrator(people.database).migrate(declaring: Self.asked, now: people.now)
        for name in ["alice", "bob", "carol"] {
            try await people.add(
                name, groups: guardian.members.filter { $0.user == name }.map { GroupName(UTF8Text($0.group)) })
        }
        try await people.add("root", isSuperuser: true, groups: ["others"])
        try await people.sql("UPDATE auth_user SET is_active = FALSE WHERE username = 'carol'")
        for statement in try #require(guardian.schema[(kind == .pooled ? .postgreSQL : kind).rawValue])
        where tables.map({ $0.contains { statement.contains("\"\($0)\"") } }) ?? true {
            try await people.sql(statement)
        }
        return (people, guardian)
    }

    private func insert(_ row: Guardian.Row, _ people: PeopleUnderTest) async throws {
        let subject =
            row.subject == "user"
            ? "(SELECT id FROM auth_user WHERE username = ?)" : "(SELECT id FROM auth_group WHERE name = ?)"
        let (permission, type) = (row.permission.split(separator: "."), row.contentType.split(separator: "."))
        let values = ([row.name] + (permission + type).map(String.init) + [row.object]).map { SQLValue.text($0) }
        let (table, column) = ("guardian_\(row.subject)objectpermission", "\(row.subject)_id")
        try await people.database.run { connection throws(DatabaseError) in
            try connection.execute(
                """
                INSERT INTO \(table) (\(column), permission_id, content_type_id, object_pk) VALUES (
                    \(subject),
                    (SELECT p.id FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
                     WHERE c.app_label = ? AND p.codename = ?),
                    (SELECT id FROM django_content_type WHERE app_label = ? AND model = ?),
                    ?
                )
                """, values)
            guard connection.changes == 1 else { throw .notFound }
        }
    }

    private func identity(
        _ name: UserName, _ people: PeopleUnderTest, asking permissions: [PermissionName] = asked
    ) async throws -> Identity? {
        let needs = PermissionNeeds(named: [], patterns: [], onObjects: permissions)
        let store = DjangoUserStore(people.database, needs: needs)
        guard let account = try await store.account(named: name) else { return nil }
        return try await store.identity(of: account.id, backend: "database")
    }

    private func grant(_ permission: PermissionName, _ object: UTF8Text) throws -> ObjectGrant {
        ObjectGrant(permission, on: try #require(ObjectReference(object)))
    }

    // MARK: - django-guardian

    @Test("are those that django-guardian answers with yes, and no others", arguments: DatabaseKind.allCases)
    func answers(kind: DatabaseKind) async throws {
        let (people, guardian) = try await people(kind)
        for row in guardian.rows { try await insert(row, people) }
        for name in ["alice", "bob"] {
            let identity = try #require(try await identity(UserName(UTF8Text(name)), people))
            let expected = try guardian.allowed.filter { $0.user == name }
                .map { try grant(PermissionName(UTF8Text($0.permission)), UTF8Text($0.object)) }
            #expect(identity.objectGrants == expected.sorted(), "\(name)")
            // Nothing on an object says anything about all of them.
            #expect(identity.permissions.isEmpty)
        }
        #expect(try await identity("carol", people) == nil, "nobody is inactive and may do something")
        let root = try #require(try await identity("root", people))
        #expect(root.hasPermission("reports.view_report", on: try #require(ObjectReference("report:70"))))
    }

    @Test("need the permission to be on the model of the object, as for guardian", arguments: DatabaseKind.allCases)
    func otherModel(kind: DatabaseKind) async throws {
        let (people, guardian) = try await people(kind)
        for row in guardian.rowsOfAnotherModel { try await insert(row, people) }
        let identity = try #require(try await identity("alice", people))
        #expect(identity.objectGrants.isEmpty)
    }

    @Test("are read from one of guardian's tables where the other is missing", arguments: DatabaseKind.allCases)
    func oneTable(kind: DatabaseKind) async throws {
        for subject in ["user", "group"] {
            let (people, guardian) = try await people(kind, tables: ["guardian_\(subject)objectpermission"])
            for row in guardian.rows where row.subject == subject { try await insert(row, people) }
            let grants = try await identity("alice", people)?.objectGrants ?? []
            #expect(grants.contains(try grant("reports.view_report", subject == "user" ? "report:7" : "report:8")))
            #expect(!grants.contains(try grant("reports.view_report", subject == "user" ? "report:8" : "report:7")))
        }
    }

    @Test("lose an object's key that is no text", arguments: [DatabaseKind.sqlite])
    func malformed(kind: DatabaseKind) async throws {
        let (people, guardian) = try await people(kind)
        for row in guardian.rows where row.name == "bob" { try await insert(row, people) }
        try await people.sql(
            """
            INSERT INTO guardian_userobjectpermission (user_id, permission_id, content_type_id, object_pk)
            SELECT user_id, permission_id, content_type_id, CAST(x'FF' AS text) FROM guardian_userobjectpermission
            """)
        #expect(try await identity("bob", people)?.objectGrants == [try grant("reports.view_report", "report:11")])
    }

    // MARK: - Both

    @Test("are read of the asked permissions only, and of none where none is asked", arguments: DatabaseKind.allCases)
    func asked(kind: DatabaseKind) async throws {
        let (people, guardian) = try await people(kind)
        for row in guardian.rows { try await insert(row, people) }
        #expect(try await identity("alice", people, asking: [])?.objectGrants == [])
        #expect(try await identity("alice", people, asking: ["reports.nothing"])?.objectGrants == [])
        let change: PermissionName = "reports.change_report"
        #expect(try await identity("alice", people, asking: [change])?.objectGrants == [try grant(change, "report:7")])
    }

    @Test("come together from Gatehouse's own table and guardian's, each once", arguments: DatabaseKind.allCases)
    func together(kind: DatabaseKind) async throws {
        let (people, guardian) = try await people(kind)
        for row in guardian.rows where row.name == "bob" { try await insert(row, people) }
        let permission = "(SELECT id FROM auth_permission WHERE codename = 'view_chart')"
        let shared = """
            (SELECT p.id FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
             WHERE c.app_label = 'reports' AND p.codename = 'view_report')
            """
        let own = "INSERT INTO gatehouse_object_permissions (user_id, group_id, permission_id, object_kind, object_id)"
        try await people.sql(
            "\(own) SELECT id, NULL, \(permission), 'chart', '1' FROM auth_user WHERE username = 'bob'",
            "\(own) SELECT id, NULL, \(shared), 'report', '11' FROM auth_user WHERE username = 'bob'",
            "\(own) SELECT NULL, id, \(permission), 'chart', '2' FROM auth_group WHERE name = 'staff'",
            "\(own) SELECT NULL, id, \(permission), 'chart', '3' FROM auth_group WHERE name = 'others'")
        let bob = try #require(try await identity("bob", people))
        #expect(
            bob.objectGrants == [
                try grant("reports.view_chart", "chart:1"), try grant("reports.view_report", "report:11"),
            ])
        let alice = try #require(try await identity("alice", people))
        #expect(alice.objectGrants == [try grant("reports.view_chart", "chart:2")])
    }

    @Test("go with the person, group or permission they belong to", arguments: DatabaseKind.allCases)
    func removed(kind: DatabaseKind) async throws {
        let (people, _) = try await people(kind)
        let permission = "(SELECT id FROM auth_permission WHERE codename = 'view_chart')"
        let own = "INSERT INTO gatehouse_object_permissions (user_id, group_id, permission_id, object_kind, object_id)"
        try await people.sql(
            "\(own) SELECT id, NULL, \(permission), 'chart', '1' FROM auth_user WHERE username = 'bob'",
            "\(own) SELECT NULL, id, \(permission), 'chart', '2' FROM auth_group WHERE name = 'others'",
            "DELETE FROM auth_user WHERE username = 'bob'")
        let count = "SELECT count(*) FROM gatehouse_object_permissions"
        #expect(try await people.sql(count).first?.integer(0) == 1)
        try await people.sql("DELETE FROM auth_permission WHERE codename = 'view_chart'")
        #expect(try await people.sql(count).first?.integer(0) == 0)
    }

    // MARK: - A user model of its own

    @Test("are read from guardian's tables beside a user model of the site's own", arguments: DatabaseKind.allCases)
    func foreign(kind: DatabaseKind) async throws {
        // Its folder is to live as long as the test.
        let fresh = try await FreshDatabase(kind)
        defer { withExtendedLifetime(fresh) {} }
        let database = try fresh.open()
        let uid = kind == .sqlite ? "char(36)" : "uuid"
        let (alice, bob) = ("6f1c2a52-7c1e-4e42-9d5b-0a2f5b8b9b11", "6f1c2a52-7c1e-4e42-9d5b-0a2f5b8b9b12")
        let row = "permission_id integer, content_type_id integer, object_pk varchar(255)"
        let statements = [
            "CREATE TABLE django_content_type (id integer PRIMARY KEY, app_label varchar(100), model varchar(100))",
            """
            CREATE TABLE auth_permission (
                id integer PRIMARY KEY, content_type_id integer, codename varchar(100), name varchar(255)
            )
            """,
            "CREATE TABLE auth_group (id integer PRIMARY KEY, name varchar(150))",
            "CREATE TABLE auth_group_permissions (group_id integer, permission_id integer)",
            "CREATE TABLE people (id \(uid) PRIMARY KEY, username varchar(150), password varchar(128))",
            "CREATE TABLE people_groups (person_id \(uid), group_id integer)",
            "CREATE TABLE people_permissions (person_id \(uid), permission_id integer)",
            "CREATE TABLE guardian_userobjectpermission (user_id \(uid), \(row))",
            "CREATE TABLE guardian_groupobjectpermission (group_id integer, \(row))",
            "INSERT INTO django_content_type VALUES (1, 'reports', 'report')",
            "INSERT INTO auth_permission VALUES (1, 1, 'view_report', 'x')",
            "INSERT INTO auth_group VALUES (1, 'editors')",
            "INSERT INTO people VALUES ('\(alice)', 'alice', '!'), ('\(bob)', 'bob', '!')",
            "INSERT INTO people_groups VALUES ('\(alice)', 1)",
            "INSERT INTO guardian_userobjectpermission VALUES ('\(alice)', 1, 1, '1'), ('\(bob)', 1, 1, '2')",
            "INSERT INTO guardian_groupobjectpermission VALUES (1, 1, 1, '3')",
        ]
        try await database.run { connection throws(DatabaseError) in
            for statement in statements { try connection.execute(statement) }
        }
        var tables = DjangoTables()
        (tables.users, tables.userGroups, tables.userPermissions) = ("people", "people_groups", "people_permissions")
        tables.user = "person_id"
        (tables.email, tables.firstName, tables.lastName, tables.lastLogin) = ("", "", "", "")
        (tables.isActive, tables.isStaff, tables.isSuperuser) = ("", "", "")
        (tables.isManaged, tables.writesBack) = (false, false)
        let needs = PermissionNeeds(named: [], patterns: [], onObjects: ["reports.view_report"])
        let store = DjangoUserStore(database, tables: tables, needs: needs)
        let identity = try #require(try await store.identity(of: UTF8Text(alice), backend: "database"))
        #expect(
            identity.objectGrants == [
                try grant("reports.view_report", "report:1"), try grant("reports.view_report", "report:3"),
            ])
        #expect(!identity.isStaff && !identity.isSuperuser)
    }
}
