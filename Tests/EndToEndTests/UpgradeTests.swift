internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("A connection that becomes something else", .enabled(if: Hypercorn.program != nil))
    struct UpgradeTests {
        /// Ways to ask an application that speaks cleartext HTTP/2 for a tunnel (RFC 7540, section 3.2).
        static let requests: [[(String, String)]] = {
            let settings = ("HTTP2-Settings", "AAMAAABkAAQAAP__")
            let upgrades: [[(String, String)]] = [
                [("Upgrade", "h2c")], [("UPGRADE", "H2C")], [("Upgrade", "h2c, websocket")],
                [("Upgrade", "websocket, h2c")], [("Upgrade", "websocket,h2c")],
                [("Upgrade", "h2c"), ("Upgrade", "websocket")], [("Upgrade", "websocket"), ("Upgrade", "h2c")],
                [("Upgrade", "h2c"), ("Upgrade", "h2c")], [("Upgrade", " h2c ")], [("Upgrade", "h2c/1")],
                [("Upgrade", "TLS/1.0")],
            ]
            let connections = [
                "Upgrade, HTTP2-Settings", "upgrade,http2-settings", "HTTP2-Settings, keep-alive, Upgrade",
            ]
            return upgrades.flatMap { upgrade in
                connections.map { [("Connection", $0)] + upgrade + [settings] }
            }
        }()

        @Test(
            "is no tunnel past the check: neither for a stranger nor for someone who is signed in",
            arguments: ProxyKind.here)
        func tunnel(kind: ProxyKind) async throws {
            let stack = try await Stack.start(kind.proxy, settings: Self.settings)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            for lines in Self.requests {
                for (path, person) in [("/public/headers.json", nil), ("/headers.json", cookie)] {
                    let more = person.map { [("Cookie", $0)] } ?? []
                    let answer = try Tunnel(path, host: stack.host, port: stack.ports.proxy, lines: lines + more)
                    #expect(answer.status != 101, "\(lines): \(answer.headers)")
                    #expect([200, 400, 403].contains(answer.status), "\(lines): \(answer.headers)")
                }
                // What went on to the application asked for nothing.
                let seen = try stack.page("/public/headers.json", headers: lines.filter { $0.0 != "Connection" })
                guard seen.status == 200 else { continue }
                let arrival = try Arrival(seen)
                #expect(arrival.all("HTTP2-Settings").isEmpty, "\(lines)")
                #expect(arrival.all("Upgrade").allSatisfy { $0 == "websocket" }, "\(lines)")
            }
        }

        @Test("is a WebSocket where that is asked for, and signed in", arguments: ProxyKind.here)
        func webSocket(kind: ProxyKind) async throws {
            let stack = try await Stack.start(kind.proxy, settings: Self.settings)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            for name in ["websocket", "WebSocket"] {
                let lines = Tunnel.webSocket.map { $0.0 == "Upgrade" ? ("Upgrade", name) : $0 }
                let own = [("Origin", "http://\(stack.host)"), ("Cookie", cookie)]
                let tunnel = try Tunnel("/socket", host: stack.host, port: stack.ports.proxy, lines: lines + own)
                #expect(tunnel.status == 101, "\(tunnel.headers)\n\(stack.logs)")
                #expect(try tunnel.echo("through the gate") == "through the gate")
                #expect(try tunnel.echo("and again") == "and again")
            }
            let stranger = try Tunnel(
                "/socket", host: stack.host, port: stack.ports.proxy,
                lines: Tunnel.webSocket + [("Origin", "http://\(stack.host)")])
            #expect(stranger.status == 401)
        }

        private static let settings = Stack.Settings(site: .hypercorn)
    }
}
