import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import GatehouseServer

@Suite("The admin listener")
struct AdminServerTests {
    private func answer(
        _ method: HTTPRequest.Method = .get, _ path: String, host: String? = "127.0.0.1:9182", problems: [String] = []
    ) async -> Response {
        let source = AdminServer.Source(problems: { problems }, metrics: { "gatehouse_ready 1\n" })
        return await AdminServer.answer(
            method: method, path: path, host: host, source, [Host("gatehouse")].compactMap { $0 })
    }

    @Test(
        "answers HEAD like GET, without the body",
        arguments: [("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/none", 404)])
    func head(path: String, status: Int) async throws {
        let (get, head) = (await answer(.get, path), await answer(.head, path))
        #expect(get.status.code == status && head.status.code == status)
        #expect(get.headers == head.headers)
        #expect(get.body.contentLength == head.body.contentLength && head.body.contentLength ?? 0 > 0)
        #expect(await answer(.head, "/readyz", problems: ["x"]).status == .serviceUnavailable)
        #expect(await answer(.post, path).status == .methodNotAllowed)
    }

    @Test(
        "answers to addresses, localhost and the configured names alone",
        arguments: [
            ("127.0.0.1:9182", true), ("10.0.0.7", true), ("[::1]:9182", true), ("localhost:9182", true),
            ("LOCALHOST", true), ("gatehouse:9182", true), (nil, true), ("evil.example", false), ("", false),
            ("localhost.evil.example", false), ("[evil", false), ("[evil]", false), ("127.0.0.1.evil.example", false),
        ] as [(String?, Bool)])
    func hosts(host: String?, isOwn: Bool) async {
        for path in ["/metrics", "/readyz"] {
            #expect(await answer(.get, path, host: host).status.code == (isOwn ? 200 : 421), "\(host ?? "none")")
        }
    }
}
