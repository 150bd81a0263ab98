import Foundation
import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseBackends

@Suite("Accounts of a directory with a password policy", .serialized)
struct LDAPAccountTests {
    private static let page = Contact("https://password.example.com/")

    private static let policy = """
        dn: cn=policy,dc=example,dc=com
        objectClass: device
        objectClass: pwdPolicy
        cn: policy
        pwdAttribute: userPassword
        pwdLockout: TRUE
        pwdMaxFailure: 3
        pwdLockoutDuration: 3600

        """

    private static let policyName = "cn=policy,dc=example,dc=com"
    private static let name = "uid=alice,ou=people,dc=example,dc=com"
    private static let bob = "uid=bob,ou=people,dc=example,dc=com"

    private func start(access: String = "") async throws -> Directory {
        let entries = Directory.people.replacingOccurrences(
            of: "objectClass: inetOrgPerson", with: "objectClass: inetOrgPerson\nobjectClass: extensibleObject")
        return Directory(
            server: try await LDAPServer.start(
                entries + "\n" + LDAPAccountTests.policy, overlay: .ppolicy, access: access),
            certificates: nil)
    }

    private func answer(
        _ backend: LDAPBackend, _ password: String = "correct horse", name: String = "alice"
    ) async throws -> AuthenticationResult {
        try await backend.authenticate(Credentials(name: UTF8Text(name), password: Password(password)))
    }

    /// Both ways to sign in.
    private func backends(_ directory: Directory) -> [LDAPBackend] {
        [nil, "uid={name},ou=people,dc=example,dc=com"].map { template in
            directory.backend {
                $0.userDN = template
                $0.passwordPage = LDAPAccountTests.page
            }
        }
    }

    @Test(
        "that are barred sign nobody in and end at a refresh, told to whoever knows the password; unless nobody looks")
    func barred() async throws {
        let directory = try await start()
        let blind = directory.backend { $0.readsAccountState = false }
        for backend in backends(directory) {
            let person = try #require(try await backend.ask("alice", "correct horse"))
            for (attribute, value, bar) in [
                ("nsAccountLock", "TRUE", BarredAccount.disabled), ("shadowExpire", "19000", .expired),
                ("pwdReset", "TRUE", .newPassword(page: LDAPAccountTests.page)),
            ] {
                try directory.server.set(attribute, of: LDAPAccountTests.name, to: [value])
                #expect(try await answer(backend) == .barred(bar), "\(attribute)")
                #expect(try await answer(backend, "wrong") == .notMine)
                #expect(try await answer(backend, name: "alicia") == .notMine)
                #expect(try await backend.identity(of: person.user, known: person) == nil)
                if attribute != "pwdReset" { #expect(try await blind.ask("alice", "correct horse") != nil) }
                #expect(try await blind.identity(of: person.user, known: person) != nil)
                try directory.server.set(attribute, of: LDAPAccountTests.name, to: [])
                #expect(try await answer(backend) == .authenticated(person))
                #expect(try await backend.identity(of: person.user, known: person) == person)
            }
        }
    }

    @Test("that the server locked end at a refresh, and sign in again when the lock is over")
    func locked() async throws {
        let directory = try await start()
        for backend in backends(directory) {
            let person = try #require(try await backend.ask("alice", "correct horse"))
            for _ in 0..<3 { #expect(try await backend.ask("alice", "wrong") == nil) }
            #expect(try await backend.identity(of: person.user, known: person) == nil)
            // The server says so without a look at the password.
            let barred = AuthenticationResult.barred(.locked(isPasswordProven: false))
            #expect(try await answer(backend, "wrong") == barred)
            #expect(try await answer(backend) == barred)
            try directory.server.set("pwdLockoutDuration", of: LDAPAccountTests.policyName, to: ["1"])
            // What stands in the entry until then is no reason to refuse whom the server lets in.
            #expect(await eventually { (try? await self.answer(backend)) == .authenticated(person) })
            #expect(try await backend.identity(of: person.user, known: person) == person)
            try directory.server.set("pwdLockoutDuration", of: LDAPAccountTests.policyName, to: ["3600"])
        }
    }

    @Test(
        "keep their password, whichever of the person and who searches may see when it was changed",
        arguments: [
            ("access to attrs=pwdChangedTime by * none", LDAPServer.administrator, LDAPServer.password),
            ("access to attrs=pwdChangedTime by self read by * none", bob, "bob's password"),
        ])
    func eyes(access: String, searcher: String, password: String) async throws {
        let directory = try await start(access: access)
        try directory.server.set("userPassword", of: LDAPAccountTests.name, to: ["second horse"])
        let backend = directory.backend {
            $0.userDN = "uid={name},ou=people,dc=example,dc=com"
            ($0.bindDN, $0.bindPassword) = (searcher, Array(password.utf8))
        }
        let person = try #require(try await backend.ask("alice", "second horse"))
        #expect(person.credential != nil)
        let later = try #require(try await backend.identity(of: person.user, known: person))
        #expect(person.keepsPassword(in: later) && later.keepsPassword(in: person))
    }

    @Test("that have another password are known by it")
    func changed() async throws {
        let directory = try await start()
        let backend = directory.backend()
        // Without a change under the policy the server knows no time of one.
        #expect(try await backend.ask("alice", "correct horse")?.credential == nil)
        #expect(try await backend.currentCredentials(of: "alice") == [nil])
        try directory.server.set("userPassword", of: LDAPAccountTests.name, to: ["second horse"])
        let person = try #require(try await backend.ask("alice", "second horse"))
        let first = try #require(person.credential)
        #expect(try await backend.identity(of: person.user, known: person)?.credential == first)
        #expect(try await backend.currentCredentials(of: " ALICE ") == [first])
        #expect(try await backend.currentCredentials(of: "nobody") == [])
        // Its times are those of whole seconds.
        let isOther = try await eventually {
            try directory.server.set("userPassword", of: LDAPAccountTests.name, to: ["third horse"])
            return try await backend.identity(of: person.user, known: person)?.credential != first
        }
        #expect(isOther)
        let again = try #require(try await backend.ask("alice", "third horse"))
        #expect(try await backend.identity(of: person.user, known: person)?.credential == again.credential)
        // Where nobody can ask again, a session remembers nothing that would have to be compared.
        let direct = directory.backend {
            ($0.bindDN, $0.bindPassword) = ("", [])
            $0.userDN = "uid={name},ou=people,dc=example,dc=com"
        }
        let alone = try #require(try await direct.ask("alice", "third horse"))
        #expect(alone.credential == nil && alone.typed == nil)
        #expect(try await direct.currentCredentials(of: "alice") == [nil])
    }

    @Test("are one budget of tries, however their name is written, also where the password finds them")
    func oneBudget() async throws {
        let directory = try await start()
        let ways = [
            ("uid={name},ou=people,dc=example,dc=com", ["alice", "ALICE", " alice "]),
            ("{name}@example.com", ["alice", "Alice@EXAMPLE.com", "alice@example.com "]),
        ]
        for (template, names) in ways {
            let backend = directory.backend { $0.userDN = template }
            let asked = Mutex<[UserReference]>([])
            for name in names + ["bob"] {
                let credentials = Credentials(name: UTF8Text(name), password: Password("wrong")) { user in
                    asked.withLock { $0.append(user) }
                }
                #expect(try await backend.authenticate(credentials) == .notMine)
            }
            let people = asked.withLock { $0 }
            #expect(people.count == 4 && Set(people).count == 2 && Set(people.dropLast()).count == 1, "\(template)")
            let held = Credentials(name: "alice", password: Password("correct horse")) { _ throws(BackendError) in
                throw .held(retryAfter: .seconds(7))
            }
            await #expect(throws: BackendError.held(retryAfter: .seconds(7))) { try await backend.authenticate(held) }
        }
    }

    @Test("are found again by the filter as it was typed, or by a name that they have now")
    func typed() async throws {
        let directory = try await start()
        let backend = directory.backend { $0.filter = "(&(uid={name})(!(uid=svc-{name}))(!(description=svc-{name})))" }
        let person = try #require(try await backend.ask("alice", "correct horse"))
        #expect(person.typed == "alice")
        #expect(try await backend.identity(of: person.user, known: person) == person)
        #expect(try await backend.identity(of: person.user, known: nil) == person)
        let mail = directory.backend { $0.filter = "(mail={name})" }
        let byMail = try #require(try await mail.ask("alice@example.com", "correct horse"))
        #expect(byMail.typed == "alice@example.com")
        #expect(try await mail.identity(of: byMail.user, known: byMail) == byMail)
        // Another address would sign the same person in; without any, nothing would.
        try directory.server.set("mail", of: LDAPAccountTests.name, to: ["a@example.com", "alice@example.org"])
        let renamed = try #require(try await mail.identity(of: byMail.user, known: byMail))
        #expect(renamed.typed == "a@example.com" && renamed.user == byMail.user)
        try directory.server.set("mail", of: LDAPAccountTests.name, to: [])
        #expect(try await mail.identity(of: byMail.user, known: renamed) == nil)
        // Whoever is made a service's account may not go on, as it may not sign in.
        try directory.server.set("description", of: LDAPAccountTests.name, to: ["svc-alice"])
        #expect(try await backend.ask("alice", "correct horse") == nil)
        #expect(try await backend.identity(of: person.user, known: person) == nil)
    }
}

@Suite("A directory with one-time passwords", .serialized)
struct OneTimePasswordTests {
    /// RFC 4226, appendix D.
    private static let entries = """
        dn: cn=parameters,dc=example,dc=com
        objectClass: device
        objectClass: oathHOTPParams
        cn: parameters
        oathOTPLength: 6
        oathHMACAlgorithm: 1.2.840.113549.2.7
        oathHOTPLookAhead: 3

        dn: cn=token,dc=example,dc=com
        objectClass: device
        objectClass: oathHOTPToken
        cn: token
        oathHOTPParams: cn=parameters,dc=example,dc=com
        oathSecret: 12345678901234567890
        oathHOTPCounter: 0

        dn: uid=otto,dc=example,dc=com
        objectClass: inetOrgPerson
        objectClass: oathHOTPUser
        uid: otto
        cn: Otto
        sn: Otto
        userPassword: correct horse
        oathHOTPToken: cn=token,dc=example,dc=com

        """

    @Test("is given each of them once, in both ways to sign in")
    func once() async throws {
        let server = try await LDAPServer.start(OneTimePasswordTests.entries, overlay: .otp)
        let directory = Directory(server: server, certificates: nil)
        let direct = "uid={name},dc=example,dc=com"
        let ways = [("287082", direct, false), ("359152", direct, true), ("969429", nil, true)]
        for (code, template, hasSearcher) in ways as [(String, String?, Bool)] {
            let backend = directory.backend {
                $0.userDN = template
                $0.base = "dc=example,dc=com"
                if !hasSearcher { ($0.bindDN, $0.bindPassword) = ("", []) }
            }
            let password = "correct horse\(code)"
            #expect(try await backend.ask("otto", password)?.name == "otto", "\(template ?? "search")")
            #expect(try await backend.ask("otto", password) == nil)
        }
    }
}
