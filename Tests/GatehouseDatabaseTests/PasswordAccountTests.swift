import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

@Suite("Passwords that people change themselves")
struct PasswordAccountTests {
    private func people(_ kind: DatabaseKind) async throws -> (people: PeopleUnderTest, id: UTF8Text) {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        try await people.sql(
            "UPDATE auth_user SET password = 'old', email = 'Alice@Example.com' WHERE username = 'alice'")
        return (people, try #require(try await people.store.account(named: "alice")).id)
    }

    @Test("are changed only while the stored hash is the one that was looked at", arguments: DatabaseKind.allCases)
    func change(kind: DatabaseKind) async throws {
        let (people, id) = try await people(kind)
        let store = people.store
        #expect(
            try await store.changePassword(of: id, from: "other", to: "new", now: people.now, remembering: 3) == false)
        #expect(try await store.changePassword(of: id, from: "old", to: "new", now: people.now, remembering: 3))
        #expect(try await store.passwordAccount(of: id)?.encodedPassword == "new")
        #expect(try await store.previousHashes(of: id, limit: 5) == ["old"])
        for index in 0..<5 {
            let (from, to) = (index == 0 ? "new" : "n\(index - 1)", "n\(index)")
            #expect(try await store.changePassword(of: id, from: from, to: to, now: people.now, remembering: 3))
        }
        #expect(try await store.previousHashes(of: id, limit: 9) == ["n3", "n2", "n1"])
        #expect(
            try await store.changePassword(of: "none", from: "n4", to: "x", now: people.now, remembering: 0) == false)
    }

    @Test(
        "have to be changed where an operator says so, and no longer once they were", arguments: DatabaseKind.allCases)
    func mustChange(kind: DatabaseKind) async throws {
        let (people, id) = try await people(kind)
        let store = people.store
        #expect(try await store.passwordAccount(of: id)?.mustChange == false)
        for _ in 0..<2 { try await store.setMustChange(true, of: "alice") }
        #expect(try await store.passwordAccount(of: id)?.mustChange == true)
        #expect(try await store.changePassword(of: id, from: "old", to: "new", now: people.now, remembering: 0))
        #expect(try await store.passwordAccount(of: id)?.mustChange == false)
        try await store.setMustChange(true, of: "alice")
        try await store.setMustChange(false, of: "alice")
        #expect(try await store.passwordAccount(of: id)?.mustChange == false)
        try await store.setMustChange(true, of: "alice")
        _ = try await people.administration.remove("alice")
        #expect(try await people.sql("SELECT user_id FROM gatehouse_must_change_password").isEmpty)
        await #expect(throws: DatabaseError.notFound) { try await store.setMustChange(true, of: "nobody") }
    }

    @Test("are found by name or by address, which no other letters can stand for", arguments: DatabaseKind.allCases)
    func meant(kind: DatabaseKind) async throws {
        let (people, _) = try await people(kind)
        try await people.add("mike")
        try await people.sql("UPDATE auth_user SET email = 'mike@example.org' WHERE username = 'mike'")
        func names(_ typed: UTF8Text) async throws -> [UserName] {
            try await people.store.passwordAccounts(meant: typed).map(\.name)
        }
        #expect(try await names("alice") == ["alice"])
        #expect(try await names(" alice@EXAMPLE.com ") == ["alice"])
        for typed: UTF8Text in [
            "ALICE", "nobody", "", "m\u{0131}ke@example.org", "mi\u{212A}e@example.org", "%@example.com",
            "alice@example.com' OR 1=1 --",
            "a\u{0}b", "_lice",
        ] {
            // U+212A is the letter K to NFKC, which is done to every typed name: then it is the address itself.
            let expected: [UserName] = typed == "mi\u{212A}e@example.org" ? ["mike"] : []
            #expect(try await names(typed) == expected, "\(typed)")
        }
    }

    @Test("make a link end with every change that counts", arguments: DatabaseKind.allCases)
    func state(kind: DatabaseKind) async throws {
        let (people, id) = try await people(kind)
        var seen: Set<[UInt8]> = [try #require(try await people.store.passwordAccount(of: id)).linkState]
        for change in [
            "password = 'x'", "email = 'b@example.com'", "last_login = '2026-01-01 00:00:00'", "is_active = FALSE",
        ] {
            try await people.sql("UPDATE auth_user SET \(change)")
            seen.insert(try #require(try await people.store.passwordAccount(of: id)).linkState)
        }
        #expect(seen.count == 5)
    }

    @Test("say what groups bring to people from elsewhere", arguments: DatabaseKind.allCases)
    func groups(kind: DatabaseKind) async throws {
        let (people, _) = try await people(kind)
        try await people.add("bob", groups: ["editors", "others"])
        let granted: [Grant] = [.everywhere("reports.view_report")]
        _ = try await people.administration.changeGroup("editors", granted: granted, revoked: [])
        let needs = PermissionNeeds.everything
        let store = DjangoUserStore(people.database, needs: needs)
        let grants = try await store.grants(ofGroups: ["editors", "EDITORS", "nobody", "editors"])
        #expect(grants.permissions == ["reports.view_report"])
        #expect(try await store.grants(ofGroups: []) == GroupGrants())
    }
}

@Suite("Names under which attempts are counted")
struct CountedNameTests {
    @Test(
        "are the same for every spelling that a directory could take for the same person",
        arguments: [
            "alice", "ALICE", " alice", "al ice", "Álîcé", "ａｌｉｃｅ", "al\u{200B}ice", "ali\u{0301}ce", "\u{202E}alice",
            "alice\u{FE0F}",
        ])
    func same(name: String) { #expect(UserNameRule.counted(UTF8Text(name)) == Array("alice".utf8)) }

    @Test("tell others apart, and take anything")
    func others() {
        #expect(UserNameRule.counted("alice") != UserNameRule.counted("alice2"))
        #expect(UserNameRule.counted("straße") == UserNameRule.counted("STRASSE"))
        #expect(UserNameRule.counted("a\u{0}b") == Array("a\u{0}b".utf8))
        #expect(UserNameRule.counted("").isEmpty)
    }
}
