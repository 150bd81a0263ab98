internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// Names that an application may read as an identity header, made from every octet that HTTP allows in a name.
    @Suite("Header names that fold to ours")
    struct HeaderTableTests {
        /// RFC 9110, section 5.6.2: what may stand in a name beside letters and digits.
        static let separators = Array("!#$%&'*+-.^_`|~").map(String.init)
        private static let forged = Forgery.value

        /// For each separator the names in lower, upper and mixed case, alone, doubled and named in `Connection`.
        private static let requests: [[(String, String)]] = separators.flatMap(requests(separator:))

        private static func requests(separator: String) -> [[(String, String)]] {
            typealias Lines = [(String, String)]
            let names: [String] = Forgery.spelled.map { $0.replacing("-", with: separator) }
            let lower: Lines = names.map { ($0.lowercased(), forged) }
            let upper: Lines = names.map { ($0.uppercased(), forged) }
            let mixed: Lines = names.map { ($0, forged) }
            let doubled: Lines = lower + mixed
            let named: Lines = [("Connection", "close, " + names.joined(separator: ", "))] + lower
            return [lower, upper, mixed, doubled, named] + mixed.map { [$0] }
        }

        @Test("never reach the application over HTTP/1.1", arguments: ProxyKind.here)
        func http1(kind: ProxyKind) async throws {
            let stack = try await Stack.start(kind.proxy)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            for lines in Self.requests {
                for (path, person) in [("/headers.json", cookie), ("/public/headers.json", nil)] {
                    let answer = try stack.page(path, cookie: person, headers: lines)
                    let named = lines.contains { $0.0 == "Connection" }
                    try Self.judge(answer, lines, truth: person == nil ? [:] : Forgery.truthOfAlice, mayMiss: named)
                }
            }
        }

        @Test("never reach the application over HTTP/2", arguments: ProxyKind.here)
        func http2(kind: ProxyKind) async throws {
            let stack = try await Stack.start(kind.proxy)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let trial = try Trial(kind.http2, in: stack) { files in kind.speakHTTP2(&files, stack) }
            defer { trial.stop() }
            try #require(trial.process != nil, "\(trial.log)")
            if case .traefik = kind { try await trial.settled(stack) {} }
            for separator in Self.separators {
                let names = Forgery.spelled.map { $0.replacing("-", with: separator).lowercased() }
                let lines = names.map { ($0, Self.forged) }
                for (path, person) in [("/headers.json", cookie), ("/public/headers.json", nil)] {
                    for lines in [lines, lines + lines] + lines.map({ [$0] }) {
                        let answer = try Self.curl(path, stack, person, lines)
                        guard let answer else { continue }
                        try Self.judge(
                            answer, lines, truth: person == nil ? [:] : Forgery.truthOfAlice, mayMiss: false)
                    }
                }
            }
        }

        @Test("never reach the application behind a body", arguments: ProxyKind.here)
        func trailers(kind: ProxyKind) async throws {
            let stack = try await Stack.start(kind.proxy, settings: Stack.Settings(site: .raw))
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            for name in Forgery.spelled + Forgery.spelled.map({ $0.lowercased() }) + [
                "Remote_User", "Cookie", "X-Other",
            ] {
                for announced in ["", "Trailer: \(name)\r\nTE: trailers\r\n"] {
                    let answer = try Exchange.raw(
                        """
                        POST /x HTTP/1.1\r\nHost: \(stack.host)\r\nCookie: \(cookie)\r\nTransfer-Encoding: chunked\r
                        \(announced)Connection: close\r\n\r\n4\r\nbody\r\n0\r\n\(name): \(Self.forged)\r\n\r\n
                        """, port: stack.ports.proxy)
                    #expect([200, 400].contains(answer.status), "\(name): \(answer.status)")
                    #expect(!answer.text.contains(Self.forged), "\(name): \(answer.text)")
                }
            }
            // Bodies without trailers pass as before.
            let answer = try Exchange.raw(
                """
                POST /x HTTP/1.1\r\nHost: \(stack.host)\r\nCookie: \(cookie)\r\nTransfer-Encoding: chunked\r
                Connection: close\r\n\r\n4\r\nbody\r\n0\r\n\r\n
                """, port: stack.ports.proxy)
            #expect(answer.status == 200)
            #expect(answer.text.contains("body"))
        }

        /// What arrived is the truth or nothing, under whatever spelling.
        private static func judge(
            _ answer: Answer, _ lines: [(String, String)], truth: [String: String], mayMiss: Bool
        ) throws {
            guard answer.status == 200 else {
                #expect([400, 403].contains(answer.status), "\(lines): \(answer.status)")
                return
            }
            let arrival = try Arrival(answer)
            let others = arrival.headers.filter { $0.name.lowercased() != "connection" }
            #expect(!others.contains { $0.value.contains(forged) }, "\(lines): \(others)")
            for name in Forgery.names {
                let seen = arrival.all(name).filter { !$0.isEmpty }
                let expected = truth[name].map { [$0] } ?? []
                #expect(seen == expected || (mayMiss && seen.isEmpty), "\(lines): \(name) is \(seen)")
            }
        }

        /// A page over HTTP/2 without TLS; `nil` if the proxy closed the connection over it.
        private static func curl(
            _ path: String, _ stack: Stack, _ cookie: String?, _ lines: [(String, String)]
        ) throws -> Answer? {
            var arguments = [
                "-sS", "--http2-prior-knowledge", "-w", "\n%{http_code} %{http_version}", "--max-time", "5",
            ]
            for (name, value) in lines + (cookie.map { [("cookie", $0)] } ?? []) {
                arguments += ["-H", "\(name): \(value)"]
            }
            let (status, output) = try Tools.run("curl", arguments + ["http://\(stack.host)\(path)"])
            guard status == 0, let end = output.lastIndex(of: "\n") else {
                #expect([16, 56, 92].contains(status), "curl ended with \(status): \(output)")
                return nil
            }
            let words = output[output.index(after: end)...].split(separator: " ")
            #expect(words.last == "2")
            return Answer(status: words.first.flatMap { Int($0) } ?? 0, headers: [], body: Array(output[..<end].utf8))
        }
    }
}

extension ProxyKind {
    /// The same proxy where it speaks HTTP/2 without TLS.
    var http2: any ShippedProxy {
        switch self {
        case .nginx: Nginx(server: "include gatehouse-server.conf;", listen: "http2")
        case .caddy: Caddy(options: "servers {\nprotocols h1 h2 h2c\n}")
        case .newerCaddy: Caddy(program: Caddy.newer ?? "caddy", options: "servers {\nprotocols h1 h2 h2c\n}")
        case .haproxy, .traefik, .envoy: proxy
        }
    }

    /// What HTTP/2 without TLS needs in the files, too.
    func speakHTTP2(_ files: inout [String: String], _ stack: Stack) {
        guard case .haproxy = self else { return }
        files["haproxy.cfg"] = files["haproxy.cfg"]?.replacing(
            "bind 127.0.0.1:\(stack.ports.proxy)", with: "bind 127.0.0.1:\(stack.ports.proxy) proto h2")
    }
}
