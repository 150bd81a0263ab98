import Foundation
import GatehouseCore
import GatehouseSystem
import GatehouseTestSupport
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
