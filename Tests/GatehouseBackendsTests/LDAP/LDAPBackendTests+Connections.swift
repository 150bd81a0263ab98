import Foundation
import GatehouseCore
import GatehouseSystem
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

/// Servers that are away, slow, or cannot prove who they are.
extension LDAPBackendTests {
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
}
