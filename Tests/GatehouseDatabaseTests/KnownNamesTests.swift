import GatehouseCore
import Testing

@testable import GatehouseDatabase

@Suite("The names that a database has")
struct KnownNamesTests {
    @Test(
        "are those of groups and permissions, and of people only those asked about",
        arguments: DatabaseKind.allCases)
    func names(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice", groups: ["finance"], permissions: ["pages.view_page"])
        try await people.add("alina")
        try await people.add("somebody-with-a-long-name")
        let object = try #require(Grant("pages.change_page(page:7)"))
        _ = try await people.administration.changeGroup("finance", granted: [object], revoked: [])
        let names = try await people.store.knownNames(asking: ["alice", "alcie", "Alice"])
        #expect(names.groups == ["finance"])
        #expect(names.permissions.isSuperset(of: ["reports.view_report", "pages.view_page", "pages.change_page"]))
        #expect(names.granted == ["pages.view_page", "pages.change_page"])
        #expect(names.users == ["alice"])
        #expect(Set(names.similarUsers) == ["alice", "alina"])
        #expect(try await people.store.knownNames(asking: []).similarUsers == [])
    }

    @Test("count what django-guardian granted", arguments: DatabaseKind.allCases)
    func guardian(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.sql(
            "CREATE TABLE guardian_userobjectpermission (permission_id integer)",
            "INSERT INTO guardian_userobjectpermission SELECT id FROM auth_permission WHERE codename = 'view_report'")
        #expect(try await people.store.knownNames(asking: []).granted == ["reports.view_report"])
    }
}
