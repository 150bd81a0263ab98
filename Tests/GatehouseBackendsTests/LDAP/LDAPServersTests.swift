import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseBackends

/// What a sign-in did with the password, and what came of it.
private struct Attempt {
    let person: Identity?
    let outage: String?
    let uses: [PasswordUse]

    init(_ backend: LDAPBackend, _ name: String = "alice", _ password: String = "correct horse") async {
        let uses = Mutex<[PasswordUse]>([])
        let credentials = Credentials(
            name: UTF8Text(name), password: Password(password), onUse: { use in uses.withLock { $0.append(use) } })
        var (person, outage) = (Identity?.none, String?.none)
        do throws(BackendError) {
            if case .authenticated(let identity) = try await backend.authenticate(credentials) { person = identity }
        } catch {
            outage = error.description
        }
        self.person = person
        self.outage = outage
        self.uses = uses.withLock { $0 }
    }

    /// Whether it is to be counted: somebody looked at the password.
    var isCounted: Bool { uses.filter { $0 == .compared }.count > uses.filter { $0 == .untouched }.count }
}

@Suite("Several servers of a directory", .serialized)
struct LDAPServersTests {
    /// In both modes.
    private static let templates: [String?] = [nil, "uid={name},ou=people,dc=example,dc=com"]

    private func backend(
        _ urls: [String], _ template: String?, timeout: Duration = .seconds(15),
        _ change: (inout LDAPSettings) -> Void = { _ in }
    ) -> LDAPBackend {
        var settings = LDAPSettings(urls: urls, base: "ou=people,dc=example,dc=com")
        (settings.bindDN, settings.bindPassword) = (LDAPServer.administrator, Array(LDAPServer.password.utf8))
        settings.userDN = template
        settings.timeout = timeout
        change(&settings)
        return LDAPBackend(settings: settings, pool: WorkerPool(workers: 4, memoryBudgetKiB: 1))
    }

    @Test(
        "are asked one after another where the first one is busy, away, unwilling, or knows no more",
        arguments: [
            ScriptedDirectory(bind: "result(0x61, 51)"), ScriptedDirectory(bind: "result(0x61, 52)"),
            ScriptedDirectory(bind: "result(0x61, 53)"), ScriptedDirectory(bind: "result(0x61, 80)"),
            ScriptedDirectory(bind: "None"), ScriptedDirectory(bind: "notice()"),
            ScriptedDirectory(search: "result(0x65, 51)"), ScriptedDirectory(search: "result(0x65, 52)"),
            ScriptedDirectory(search: "result(0x65, 53)"), ScriptedDirectory(search: "result(0x65, 80)"),
            ScriptedDirectory(search: "None"), ScriptedDirectory(search: "notice()"),
        ])
    func next(first: ScriptedDirectory) async throws {
        let directory = try await Directory.start()
        let scripted = try await first.start()
        defer { withExtendedLifetime(scripted) {} }
        for template in Self.templates {
            let servers = ["ldap://127.0.0.1:\(scripted.port)", "ldap://127.0.0.1:\(directory.server.port)"]
            let backend = backend(servers, template, timeout: .seconds(6))
            let right = await Attempt(backend)
            #expect(right.person?.name == "alice", "\(first), \(template ?? "search"): \(right.outage ?? "no")")
            let wrong = await Attempt(backend, "alice", "wrong")
            #expect(wrong.person == nil && wrong.outage == nil && wrong.isCounted)
            // A refresh, too.
            let alice = try #require(right.person)
            #expect(try await backend.identity(of: alice.user, known: alice) == alice)
        }
    }

    @Test("are asked one after another where a real one refuses every bind")
    func restricted() async throws {
        let directory = try await Directory.start()
        let unwilling = try UnwillingServer()
        defer { withExtendedLifetime(unwilling) {} }
        #expect(await eventually(within: .seconds(20)) { (try? LocalSocket(.tcp(port: unwilling.port))) != nil })
        for template in Self.templates {
            let first = "ldap://127.0.0.1:\(unwilling.port)"
            let backend = backend([first, "ldap://127.0.0.1:\(directory.server.port)"], template)
            #expect(await Attempt(backend).person?.name == "alice")
            let alone = await Attempt(self.backend([first], template))
            #expect(alone.outage != nil && !alone.isCounted)
        }
    }

    @Test(
        "say what is wrong with a person, which is no outage and asks nobody else",
        arguments: [
            "result(0x61, 49)", "result(0x61, 19)", "result(0x61, 53, b'', POLICY)",
            "result(0x61, 53, b'Account inactivated. Contact system administrator.')",
            "result(0x61, 53)",
        ])
    func person(answer: String) async throws {
        let scripted = ScriptedDirectory(bind: "\(answer) if password == b'correct horse' else result(0x61)")
        let server = try await scripted.start()
        defer { withExtendedLifetime(server) {} }
        let isTold = answer != "result(0x61, 53)"
        let url = "ldap://127.0.0.1:\(server.port)"
        // Nobody listens behind it: whoever were asked next would be an outage.
        for template in [nil, "uid={name},dc=x"] as [String?] {
            let attempt = await Attempt(backend([url], template))
            #expect(attempt.outage == nil && attempt.person == nil && attempt.isCounted, "\(template ?? "search")")
        }
        // Without somebody who may search nobody knows whether the server is unwilling because of the person.
        let blind = await Attempt(backend([url], "uid={name},dc=x") { ($0.bindDN, $0.bindPassword) = ("", []) })
        #expect((blind.outage == nil) == isTold && blind.isCounted == isTold)
    }

    @Test("say it whatever the password is")
    func words() async throws {
        let text = "Account inactivated. Contact system administrator."
        let server = try await ScriptedDirectory(bind: "result(0x61, 53, b'\(text)')").start()
        defer { withExtendedLifetime(server) {} }
        let backend = backend(["ldap://127.0.0.1:\(server.port)"], "uid={name},dc=x") {
            ($0.bindDN, $0.bindPassword) = ("", [])
        }
        for password in ["correct horse", ".", ".horse", "r.", "system administrator."] {
            let attempt = await Attempt(backend, "alice", password)
            #expect(attempt.outage == nil && attempt.isCounted, "\(password): \(attempt.outage ?? "")")
        }
    }

    @Test("are away, and the password is not wrong, where they take it and then search nothing")
    func unwillingToSearch() async throws {
        let server = try await ScriptedDirectory(search: "result(0x65, 53)").start()
        defer { withExtendedLifetime(server) {} }
        let attempt = await Attempt(backend(["ldap://127.0.0.1:\(server.port)"], "uid={name},dc=x"))
        #expect(attempt.outage != nil && attempt.isCounted)
    }

    @Test(
        "count nothing that they did not look at, and say which of them said what",
        arguments: [(51, false), (52, false), (80, true)])
    func untouched(code: Int, isCounted: Bool) async throws {
        let bind = "result(0x61, \(code)) if password == b'correct horse' else result(0x61)"
        let (one, two) = (
            try await ScriptedDirectory(bind: bind).start(), try await ScriptedDirectory(bind: bind).start()
        )
        defer { withExtendedLifetime((one, two)) {} }
        for template in Self.templates {
            let urls = [one, two].map { "ldap://127.0.0.1:\($0.port)" }
            let attempt = await Attempt(backend(urls, template))
            #expect(attempt.isCounted == isCounted)
            for url in urls { #expect(attempt.outage?.contains("\(url): ") == true, "\(attempt.outage ?? "")") }
        }
    }

    @Test("count nothing while there is no connection", arguments: Self.templates)
    func down(template: String?) async throws {
        let directory = try await Directory.start()
        let backend = backend(["ldap://127.0.0.1:\(directory.server.port)"], template)
        #expect(await Attempt(backend).person != nil)
        directory.server.kill()
        for _ in 0..<3 {
            let attempt = await Attempt(backend)
            #expect(attempt.outage != nil && !attempt.isCounted)
        }
        try await directory.server.restart()
        #expect(await Attempt(backend).person != nil)
    }

    @Test(
        "are asked on a fresh connection where a kept one has ended, or is answered by one that is busy",
        arguments: [
            // Whoever is told of the end, on the idle connection or in place of an answer.
            "def after_search(connection, number):\n    connection.sendall(notice())\n    connection.shutdown(socket.SHUT_RDWR)",
            "def after_search(connection, number):\n    connection.sendall(notice())",
            "def on_search(base, attributes, number):\n    return notice() if number == 2 else \(ScriptedDirectory().search)",
            "def on_search(base, attributes, number):\n    return None if number == 2 else \(ScriptedDirectory().search)",
            "def on_search(base, attributes, number):\n    return result(0x65, 51) if number == 2 else \(ScriptedDirectory().search)",
        ])
    func kept(more: String) async throws {
        var scripted = ScriptedDirectory()
        scripted.more = more
        let server = try await scripted.start()
        defer { withExtendedLifetime(server) {} }
        let backend = backend(["ldap://127.0.0.1:\(server.port)"], nil, timeout: .seconds(6)) {
            $0.groups = .below(base: "dc=x", filter: "(member={dn})", name: "cn", isNested: false)
        }
        for _ in 0..<3 {
            let attempt = await Attempt(backend)
            #expect(attempt.person != nil, "\(attempt.outage ?? "no")")
        }
    }

    @Test("do not put a server's words into the log that are a password")
    func echo() async throws {
        let server = try await ScriptedDirectory(bind: "result(0x61, 80, b'no: ' + password)").start()
        defer { withExtendedLifetime(server) {} }
        for template in [nil, "uid={name},dc=x"] as [String?] {
            let outage = try #require(await Attempt(backend(["ldap://127.0.0.1:\(server.port)"], template)).outage)
            #expect(!outage.contains("correct horse") && !outage.contains(LDAPServer.password))
        }
    }

    @Test("give all values of an attribute of which they show a part at a time, and no more than 20,000")
    func ranges() async throws {
        let groups = (0..<25).map { "b'cn=g\($0),dc=x'" }.joined(separator: ", ")
        let script = """
            GROUPS = [\(groups)]
            STEP = 10

            def on_search(base, attributes, number):
                for attribute in attributes:
                    if attribute.lower().startswith(b"memberof;range="):
                        start = int(attribute.split(b"=")[1].split(b"-")[0])
                        last = min(start + STEP, len(GROUPS))
                        end = b"*" if last == len(GROUPS) else str(last - 1).encode()
                        key = b"memberOf;range=%d-%s" % (start, end)
                        return entry(b"uid=alice,dc=x", {key: GROUPS[start:last]}) + result(0x65)
                return entry(b"uid=alice,dc=x", ALICE | {b"memberOf": [], b"memberOf;range=0-9": GROUPS[:STEP]}) + result(0x65)
            """
        var scripted = ScriptedDirectory()
        scripted.more = script
        let server = try await scripted.start()
        defer { withExtendedLifetime(server) {} }
        let alice = await Attempt(backend(["ldap://127.0.0.1:\(server.port)"], nil))
        #expect(alice.person?.groups.count == 25, "\(alice.outage ?? "no")")
        // One that never comes to an end.
        scripted.more = script.replacingOccurrences(of: "start + STEP, len(GROUPS)", with: "start, 0")
        let other = try await scripted.start()
        defer { withExtendedLifetime(other) {} }
        let endless = await Attempt(backend(["ldap://127.0.0.1:\(other.port)"], nil))
        #expect(endless.outage?.contains("only a part of memberof") == true, "\(endless.outage ?? "no")")
    }
}

/// A real slapd that is unwilling to be bound to, as one that is being worked on.
private final class UnwillingServer: Sendable {
    let port: UInt16
    private let folder: TemporaryFolder
    private let process: ChildProcess

    init() throws {
        folder = try TemporaryFolder()
        port = try FreePort.any()
        try FileManager.default.createDirectory(atPath: folder.file("data"), withIntermediateDirectories: false)
        let configuration = try folder.write(
            """
            include /etc/ldap/schema/core.schema
            modulepath /usr/lib/ldap
            moduleload back_mdb
            restrict bind
            database mdb
            suffix "dc=example,dc=com"
            rootdn "\(LDAPServer.administrator)"
            rootpw "\(LDAPServer.password)"
            directory \(folder.file("data"))
            """, to: "slapd.conf")
        process = try ChildProcess(
            "/usr/sbin/slapd", ["-d", "0", "-f", configuration, "-h", "ldap://127.0.0.1:\(port)"],
            output: folder.file("slapd.log"))
    }

    deinit {
        process.signal(SIGKILL)
        process.waitForExit()
    }
}
