import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Testing

@Suite("A hostile HTTP server", .serialized)
struct HostileHTTPTests {
    private static let start =
        "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nTransfer-Encoding: chunked\\r\\n"

    @Test(
        "is an outage that takes little memory",
        arguments: [
            (start: "\(start)\\r\\n0\\r\\n", flood: "X-Trailer: yyyyyyyyyyyyyyyyyyyyyy\\r\\n", reason: "header lines"),
            (start: start, flood: "X-Header: yyyyyyyyyyyyyyyyyyyyyy\\r\\n", reason: ""),
            (start: "", flood: "HTTP/1.1 103 Early Hints\\r\\nLink: </a>\\r\\n\\r\\n", reason: ""),
            (start: "\(start)\\r\\n", flood: "10\\r\\n0123456789abcdef\\r\\n", reason: "longer than"),
            (start: "\(start)X: ", flood: "yyyyyyyyyyyyyyy", reason: ""),
        ])
    func hostile(start: String, flood: String, reason: String) async throws {
        let server = try await HostileServer(
            """
            def serve(connection):
                connection.recv(65536)
                connection.sendall(b"\(start)")
                flood(connection, b"\(flood)")
            """)
        let settings = HTTPBackendSettings(
            url: "http://127.0.0.1:\(server.port)/", secret: nil, caFile: nil, timeout: .seconds(2), grantsFlags: false)
        let backend = HTTPBackend(name: "http", settings: settings, pool: WorkerPool(workers: 4, memoryBudgetKiB: 1))
        let growth = try await OwnMemory.peakGrowth {
            do {
                _ = try await backend.authenticate(
                    Credentials(name: "hanna", password: Password("correct horse")))
                Issue.record("an answer was found")
            } catch BackendError.unavailable(let text) {
                #expect(reason.isEmpty || text.contains(reason), "\(text)")
            }
        }
        #expect(growth < 50, "MiB")
    }
}
