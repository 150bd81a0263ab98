internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// Header lines behind a body over HTTP/2, and bodies that have none, however long.
    @Suite("Bodies through the proxies", .enabled(if: Hypercorn.program != nil))
    struct BodiesTests {
        @Test("over HTTP/2 carry no header behind them to the application", arguments: ProxyKind.here)
        func trailers(kind: ProxyKind) async throws {
            try await with(kind) { stack, cookie in
                for name in ["remote-user", "remote_user", "remote~groups", "cookie", "x-other"] {
                    let answer = try BodiesTests.post(stack, cookie, octets: 4, trailer: name)
                    #expect(["200", "400", "403", "502", "reset"].contains(answer.status), "\(name): \(answer.status)")
                    #expect(!answer.body.contains(Forgery.value), "\(name): \(answer.body)")
                }
            }
        }

        @Test("pass whole, however long they are", arguments: ProxyKind.here)
        func long(kind: ProxyKind) async throws {
            try await with(kind) { stack, cookie in
                for octets in [0, 1, 16_384, 900_000] {
                    let answer = try BodiesTests.post(stack, cookie, octets: octets, trailer: nil)
                    #expect(answer.status == "200", "\(octets)")
                    #expect(answer.body.filter { $0 == "x" }.count >= octets, "\(octets)")
                }
            }
        }

        private func with(_ kind: ProxyKind, _ body: (Stack, String) throws -> Void) async throws {
            let stack = try await Stack.start(kind.proxy, settings: Stack.Settings(site: .raw))
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let trial = try Trial(kind.http2, in: stack) { files in kind.speakHTTP2(&files, stack) }
            defer { trial.stop() }
            try #require(trial.process != nil, "\(trial.log)")
            if case .traefik = kind { try await trial.settled(stack) {} }
            try body(stack, cookie)
        }

        private static func post(
            _ stack: Stack, _ cookie: String, octets: Int, trailer: String?
        ) throws -> (status: String, body: String) {
            let libraries = (Hypercorn.program ?? "").split(separator: "/").dropLast().joined(separator: "/")
            let (status, output) = try Tools.run(
                "python3",
                ["\(Hypercorn.sites)/post_http2.py", "\(stack.ports.proxy)", stack.host, cookie, "\(octets)"]
                    + (trailer.map { [$0, Forgery.value] } ?? []),
                environment: ["PYTHONPATH": "/\(libraries)"])
            try #require(status == 0, "\(output)")
            let lines = output.split(separator: "\n", maxSplits: 1)
            return (lines.first.map(String.init) ?? "", lines.count > 1 ? String(lines[1]) : "")
        }
    }
}
