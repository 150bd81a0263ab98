import GatehouseContracts
import GatehouseCore
import Testing

@Suite("Identity headers")
struct IdentityHeadersTests {
    private static let all = Disclosure(groups: [NamePattern("*")], permissions: [NamePattern("*")])

    private func identity(
        name: String = "alice", displayName: String = "", email: String = "", isSuperuser: Bool = false,
        groups: [String] = [], permissions: [String] = []
    ) -> Identity {
        Identity(
            user: UserReference(backend: "database", id: "1"), name: UserName(name), displayName: UTF8Text(displayName),
            email: UTF8Text(email), isSuperuser: isSuperuser, groups: groups.map { GroupName($0) },
            permissions: permissions.map { PermissionName($0) })
    }

    /// Name and value of each line; fails unless every line is well formed.
    private func lines(_ identity: Identity?, _ disclosure: Disclosure = all, _ headers: IdentityHeaders = .remote)
        throws -> [(String, [UInt8])]
    {
        let bytes = headers.lines(for: identity, disclosure: disclosure)
        #expect(bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A })
        var result: [(String, [UInt8])] = []
        for line in bytes.split(separator: 0x0A) {
            #expect(line.last == 0x0D)
            let colon = try #require(line.firstIndex(of: UInt8(ascii: ":")))
            #expect(line[colon + 1] == 0x20)
            let value = Array(line[(colon + 2)...].dropLast())
            #expect(!value.contains(0x0D))
            result.append((String(decoding: line[..<colon], as: UTF8.self), value))
        }
        return result
    }

    private func decoded(_ value: some Collection<UInt8>) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(value)[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                bytes.append(octet)
                continue
            }
            bytes.append(try #require(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)))
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test(
        "are all there exactly once, for somebody and for nobody", arguments: [IdentityHeaders.remote, .xAuthRequest])
    func once(headers: IdentityHeaders) throws {
        #expect(headers.names.count == 6)
        for person in [
            nil, identity(),
            identity(name: "x", displayName: "Y", email: "z@example.com", isSuperuser: true, groups: ["g"]),
        ] {
            let lines = try lines(person, IdentityHeadersTests.all, headers)
            #expect(lines.map(\.0) == headers.names)
            if person == nil { #expect(!lines.contains { !$0.1.isEmpty }) }
        }
    }

    @Test("are left out only where the configuration names none")
    func some() throws {
        let headers = IdentityHeaders([.user: "X-User", .groups: "X-Groups"])
        #expect(
            try lines(identity(groups: ["a"]), IdentityHeadersTests.all, headers).map(\.0) == ["X-User", "X-Groups"])
    }

    @Test("tell of groups and permissions only what the application names")
    func disclosure() throws {
        let person = identity(groups: ["admins", "staff", "admins-eu"], permissions: ["reports.view", "billing.view"])
        func values(_ disclosure: Disclosure) throws -> [String] {
            try lines(person, disclosure)[3...4].map { String(decoding: $0.1, as: UTF8.self) }
        }
        #expect(try values(.nothing) == ["", ""])
        #expect(try values(IdentityHeadersTests.all) == ["admins,admins-eu,staff", "billing.view,reports.view"])
        #expect(
            try values(Disclosure(groups: [NamePattern("admins")], permissions: [NamePattern("reports.*")]))
                == ["admins", "reports.view"])
    }

    @Test("say true of superusers and nothing of others")
    func superuser() throws {
        #expect(try lines(identity(isSuperuser: true)).last?.1 == Array("true".utf8))
        #expect(try lines(identity()).last?.1 == [])
    }

    private static let names = [
        "alice", "a b", " a", "a ", " ", "  ", "100%", "%2C", "a,b", ",", "a\r\nRemote-Superuser: true", "\n", "\0",
        "\u{7F}",
        "caf\u{E9}", "cafe\u{301}", "\u{212A}", "\u{1F600}", "a\tb", "\u{85}", "\u{2028}", "a:b;c=\"d\"", "\u{202E}x",
        String(repeating: "\u{E9}", count: 150),
    ]

    @Test("give the exact bytes back when they are decoded", arguments: names)
    func roundTrip(name: String) throws {
        let values = try lines(identity(name: name, displayName: name, email: name))
        for index in 0...2 {
            #expect(values[index].1.first != 0x20 && values[index].1.last != 0x20)
            #expect(try decoded(values[index].1) == Array(name.utf8))
        }
        if name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }) {
            #expect(values[0].1 == Array(name.utf8), "printable ASCII stays as it is")
        }
    }

    @Test("give lists back item by item, commas and blanks included")
    func lists() throws {
        let names = IdentityHeadersTests.names
        let person = identity(groups: names, permissions: names)
        let values = try lines(person)
        let expected = Set(names.map { Array($0.utf8) })
        for index in 3...4 {
            let items = try values[index].1.split(separator: UInt8(ascii: ",")).map { try decoded($0) }
            #expect(items.count == expected.count)
            #expect(Set(items) == expected)
        }
    }

    @Test("must fit into the head of an answer, which is never cut")
    func limit() {
        let lines = IdentityHeaders.remote.lines(
            for: identity(name: String(repeating: "a", count: 3_000)), disclosure: .nothing)
        let whole =
            CheckReply.allowed.head(identityLines: lines, body: []).count + "Connection: keep-alive\r\n\r\n".utf8.count
        #expect(CheckReply.fits(identityLines: lines, limit: whole + 32))
        #expect(!CheckReply.fits(identityLines: lines, limit: whole - 1))
    }
}
