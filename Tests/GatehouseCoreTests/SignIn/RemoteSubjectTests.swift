import GatehouseCore
import Testing

@Suite("What a header says about somebody")
struct RemoteSubjectTests {
    @Test(
        "is the one common name of a certificate's subject",
        arguments: [
            ("CN=alice", "alice"), ("CN=alice,O=Example,C=DE", "alice"), ("O=Example, cn=alice", "alice"),
            ("OU=a,CN=Alice Example,DC=x", "Alice Example"), ("CN=a\\,b\\\"c", "a,b\"c"), ("CN=\\C3\\A4", "ä"),
            ("2.5.4.3=x,CN=y", "y"),
        ])
    func names(subject: String, name: String) {
        #expect(RemoteSubject.distinguishedName.name(in: UTF8Text(subject)) == UTF8Text(name))
    }

    @Test(
        "is nobody where it is not clear who",
        arguments: [
            "", "alice", "O=Example", "CN=", "CN=alice,CN=bob", "CN=alice+CN=bob", "CN=\"alice\"", "CN=#616c696365",
            "CN=alice,", "=alice",
            "CN=al\\", "CN=al\\x", "CN=\\FF", "CN=a;CN=b", "CN=<x>", "O=a=b,",
        ])
    func nobody(subject: String) { #expect(RemoteSubject.distinguishedName.name(in: UTF8Text(subject)) == nil) }

    @Test("is the name itself where that is what it holds")
    func plain() {
        #expect(RemoteSubject.name.name(in: "alice") == "alice")
        #expect(RemoteSubject.name.name(in: "") == nil)
    }
}

@Suite("Groups of people from elsewhere")
struct GroupMappingTests {
    private func person(_ groups: [GroupName]) -> Identity {
        Identity(user: UserReference(backend: "ldap", id: "1"), name: "dora", groups: groups)
    }

    @Test("keep their names without a mapping, and bring nothing")
    func unmapped() {
        let mapping = GroupMapping()
        #expect(mapping.mapped(["admins"]) == [])
        #expect(mapping.applied(to: person(["admins"]), bringing: GroupGrants()).groups == ["admins"])
    }

    @Test("are one group here in all spellings that are one there, and in no others")
    func spellings() {
        let directory = GroupMapping(
            groups: ["Web  Editors": "editors", "Ärzte": "doctors"], keepsOthers: true, staff: ["STAFF"],
            superusers: ["Domain Admins"], comparison: .caseIgnored)
        for name: GroupName in ["web editors", "WEB EDITORS", " Web Editors  ", "Web Editors"] {
            #expect(directory.mapped([name]) == ["editors"], "\(name)")
            #expect(directory.applied(to: person([name]), bringing: GroupGrants()).groups == ["editors"])
        }
        // Composed, and as a letter with a mark after it.
        #expect(directory.mapped(["\u{E4}RZTE", "a\u{308}rzte"]) == ["doctors", "doctors"])
        #expect(directory.applied(to: person(["staff"]), bringing: GroupGrants()).isStaff)
        #expect(directory.applied(to: person(["domain admins"]), bringing: GroupGrants()).isSuperuser)
        // Nor does a spelling of ours become a group of ours.
        #expect(directory.applied(to: person(["Editors"]), bringing: GroupGrants()).groups == [])
        for name: GroupName in ["webeditors", "web-editors", "w\u{435}b editors", "domain admins "] {
            #expect(directory.mapped([name]) == [], "\(name)")
        }
        // Files, programs and the system tell them apart.
        let file = GroupMapping(groups: ["Editors": "editors"], staff: ["STAFF"])
        #expect(file.mapped(["editors"]) == [] && file.mapped(["Editors"]) == ["editors"])
        #expect(!file.applied(to: person(["staff"]), bringing: GroupGrants()).isStaff)
    }

    @Test("become groups of ours where the mapping says so, and no others do")
    func mapped() {
        let mapping = GroupMapping(groups: ["directory admins": "admins"], keepsOthers: true, superusers: ["roots"])
        let grants = GroupGrants(permissions: ["reports.view_report"])
        let dora = mapping.applied(to: person(["directory admins", "others"]), bringing: grants)
        #expect(dora.groups == ["admins", "others"])
        #expect(dora.permissions == ["reports.view_report"])
        #expect(!dora.isSuperuser)
        // Whoever makes a group of that name elsewhere is no admin here.
        #expect(mapping.applied(to: person(["admins"]), bringing: GroupGrants()).groups == [])
        #expect(mapping.mapped(["admins"]) == [])
        #expect(mapping.applied(to: person(["roots"]), bringing: GroupGrants()).isSuperuser)
        let strict = GroupMapping(groups: ["directory admins": "admins"], keepsOthers: false)
        #expect(strict.applied(to: person(["directory admins", "others"]), bringing: grants).groups == ["admins"])
    }
}
