import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import GatehouseServer

@Suite("The admin listener")
struct AdminServerTests {
    private static let well: [HealthPart] = [
        .needed("store", as: "sessions.store", nil), .told("link", nil),
        .needed("database", as: "database", nil, briefly: "not usable"),
    ]

    private func answer(
        _ path: String, _ method: HTTPRequest.Method = .get, verbose: Bool = false, host: String? = "127.0.0.1:9182",
        accept: String? = nil, parts: [HealthPart] = well
    ) async -> Response {
        let ready = MetricFamily(
            MetricName("gatehouse_ready", .gauge), help: "Says.", series: [MetricSeries(.integer(1))])
        let source = AdminServer.Source(health: { parts }, metrics: { [ready] })
        return await AdminServer.answer(
            AdminQuestion(method: method, path: path, isVerbose: verbose, host: host, accept: accept), source,
            [Host("gatehouse")].compactMap { $0 })
    }

    private struct Kept: ResponseBodyWriter {
        let text = Mutexed("")

        mutating func write(_ buffer: ByteBuffer) async throws { text.change { $0 += String(buffer: buffer) } }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    private func text(_ response: Response) async throws -> String {
        let kept = Kept()
        try await response.body.write(kept)
        return kept.text.value
    }

    @Test("says what is in the way of readiness, and on request names every part")
    func parts() async throws {
        #expect(try await text(answer("/readyz")) == "ready\n")
        #expect(try await text(answer("/readyz", verbose: true)) == "store: ok\nlink: ok\ndatabase: ok\n")
        let ill: [HealthPart] = [
            .needed("store", as: "sessions.store", "no\r\nanswer"), .told("link", "1 of 2 are missing"),
            .needed("database", as: "database", "its table is gone", briefly: "not usable"),
        ]
        for verbose in [false, true] {
            #expect(await answer("/readyz", verbose: verbose, parts: ill).status == .serviceUnavailable)
        }
        #expect(
            try await text(answer("/readyz", parts: ill))
                == "not ready: sessions.store: no\r\nanswer\nnot ready: database: not usable\n")
        #expect(
            try await text(answer("/readyz", verbose: true, parts: ill))
                == "store: no answer\nlink: 1 of 2 are missing\ndatabase: its table is gone\n")
        // What is some people's trouble sends nobody elsewhere.
        let partly = await answer("/readyz", verbose: true, parts: [.told("link", "1 of 2 are missing")])
        #expect(partly.status == .ok)
        #expect(try await text(partly) == "link: 1 of 2 are missing\n")
    }

    @Test("writes metrics in the format that is asked for")
    func formats() async throws {
        let plain = await answer("/metrics")
        #expect(plain.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(try await text(plain).hasSuffix("\ngatehouse_ready 1\n"))
        let open = await answer("/metrics", accept: "application/openmetrics-text; version=1.0.0")
        #expect(open.headers[.contentType] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(try await text(open).hasSuffix("\ngatehouse_ready 1\n# EOF\n"))
    }

    @Test(
        "answers HEAD like GET, without the body",
        arguments: [("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/none", 404)])
    func head(path: String, status: Int) async throws {
        let (get, head) = (await answer(path), await answer(path, .head))
        #expect(get.status.code == status && head.status.code == status)
        #expect(get.headers == head.headers)
        #expect(get.body.contentLength == head.body.contentLength && head.body.contentLength ?? 0 > 0)
        #expect(
            await answer("/readyz", .head, parts: [.needed("store", as: "sessions.store", "x")]).status
                == .serviceUnavailable)
        #expect(await answer(path, .post).status == .methodNotAllowed)
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
            #expect(await answer(path, host: host).status.code == (isOwn ? 200 : 421), "\(host ?? "none")")
        }
    }
}
