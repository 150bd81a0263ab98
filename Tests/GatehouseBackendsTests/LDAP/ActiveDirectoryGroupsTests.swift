import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

@Suite(
    "Groups of a real Active Directory", .serialized,
    .enabled(if: SambaServer.obstacle == nil, ActiveDirectory.obstacle))
struct ActiveDirectoryGroupsTests {
    private static func group(_ name: String, members: [String], in place: String = "OU=Groups,\(SambaServer.base)")
        -> String
    {
        """
        dn: CN=\(name),\(place)
        changetype: add
        objectClass: group
        sAMAccountName: \(name)
        \(members.map { "member: \($0)\n" }.joined())

        """
    }

    private static let groups = "OU=Groups,\(SambaServer.base)"

    /// Makes the place for groups unless another test has.
    private static func makePlace(_ directory: ActiveDirectory) throws {
        guard try !directory.server.search("(ou=Groups)", ["ou"]).contains("dn: OU=Groups") else { return }
        try directory.server.modify("dn: \(groups)\nchangetype: add\nobjectClass: organizationalUnit\n")
    }

    private static func below(
        _ filter: String = LDAPSettings.standardGroupFilter, base: String = groups, isNested: Bool = true
    ) -> (inout LDAPSettings) -> Void {
        { $0.groups = .below(base: base, filter: filter, name: "cn", isNested: isNested) }
    }

    @Test("have the primary group among them, wherever groups are looked for")
    func primary() async throws {
        let directory = try await ActiveDirectory.start()
        try Self.makePlace(directory)
        try directory.server.addPerson("prima", password: "correct horse")
        try directory.server.modify(
            Self.group("prima-own", members: ["CN=prima,\(SambaServer.people)"])
                + Self.group("prima-above", members: ["CN=Domain Users,\(SambaServer.people)"])
                + Self.group("app-above", members: ["CN=prima-above,\(Self.groups)"]))
        #expect(try await directory.backend().ask("prima", "correct horse")?.groups == ["Domain Users", "prima-own"])
        let everywhere = SambaServer.base
        #expect(
            try await directory.backend(Self.below(base: everywhere, isNested: false)).ask("prima", "correct horse")?
                .groups
                == ["Domain Users", "prima-own"])
        let nested = try await directory.backend(Self.below(base: everywhere)).ask("prima", "correct horse")
        // Samba's own group has the domain's users in it, too.
        #expect(nested?.groups == ["Domain Users", "Users", "app-above", "prima-above", "prima-own"])
        // It is the way to others, also where it does not count itself.
        #expect(
            try await directory.backend(Self.below()).ask("prima", "correct horse")?.groups
                == ["app-above", "prima-above", "prima-own"])
        #expect(
            try await directory.backend(Self.below("(&(member={dn})(cn=app-*))", base: everywhere)).ask(
                "prima", "correct horse")?
                .groups == ["app-above"])
        // Another one, which is the person's alone; the controller takes who is in it only as a primary group's member then.
        let found = try directory.server.search("(sAMAccountName=prima-own)", ["objectSid"])
        let number = try #require(found.firstMatch(of: /objectSid: S-[-0-9]*-([0-9]+)/)?.1)
        try directory.server.set("primaryGroupID", of: "prima", to: String(number))
        let alice = try #require(try await directory.backend().ask("prima", "correct horse"))
        #expect(alice.groups.contains("prima-own"))
        #expect(try await directory.backend().identity(of: alice.user, known: nil)?.groups == alice.groups)
        #expect(
            try await directory.backend(Self.below(isNested: false)).ask("prima", "correct horse")?.groups.contains(
                "prima-own")
                == true)
    }

    @Test("are found within one another by way of those that the filter leaves out")
    func filtered() async throws {
        let directory = try await ActiveDirectory.start()
        // Of its own: whatever contains the domain's users contains this one, too.
        let place = "OU=Nested,\(SambaServer.base)"
        try directory.server.modify("dn: \(place)\nchangetype: add\nobjectClass: organizationalUnit\n")
        try directory.server.addPerson("nestor", password: "correct horse")
        try directory.server.modify(
            Self.group("team", members: ["CN=nestor,\(SambaServer.people)"], in: place)
                + Self.group("app-wiki", members: ["CN=team,\(place)"], in: place)
                + Self.group("apps", members: ["CN=app-wiki,\(place)"], in: place)
                + Self.group("app-top", members: ["CN=apps,\(place)"], in: place))
        let filter = "(&(objectClass=group)(member={dn})(cn=app-*))"
        #expect(
            try await directory.backend(Self.below(filter, base: place)).ask("nestor", "correct horse")?.groups == [
                "app-top", "app-wiki",
            ])
        #expect(
            try await directory.backend(Self.below(filter, base: place, isNested: false)).ask(
                "nestor", "correct horse")?.groups
                == [])
        let other = "(&(objectClass=group)(member={dn})(!(cn=app-*)))"
        #expect(
            try await directory.backend(Self.below(other, base: place)).ask("nestor", "correct horse")?.groups == [
                "apps", "team",
            ])
    }

    @Test("are 1,700 within the usual time, each way")
    func many() async throws {
        let directory = try await ActiveDirectory.start()
        try Self.makePlace(directory)
        try directory.server.addPerson("maximus", password: "correct horse")
        let count = 1_700
        let groups = (0..<count).map { Self.group("many-\($0)", members: ["CN=maximus,\(SambaServer.people)"]) }
        // All of them in one, which is in another.
        let above =
            Self.group("many-above", members: (0..<count).map { "CN=many-\($0),\(Self.groups)" })
            + Self.group("many-top", members: ["CN=many-above,\(Self.groups)"])
        try directory.server.modify(groups.joined() + above)
        for (more, change) in [
            (0, { _ in }), (0, Self.below(isNested: false)), (2, Self.below()),
            (2, Self.below("(&(member={dn})(cn=many-*))")),
        ] as [(Int, (inout LDAPSettings) -> Void)] {
            let found = try await directory.backend(change).ask("maximus", "correct horse")
            #expect(found?.groups.filter { $0.description.hasPrefix("many-") }.count == count + more)
        }
    }
}
