import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

/// What a directory answers to a search, in Python; every bind is well.
struct HostileDirectory: CustomTestStringConvertible {
    let testDescription: String
    var bind = "message(id, result(0x61))"
    let search: String
    /// What the reason of the outage says.
    let reason: String
    /// Long where something else than the time has to end it.
    var timeout = Duration.seconds(2)

    static let all = [
        HostileDirectory(
            testDescription: "the end of a search for a bind", bind: "message(id, result(0x65))",
            search: "message(id, alice(b'uid=alice,dc=x')) + message(id, result(0x65))",
            reason: "none to what was asked"),
        HostileDirectory(
            testDescription: "an entry for a bind",
            bind: "message(id, alice(b'uid=alice')) + message(id, result(0x61))",
            search: "message(id, alice(b'uid=alice,dc=x')) + message(id, result(0x65))",
            reason: "none to what was asked"),
        HostileDirectory(
            testDescription: "the good end of a bind for a search",
            search: "message(id, alice(b'uid=alice,dc=x')) + message(id, result(0x61))",
            reason: "none to what was asked"),
        HostileDirectory(
            testDescription: "an entry without a name",
            search: "message(id, alice(b'')) + message(id, result(0x65))", reason: "none to what was asked"),
        HostileDirectory(
            testDescription: "entries without end", search: "flood(connection, message(id, alice(b'uid=alice,dc=x')))",
            reason: "more than 2 entries"),
        HostileDirectory(
            testDescription: "references without end",
            search: "flood(connection, message(id, ber(0x73, ber(4, b'ldap://elsewhere/' * 1000))))",
            reason: "longer than 32 MiB", timeout: .seconds(20)),
        HostileDirectory(
            testDescription: "answers to nobody without end",
            search: "flood(connection, message(99, alice(b'uid=alice,dc=x', bytes(20000))))",
            reason: "longer than 32 MiB",
            timeout: .seconds(20)),
        HostileDirectory(
            testDescription: "a value without end",
            search: "flood(connection, bytes([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]) + bytes(100000))", reason: ""),
        HostileDirectory(
            testDescription: "an entry of 7 MiB",
            search: "flood(connection, message(id, alice(b'uid=a', bytes(7 << 20))))",
            reason: ""),
    ]

    func start() async throws -> HostileServer {
        try await HostileServer(
            """
            def ber(tag, body):
                size = len(body)
                length = bytes([size]) if size < 128 else bytes([0x84]) + size.to_bytes(4, "big")
                return bytes([tag]) + length + body

            def message(id, operation):
                return ber(0x30, ber(2, bytes([id])) + operation)

            def result(tag):
                return ber(tag, ber(10, bytes(1)) + ber(4, b"") + ber(4, b""))

            def alice(name, text=b"Alice"):
                values = {b"uid": b"alice", b"cn": text, b"entryUUID": b"7"}
                lists = [ber(0x30, ber(4, key) + ber(0x31, ber(4, value))) for key, value in values.items()]
                return ber(0x64, ber(4, name) + ber(0x30, b"".join(lists)))

            def serve(connection):
                stream = connection.makefile("rb")
                while True:
                    head = stream.read(2)
                    if len(head) < 2:
                        return
                    size = head[1]
                    if size >= 128:
                        size = int.from_bytes(stream.read(size - 128), "big")
                    body = stream.read(size)
                    id, tag = body[2], body[3]
                    if tag == 0x60:
                        connection.sendall(\(bind))
                    elif tag == 0x63:
                        connection.sendall(\(search))
                    else:
                        return
            """)
    }
}

@Suite("A hostile directory", .serialized)
struct HostileDirectoryTests {
    @Test("signs nobody in, and takes little memory and no longer than it may", arguments: HostileDirectory.all)
    func hostile(directory: HostileDirectory) async throws {
        let server = try await directory.start()
        var settings = LDAPSettings(urls: ["ldap://127.0.0.1:\(server.port)"], base: "dc=x")
        settings.timeout = directory.timeout
        for template in ["uid={name},dc=x", nil] {
            settings.userDN = template
            let backend = LDAPBackend(settings: settings, pool: WorkerPool(workers: 4, memoryBudgetKiB: 1))
            let growth = await OwnMemory.peakGrowth {
                let reason = await backend.outage()
                #expect(reason != nil)
                #expect(directory.reason.isEmpty || reason?.contains(directory.reason) == true, "\(reason ?? "")")
            }
            #expect(growth < 100, "MiB")
        }
    }

    @Test("has no memory of its own for each attempt", arguments: [false, true])
    func leak(tls: Bool) async throws {
        let directory = try await Directory.start(tls: true)
        let backend = directory.backend {
            guard let certificates = directory.certificates, tls else { return }
            $0.urls = ["ldaps://localhost:\(directory.server.securePort)"]
            $0.caFile = certificates.authority
        }
        func attempts(_ count: Int) async throws {
            for _ in 0..<count { #expect(try await backend.ask("alice", "wrong") == nil) }
        }
        // What earlier tests left is given back meanwhile, so the last round counts.
        var growth = 0
        for _ in 0..<3 {
            let before = OwnMemory.allocated
            try await attempts(200)
            growth = OwnMemory.allocated - before
        }
        #expect(growth < 500, "KiB; it was 9 for each")
    }
}
