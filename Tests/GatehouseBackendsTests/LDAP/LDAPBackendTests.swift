import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseBackends

/// A directory with alice, bob and their groups, and the settings to ask it.
struct Directory {
    let server: LDAPServer
    let certificates: TestCertificates?

    static let people = """
        dn: ou=people,dc=example,dc=com
        objectClass: organizationalUnit
        ou: people

        dn: ou=groups,dc=example,dc=com
        objectClass: organizationalUnit
        ou: groups

        \(person("alice", password: "correct horse", more: "mail: alice@example.com"))
        \(person("bob", password: "bob's password"))
        \(group("editors", members: ["uid=alice,ou=people"]))
        \(group("staff", members: ["cn=editors,ou=groups"]))
        \(group("everybody", members: ["cn=staff,ou=groups", "cn=circle,ou=groups"]))
        \(group("circle", members: ["cn=everybody,ou=groups", "uid=bob,ou=people"]))

        """

    static func person(_ name: String, password: String, dn: String? = nil, more: String = "") -> String {
        """
        dn: \(dn ?? "uid=\(name),ou=people,dc=example,dc=com")
        objectClass: inetOrgPerson
        uid: \(name)
        cn: \(name.capitalized) Example
        sn: Example
        userPassword: \(password)
        \(more.isEmpty ? "" : "\(more)\n")
        """
    }

    static func group(_ name: String, members: [String]) -> String {
        """
        dn: cn=\(name),ou=groups,dc=example,dc=com
        objectClass: groupOfNames
        cn: \(name)
        \(members.map { "member: \($0),dc=example,dc=com" }.joined(separator: "\n"))

        """
    }

    static func start(_ entries: String = Directory.people, tls: Bool = false) async throws -> Directory {
        let certificates = tls ? try TestCertificates() : nil
        return Directory(
            server: try await LDAPServer.start(entries, certificates: certificates), certificates: certificates)
    }

    func settings(_ change: (inout LDAPSettings) -> Void = { _ in }) -> LDAPSettings {
        var settings = LDAPSettings(
            urls: ["ldap://127.0.0.1:\(server.port)"], base: "ou=people,dc=example,dc=com")
        settings.bindDN = LDAPServer.administrator
        settings.bindPassword = Array(LDAPServer.password.utf8)
        // Time enough for a busy machine; tests of deadlines set their own.
        settings.timeout = .seconds(30)
        change(&settings)
        return settings
    }

    func backend(_ change: (inout LDAPSettings) -> Void = { _ in }) -> LDAPBackend {
        LDAPBackend(settings: settings(change), pool: WorkerPool(workers: 4, memoryBudgetKiB: 1))
    }
}

extension LDAPBackend {
    func ask(_ name: String, _ password: String) async throws -> Identity? {
        let credentials = Credentials(name: UTF8Text(name), password: Password(password))
        guard case .authenticated(let identity) = try await authenticate(credentials) else { return nil }
        return identity
    }

    /// The reason of the outage that a sign-in is, which ends by the backend's own deadline and not by our patience.
    func outage(_ name: String = "alice", within limit: Duration = .seconds(25)) async -> String? {
        let start = ContinuousClock.now
        do {
            _ = try await ask(name, "correct horse")
            return nil
        } catch BackendError.unavailable(let reason) {
            #expect(ContinuousClock.now - start < limit)
            #expect(!reason.contains("correct horse") && !reason.contains(LDAPServer.password))
            return reason
        } catch {
            return nil
        }
    }
}

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

    @Test(
        "speaks TLS from the start or by StartTLS, only with a server that proves its name", arguments: [true, false])
    func tls(startsTLS: Bool) async throws {
        let directory = try await Directory.start(tls: true)
        let certificates = try #require(directory.certificates)
        let (port, securePort) = (directory.server.port, directory.server.securePort)
        func backend(_ host: String, _ file: String?, timeout: Duration = .seconds(30)) -> LDAPBackend {
            directory.backend {
                $0.urls = [startsTLS ? "ldap://\(host):\(port)" : "ldaps://\(host):\(securePort)"]
                $0.startsTLS = startsTLS
                $0.caFile = file
                $0.timeout = timeout
            }
        }
        #expect(try await backend("localhost", certificates.authority).ask("alice", "correct horse") != nil)
        // Another authority, the system's own, and another name than the certificate's.
        let others = try TestCertificates()
        #expect(await backend("localhost", others.authority).outage() != nil)
        #expect(await backend("localhost", nil).outage() != nil)
        #expect(await backend("127.0.0.1", certificates.authority).outage() != nil)
        directory.server.signal(SIGSTOP)
        #expect(await backend("localhost", certificates.authority, timeout: .seconds(1)).outage() != nil)
        directory.server.signal(SIGCONT)
    }

    /// A server that takes connections and sends the first octets of a bind that succeeds.
    private func stalledServer(octets: Int) async throws -> (port: UInt16, process: ChildProcess) {
        let port = try FreePort.any()
        let process = try ChildProcess(
            "/usr/bin/python3",
            [
                "-c",
                """
                import socket, sys
                server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
                kept = []
                while True:
                    client = server.accept()[0]
                    kept.append(client)
                    client.sendall(bytes.fromhex("300c02010161070a010004000400")[:int(sys.argv[2])])
                """, "\(port)", "\(octets)",
            ])
        #expect(await eventually(within: .seconds(20)) { (try? LocalSocket(.tcp(port: port))) != nil })
        return (port, process)
    }

    @Test("waits no longer for the rest of an answer than for its beginning", arguments: [0, 1, 4, 7, 9, 12])
    func stalled(octets: Int) async throws {
        let (port, server) = try await stalledServer(octets: octets)
        defer { server.signal(SIGKILL) }
        var settings = LDAPSettings(urls: ["ldap://127.0.0.1:\(port)"], base: "dc=example")
        settings.timeout = .seconds(1)
        let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1)
        for _ in 0..<2 {
            // The second time with the only thread, which is free again.
            #expect(await LDAPBackend(settings: settings, pool: pool).outage() != nil)
        }
        settings.urls = ["ldaps://127.0.0.1:\(port)"]
        #expect(await LDAPBackend(settings: settings, pool: pool).outage() != nil)
    }

    @Test("goes on to the next server if one takes connections and does not speak TLS")
    func nextServer() async throws {
        let directory = try await Directory.start(tls: true)
        let (port, server) = try await stalledServer(octets: 0)
        defer { server.signal(SIGKILL) }
        let backend = directory.backend {
            $0.urls = ["ldaps://localhost:\(port)", "ldaps://localhost:\(directory.server.securePort)"]
            $0.caFile = directory.certificates?.authority
            $0.timeout = .seconds(4)
        }
        #expect(try await backend.ask("alice", "correct horse") != nil)
    }

    @Test("cannot find out from a server that is stopped, gone, or talks nonsense; and finds back by itself")
    func outages() async throws {
        let directory = try await Directory.start()
        let backend = directory.backend()
        let hasty = directory.backend { $0.timeout = .seconds(1) }
        #expect(try await backend.ask("alice", "correct horse") != nil)
        directory.server.signal(SIGSTOP)
        #expect(await hasty.outage() != nil)
        directory.server.signal(SIGCONT)
        #expect(await eventually { (try? await backend.ask("alice", "correct horse")) != nil })
        directory.server.kill()
        #expect(await backend.outage() != nil)
        try await directory.server.restart()
        #expect(try await backend.ask("alice", "correct horse") != nil)
        let nonsense = try await RedisServer.start()
        defer { nonsense.kill() }
        let astray = directory.backend {
            $0.urls = ["ldap://127.0.0.1:\(nonsense.port)"]
            $0.timeout = .seconds(2)
        }
        #expect(await astray.outage() != nil)
        // The next server of the list is asked.
        let two = directory.backend { $0.urls.insert("ldap://127.0.0.1:1", at: 0) }
        #expect(try await two.ask("alice", "correct horse") != nil)
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
