import Foundation
import GatehouseAssembly
import GatehouseCore
import GatehouseOIDC
import GatehouseOutbound
import GatehouseTestSupport
import Testing

@Suite("Requests to a provider over a real network", .serialized)
struct OutboundTransportTests {
    private func answer(
        _ server: SmallServer, _ path: String, body: ProviderRequest.Body = .none,
        headers: [(name: String, value: String)] = [], caFile: String? = nil, timeout: Duration = .seconds(20),
        limit: Int = 256 << 10, proxy: HTTPProxy? = nil
    ) async throws -> ProviderResponse {
        try await OutboundTransport(proxy: proxy).answer(
            to: ProviderRequest(
                url: server.base + path, body: body, headers: headers, caFile: caFile, timeout: timeout, limit: limit))
    }

    private func failure(_ body: () async throws -> ProviderResponse) async -> ProviderTransportError? {
        await #expect(throws: ProviderTransportError.self) { try await body() }
    }

    @Test("are GETs with headers, and answers have theirs, whole") func get() async throws {
        let server = try await SmallServer()
        let answer = try await answer(server, "/echo?a=b", headers: [("Authorization", "Bearer x"), ("Accept", "a/b")])
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.status == 200)
        #expect(
            text.hasPrefix("GET /echo?a=b ") && text.contains("authorization: Bearer x") && text.contains("accept: a/b")
        )
        #expect(!text.contains("content-length:") && !text.contains("expect:"))
        #expect(answer.contentType == "application/json; profile=\"\(String(repeating: "p", count: 200))\"")
        #expect(answer.headers["cache-control"] == "max-age=60, public")
        #expect(answer.headers["link"] == "<https://a/>; rel=\"next\"" && answer.headers["retry-after"] == "7")
        #expect(answer.headers["www-authenticate"] == "Bearer error=\"x\"")
        #expect(answer.headers["x-interim"] == nil, "of an interim answer")
    }

    @Test("are posted as forms") func form() async throws {
        let server = try await SmallServer()
        let answer = try await answer(server, "/echo", body: .form(Array("a=b+c&d=%26".utf8)))
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(text.hasPrefix("POST /echo "))
        #expect(text.contains("content-type: application/x-www-form-urlencoded") && text.hasSuffix("\n\na=b+c&d=%26"))
    }

    @Test("follow no redirect") func redirect() async throws {
        let server = try await SmallServer()
        for body in [ProviderRequest.Body.none, .form(Array("code=x".utf8))] {
            #expect(try await answer(server, "/redirect", body: body).status == 307)
        }
        #expect(!server.log.contains("/echo"))
    }

    @Test("bring no more than they may") func size() async throws {
        let server = try await SmallServer()
        let error = await failure { try await answer(server, "/large") }
        #expect(error?.reason.contains("longer than 262144 octets") == true && error?.wasSent == true)
        #expect(try await answer(server, "/large", limit: 20 << 20).body.count == 10 << 20)
    }

    @Test("end in time, whatever the server does, and hold nobody else") func slow() async throws {
        let server = try await SmallServer()
        let error = await failure { try await answer(server, "/slow", timeout: .milliseconds(300)) }
        #expect(error != nil)
        let transport = OutboundTransport(proxy: nil)
        let request = ProviderRequest(
            url: server.base + "/slow", caFile: nil, timeout: .milliseconds(300), limit: 1_024)
        // Two threads: the third waits within its own time, and is never sent.
        let errors = await withTaskGroup(of: ProviderTransportError?.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do throws(ProviderTransportError) {
                        _ = try await transport.answer(to: request)
                        return nil
                    } catch { return error }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.allSatisfy { $0 != nil } && errors.contains { $0?.wasSent == false })
        // What was never sent for want of a thread says nothing of the server.
        #expect(errors.contains { $0?.isOwn == true } && !errors.contains { $0?.isOwn == true && $0?.wasSent == true })
        #expect(try await answer(server, "/echo").status == 200)
    }

    @Test("go to nobody who does not prove the name") func certificates() async throws {
        let certificates = try TestCertificates(isForMachine: false)
        let server = try await SmallServer(certificates)
        let untrusted = await failure { try await answer(server, "/echo") }
        #expect(untrusted?.wasSent == false && untrusted?.reason.contains("certificate") == true)
        #expect(try await answer(server, "/echo", caFile: certificates.authority).status == 200)
        let other = try TestCertificates(isForMachine: false)
        #expect(await failure { try await answer(server, "/echo", caFile: other.authority) }?.wasSent == false)
        let misnamed = try TestCertificates(for: "other.example", isForMachine: false)
        let wrong = try await SmallServer(misnamed)
        #expect(await failure { try await answer(wrong, "/echo", caFile: misnamed.authority) }?.wasSent == false)
        #expect(!wrong.log.contains("/echo"))
    }

    @Test("go through a proxy only if one is named, and not where it is left out") func proxy() async throws {
        let server = try await SmallServer()
        let proxy = try await SmallServer()
        let url = "http://provider.example/echo"
        let request = ProviderRequest(url: url, caFile: nil, timeout: .seconds(20), limit: 65_536)
        let answer = try await OutboundTransport(proxy: HTTPProxy(url: proxy.base)).answer(to: request)
        #expect(String(decoding: answer.body, as: UTF8.self).hasPrefix("GET \(url) "))
        let direct = try await self.answer(
            server, "/echo?direct", proxy: HTTPProxy(url: proxy.base, exceptions: ["127.0.0.1", "localhost"]))
        #expect(direct.status == 200 && !proxy.log.contains("direct"))
        // Whatever the environment says.
        unsafe setenv("http_proxy", proxy.base, 1)
        unsafe setenv("all_proxy", proxy.base, 1)
        defer {
            unsafe unsetenv("http_proxy")
            unsafe unsetenv("all_proxy")
        }
        #expect(try await self.answer(server, "/echo?environment").status == 200)
        #expect(!proxy.log.contains("environment"))
    }

    @Test("say that nobody is there") func nobody() async throws {
        let port = try FreePort.any()
        let error = await failure {
            try await OutboundTransport(proxy: nil).answer(
                to: ProviderRequest(
                    url: "http://127.0.0.1:\(port)/", caFile: nil, timeout: .seconds(20), limit: 1_024))
        }
        #expect(error?.wasSent == false)
    }

    @Test("carry no header that would be two") func headers() async throws {
        let server = try await SmallServer()
        #expect(await failure { try await answer(server, "/echo", headers: [("A", "b\r\nC: d")]) }?.wasSent == false)
    }
}
