import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

@Suite("Groups within groups of a real directory", .serialized)
struct LDAPGroupsTests {
    private static let entries = """
        \(Directory.people)
        \(Directory.group("team-web", members: ["uid=alice,ou=people"]))
        \(Directory.group("app-wiki", members: ["cn=team-web,ou=groups"]))
        \(Directory.group("all-apps", members: ["cn=app-wiki,ou=groups"]))
        \(Directory.group("app-top", members: ["cn=all-apps,ou=groups"]))
        \(Directory.group("app-own", members: ["uid=alice,ou=people"]))
        \(Directory.group("app-other", members: ["uid=bob,ou=people"]))
        dn: cn=unix,ou=groups,dc=example,dc=com
        objectClass: posixGroup
        cn: unix
        gidNumber: 7
        memberUid: alice

        \(Directory.group("app-unix", members: ["cn=unix,ou=groups"]))
        dn: cn=role,ou=groups,dc=example,dc=com
        objectClass: organizationalRole
        cn: role
        roleOccupant: uid=alice,ou=people,dc=example,dc=com

        dn: cn=app-role,ou=groups,dc=example,dc=com
        objectClass: organizationalRole
        cn: app-role
        roleOccupant: cn=role,ou=groups,dc=example,dc=com

        """

    @Test(
        "are found by way of groups that the filter leaves out, and only those that it lets through",
        arguments: [
            ("(&(member={dn})(cn=app-*))", ["app-own", "app-top", "app-wiki"]),
            ("(&(|(member={dn})(memberUid={name}))(cn=app-*))", ["app-own", "app-top", "app-unix", "app-wiki"]),
            ("(&(member={dn})(!(cn=app-*))(!(cn=e*)))", ["all-apps", "circle", "staff", "team-web"]),
            ("(&(objectClass=organizationalRole)(roleOccupant={dn}))", ["app-role", "role"]),
            ("(&(cn=app-*)(roleOccupant={dn}))", ["app-role"]),
            ("(&(cn=none)(member={dn}))", []),
            (
                LDAPSettings.standardGroupFilter,
                [
                    "all-apps", "app-own", "app-top", "app-unix", "app-wiki", "circle", "editors", "everybody", "staff",
                    "team-web", "unix",
                ]
            ),
        ] as [(String, [GroupName])])
    func filtered(filter: String, groups: [GroupName]) async throws {
        let directory = try await Directory.start(Self.entries)
        let backend = directory.backend {
            $0.groups = .below(base: "ou=groups,dc=example,dc=com", filter: filter, name: "cn", isNested: true)
        }
        let alice = try #require(try await backend.ask("alice", "correct horse"))
        #expect(alice.groups == groups)
        #expect(try await backend.identity(of: alice.user, known: alice) == alice)
    }

    @Test("are left alone where they are not followed")
    func direct() async throws {
        let directory = try await Directory.start(Self.entries)
        let backend = directory.backend {
            $0.groups = .below(
                base: "ou=groups,dc=example,dc=com", filter: "(&(member={dn})(cn=app-*))", name: "cn", isNested: false)
        }
        #expect(try await backend.ask("alice", "correct horse")?.groups == ["app-own"])
    }

    @Test("and attributes have their names in any case")
    func attributeNames() async throws {
        let directory = try await Directory.start(Self.entries)
        let backend = directory.backend {
            ($0.attributes.name, $0.attributes.displayName, $0.attributes.id) = ("UID", "CN", "ENTRYUUID")
            $0.attributes.email = "MAIL"
            $0.groups = .below(
                base: "ou=groups,dc=example,dc=com", filter: "(&(MEMBER={dn})(CN=APP-*))", name: "CN", isNested: true)
        }
        let alice = try #require(try await backend.ask("alice", "correct horse"))
        #expect(alice.name == "alice" && alice.displayName == "Alice Example" && alice.email == "alice@example.com")
        #expect(alice.groups == ["app-own", "app-top", "app-wiki"])
    }
}
