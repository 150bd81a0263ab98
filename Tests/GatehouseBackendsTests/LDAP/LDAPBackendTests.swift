import Foundation
import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseBackends

@Suite("The LDAP backend, with a real directory", .serialized)
struct LDAPBackendTests {
    private static let nested: @Sendable (inout LDAPSettings) -> Void = {
        $0.groups = .below(
            base: "ou=groups,dc=example,dc=com", filter: LDAPSettings.standardGroupFilter, name: "cn", isNested: true)
    }

    @Test("searches for the person and binds as them")
    func searches() async throws {
        let directory = try await Directory.start()
        let backend = directory.backend(Self.nested)
        try await BackendCheck(backend, name: "alice", password: "correct horse").run()
        let alice = try #require(try await backend.ask(" alice ", "correct horse"))
        #expect(alice.name == "alice")
        #expect(alice.displayName == "Alice Example")
        #expect(alice.email == "alice@example.com")
        #expect(alice.user.id.bytes.count == 36)
        // Groups within groups, to the end and around in a circle.
        #expect(alice.groups == ["circle", "editors", "everybody", "staff"])
        #expect(!alice.isStaff && !alice.isSuperuser && alice.credential == nil)
        // The attribute's own spelling is the name, whatever was typed: directories pass over case.
        #expect(try await backend.ask("ALICE", "correct horse")?.name == "alice")
        #expect(try await backend.identity(of: alice.user, known: nil) == alice)
        #expect(try await backend.ask("bob", "correct horse") == nil)
    }

    @Test("asks for one person, by whichever name, before the password is tried; and tries none where that is refused")
    func admission() async throws {
        let directory = try await Directory.start()
        let backend = directory.backend { $0.filter = "(|(uid={name})(mail={name}))" }
        let asked = Mutex<[UserReference]>([])
        for name in ["alice", "ALICE", "alice@example.com"] {
            for password in ["correct horse", "wrong"] {
                let credentials = Credentials(name: UTF8Text(name), password: Password(password)) { user in
                    asked.withLock { $0.append(user) }
                }
                let result = try await backend.authenticate(credentials)
                #expect((result == .notMine) == (password == "wrong"))
            }
        }
        let alice = try #require(try await backend.ask("alice", "correct horse"))
        #expect(asked.withLock { $0 } == Array(repeating: alice.user, count: 6))
        let held = Credentials(name: "alice", password: Password("correct horse")) { _ throws(BackendError) in
            throw .held(retryAfter: .seconds(7))
        }
        await #expect(throws: BackendError.held(retryAfter: .seconds(7))) { try await backend.authenticate(held) }
        let nobody = Credentials(name: "nobody", password: Password("wrong")) { _ throws(BackendError) in
            throw .held(retryAfter: .seconds(7))
        }
        #expect(try await backend.authenticate(nobody) == .notMine)
    }

    @Test("binds with a name made from the typed one, and then knows what it knew")
    func direct() async throws {
        let directory = try await Directory.start()
        let backend = directory.backend {
            ($0.bindDN, $0.bindPassword) = ("", [])
            $0.userDN = "uid={name},ou=people,dc=example,dc=com"
        }
        try await BackendCheck(backend, name: "alice", password: "correct horse").run()
        let alice = try #require(try await backend.ask("alice", "correct horse"))
        let other = UserReference(backend: "ldap", id: "x")
        await #expect(throws: BackendError.self) { try await backend.identity(of: other, known: alice) }
        for name in ["alice,ou=people", "alice,dc=example,dc=com", "alice+cn=x", "bob,uid=alice", "#616c696365", "al*"]
        {
            #expect(try await backend.ask(name, "correct horse") == nil, "\(name)")
        }
    }

    @Test("lets nobody in as somebody else whom the filter finds for the same name")
    func otherEntry() async throws {
        let directory = try await Directory.start(
            Directory.people + Directory.person("carol", password: "carol's password", more: "description: alice"))
        let backend = directory.backend {
            $0.userDN = "uid={name},ou=people,dc=example,dc=com"
            $0.filter = "(description={name})"
        }
        #expect(try await backend.ask("alice", "correct horse") == nil)
        #expect(try await backend.ask("alice", "carol's password") == nil)
    }

    @Test("knows people later who signed in by something else than their name, as long as the rest of the filter does")
    func refreshed() async throws {
        let directory = try await Directory.start()
        let backend = directory.backend { $0.filter = "(&(mail={name})(sn=Example))" }
        let alice = try #require(try await backend.ask("alice@example.com", "correct horse"))
        #expect(alice.name == "alice")
        #expect(try await backend.identity(of: alice.user, known: nil) == alice)
        let stricter = directory.backend { $0.filter = "(&(mail={name})(sn=Other))" }
        #expect(try await stricter.identity(of: alice.user, known: nil) == nil)
        let nameless = directory.backend { $0.attributes.name = "employeeNumber" }
        await #expect(throws: BackendError.self) { try await nameless.identity(of: alice.user, known: nil) }
    }

    @Test("cannot find out with a wrong password of its own, a base that is not there, or a filter that guesses")
    func misconfigured() async throws {
        let directory = try await Directory.start()
        #expect(await directory.backend { $0.bindPassword = Array("wrong".utf8) }.outage()?.contains("bind_dn") == true)
        #expect(
            await directory.backend { $0.filter = "(|(uid={name})(uid=bob))" }.outage()?.contains("several") == true)
        #expect(await directory.backend { $0.filter = "(((" }.outage() != nil)
        #expect(
            await directory.backend { $0.attributes.id = "employeeNumber" }.outage()?.contains("never changes") == true)
        // An empty replica, a typing error or a missing right would otherwise end everybody's sessions.
        let none = "ou=none,dc=example,dc=com"
        #expect(await directory.backend { $0.base = none }.outage()?.contains("there is no \(none)") == true)
        #expect(
            await directory.backend {
                $0.groups = .below(base: none, filter: "(member={dn})", name: "cn", isNested: false)
            }.outage()?.contains("there is no \(none)") == true)
        #expect(
            try await directory.backend { $0.filter = "(&(uid={name})(mail=*))" }.ask("bob", "bob's password") == nil)
    }

    @Test("lets no typed name reach into the filter")
    func injection() async throws {
        let directory = try await Directory.start()
        let backend = directory.backend()
        for name in [
            "*", "a*", "alice)(uid=*", "*)(objectClass=*", "alice)(|(uid=bob", "\\2a", "\\61lice", "alice\\00",
            "(alice)", "alice)(",
            "ali\\63e", "a\u{0}lice", "&", "|(uid=alice)", "=", "alice\r\nbob", String(repeating: "(", count: 200),

        ] {
            #expect(try await backend.ask(name, "correct horse") == nil, "\(name)")
        }
    }

    @Test("passes on hostile attributes unchanged, and refuses what is too long instead of cutting it")
    func attributes() async throws {
        func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let hostile = "evil\r\nRemote-Groups: admins\u{1B}[0m\u{202E}"
        let long = String(repeating: "x", count: 4_097)
        let entries = """
            \(Directory.people)
            dn: uid=eve,ou=people,dc=example,dc=com
            objectClass: inetOrgPerson
            uid: eve
            cn:: \(encoded(hostile))
            sn: x
            mail: eve@example.com
            userPassword: correct horse

            \(Directory.person("long", password: "correct horse", more: "description: x").replacingOccurrences(of: "cn: Long Example", with: "cn: \(long)"))
            dn: uid=jürgen,ou=people,dc=example,dc=com
            objectClass: inetOrgPerson
            uid:: \(encoded("jürgen"))
            cn:: \(encoded("Jürgen Ä"))
            sn: x
            userPassword: correct horse

            dn: cn=evil,ou=groups,dc=example,dc=com
            objectClass: groupOfNames
            cn: evil
            cn:: \(encoded("admins\r\nX: y"))
            member: uid=eve,ou=people,dc=example,dc=com

            """
        let directory = try await Directory.start(
            entries.replacingOccurrences(
                of: "dn: uid=jürgen", with: "dn:: \(encoded("uid=jürgen,ou=people,dc=example,dc=com"))\n#"))
        let backend = directory.backend(Self.nested)
        #expect(try await backend.ask("eve", "correct horse")?.displayName == UTF8Text(hostile))
        #expect(await backend.outage("long")?.contains("longer than 4096") == true)
        let juergen = try #require(try await backend.ask("jürgen", "correct horse"))
        #expect(juergen.name == "jürgen" && juergen.displayName == "Jürgen Ä")
        #expect(try await backend.identity(of: juergen.user, known: nil) == juergen)
    }

    @Test("brings ten thousand groups, or says that they are too many")
    func manyGroups() async throws {
        let groups = (0..<10_000).map {
            "dn: cn=g\($0),ou=groups,dc=example,dc=com\nobjectClass: posixGroup\ncn: g\($0)\ngidNumber: \($0)\nmemberUid: alice\n"
        }
        let directory = try await Directory.start(Directory.people + groups.joined(separator: "\n"))
        let backend = directory.backend {
            Self.nested(&$0)
        }
        let alice = try #require(try await backend.ask("alice", "correct horse"))
        #expect(alice.groups.count == 10_004)
    }
}
