import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

@Suite("Why there is no connection to a directory, with real servers", .serialized)
struct LDAPDiagnosisTests {
    private func backend(
        _ url: String, _ certificates: TestCertificates?, startsTLS: Bool = false, timeout: Duration = .seconds(20)
    ) -> LDAPBackend {
        var settings = LDAPSettings(urls: [url], base: "ou=people,dc=example,dc=com")
        (settings.bindDN, settings.bindPassword) = (LDAPServer.administrator, Array(LDAPServer.password.utf8))
        settings.caFile = certificates?.authority
        settings.startsTLS = startsTLS
        settings.timeout = timeout
        return LDAPBackend(settings: settings, pool: WorkerPool(workers: 2, memoryBudgetKiB: 1))
    }

    /// What is said when servers are tried, and what stands in the log of a sign-in.
    private func expect(_ backend: LDAPBackend, _ words: [String]) async throws {
        let trial = try #require(try await backend.tryServers().first)
        let outage = await backend.outage()
        for text in [trial.problem, outage] {
            for words in words { #expect(text?.contains(words) == true, "\(text ?? "nothing")") }
        }
        // Said from memory for a while.
        #expect(await backend.outage() == outage)
    }

    /// The addresses of a server from the start of which it speaks TLS, and of one that is asked for it.
    private func addresses(_ server: LDAPServer, _ host: String) -> [(url: String, startsTLS: Bool)] {
        [("ldaps://\(host):\(server.securePort)", false), ("ldap://\(host):\(server.port)", true)]
    }

    @Test("is nothing where a certificate is for localhost, and so is the address")
    func localhost() async throws {
        let certificates = try TestCertificates(isForMachine: false)
        let server = try await LDAPServer.start(Directory.people, certificates: certificates)
        for (url, startsTLS) in addresses(server, "localhost") {
            let backend = backend(url, certificates, startsTLS: startsTLS)
            #expect(try await backend.tryServers() == [LDAPTrial(url: url, problem: nil)])
            #expect(try await backend.ask("alice", "correct horse") != nil)
        }
    }

    @Test("is that the certificate is for another name")
    func wrongName() async throws {
        let certificates = try TestCertificates(for: "ldap.example.com", isForMachine: false)
        let server = try await LDAPServer.start(Directory.people, certificates: certificates)
        for host in ["localhost", "127.0.0.1"] {
            for (url, startsTLS) in addresses(server, host) {
                try await expect(
                    backend(url, certificates, startsTLS: startsTLS),
                    ["is for ldap.example.com and not for \(host)", "urls"])
            }
        }
    }

    @Test("is that nobody trusted vouches for it")
    func unknownAuthority() async throws {
        let server = try await LDAPServer.start(Directory.people, certificates: try TestCertificates())
        for (url, startsTLS) in addresses(server, "localhost") {
            for trusted in [try TestCertificates(), nil] {
                try await expect(
                    backend(url, trusted, startsTLS: startsTLS),
                    [
                        "was issued by CN=Test authority, which is not",
                        trusted.map { "in \($0.authority)" } ?? "set `ca_file`",
                    ])
            }
        }
    }

    @Test(
        "is not that nobody vouches for it, where the server is gone or stands still by now", arguments: [false, true])
    func gone(standsStill: Bool) async throws {
        let certificates = try TestCertificates()
        // Whoever says nothing only looks whether anybody listens. The second one who speaks is shown the certificate.
        let server = try await HostileServer(
            """
            import ssl, threading

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain("\(certificates.certificate)", "\(certificates.key)")
            spoken = 0

            def serve(connection):
                global spoken
                if not connection.recv(1, socket.MSG_PEEK):
                    return
                spoken += 1
                if spoken == 2:
                    context.wrap_socket(connection, server_side=True).recv(1)
                elif spoken > 2 and \(standsStill ? "True" : "False"):
                    threading.Event().wait()
            """)
        defer { withExtendedLifetime(server) {} }
        let backend = backend("ldaps://localhost:\(server.port)", certificates, timeout: .seconds(4))
        let outage = try #require(await backend.outage())
        #expect(!outage.contains("issued by"), "\(outage)")
    }

    @Test("is that the certificate is out of date")
    func expired() async throws {
        let certificates = try TestCertificates(days: -1)
        let server = try await LDAPServer.start(Directory.people, certificates: certificates)
        for (url, startsTLS) in addresses(server, "localhost") {
            try await expect(backend(url, certificates, startsTLS: startsTLS), ["expired on 20", "renew it"])
        }
    }

    @Test("is that the server refuses StartTLS, or speaks no TLS, or nothing but TLS")
    func tls() async throws {
        let plain = try await LDAPServer.start(Directory.people)
        let certificates = try TestCertificates()
        try await expect(
            backend("ldap://localhost:\(plain.port)", certificates, startsTLS: true),
            ["refuses StartTLS", "use ldaps://"])
        try await expect(
            backend("ldaps://localhost:\(plain.port)", certificates),
            ["does not speak TLS", "is this the port for ldap://"])
        let server = try await LDAPServer.start(Directory.people, certificates: certificates)
        try await expect(
            backend("ldap://localhost:\(server.securePort)", nil), ["speaks TLS from the beginning", "use ldaps://"])
    }

    @Test("is that nobody listens there, or that there is no such host", arguments: [false, true])
    func nobody(startsTLS: Bool) async throws {
        let scheme = startsTLS ? "ldap" : "ldaps"
        let port = try FreePort.any()
        try await expect(
            backend("\(scheme)://127.0.0.1:\(port)", nil, startsTLS: startsTLS),
            ["nothing listens at 127.0.0.1, port \(port)", "389 is usual for ldap://"])
        try await expect(
            backend("\(scheme)://nobody.localhost", nil, startsTLS: startsTLS),
            ["there is no host nobody.localhost", "urls"])
    }

    @Test("is found out for each server, and so is what is wrong behind the connection")
    func trials() async throws {
        let directory = try await Directory.start()
        let port = try FreePort.any()
        let backend = directory.backend { $0.urls.insert("ldap://127.0.0.1:\(port)", at: 0) }
        let trials = try await backend.tryServers()
        #expect(trials.map(\.url) == ["ldap://127.0.0.1:\(port)", "ldap://127.0.0.1:\(directory.server.port)"])
        #expect(trials.first?.problem?.contains("nothing listens") == true && trials.last?.problem == nil)
        let problems: [(words: String, change: (inout LDAPSettings) -> Void)] = [
            ("refuses bind_dn", { $0.bindPassword = Array("wrong".utf8) }),
            ("there is no ou=none,dc=example,dc=com (`base`)", { $0.base = "ou=none,dc=example,dc=com" }),
            (
                "(`group_base`)",
                {
                    $0.groups = .below(
                        base: "ou=none,dc=example,dc=com", filter: "(member={dn})", name: "cn", isNested: false)
                }
            ),
        ]
        for (words, change) in problems {
            let problem = try await directory.backend(change).tryServers().first?.problem
            #expect(problem?.contains(words) == true, "\(problem ?? "nothing")")
        }
        let direct = directory.backend {
            ($0.bindDN, $0.bindPassword, $0.userDN) = ("", [], "uid={name},ou=people,dc=example,dc=com")
        }
        #expect(try await direct.tryServers().allSatisfy { $0.problem == nil })
    }
}
