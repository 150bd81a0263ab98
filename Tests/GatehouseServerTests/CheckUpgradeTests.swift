import GatehouseTestSupport
import Testing

@testable import GatehouseServer

/// What goes through the check listener and is no ordinary page.
@Suite("Upgrades and preflights", .serialized)
struct CheckUpgradeTests {
    @Test("answers upgrades as ordinary requests, and refuses WebSockets of foreign pages")
    func upgrades() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            let client = try server.connect()
            for (origin, status) in [
                ("https://app.example.com", 200), ("https://evil.example", 403), ("http://app.example.com", 403),
                ("null", 403),
                ("https://app.example.com.evil.example", 403),
            ] {
                try client.send(
                    Wire.forward(
                        "/x", cookie: cookie, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x",
                        "Origin: \(origin)"))
                let response = try client.response()
                #expect(response.status == status)
                #expect(!response.closes)
            }
            try client.send(Wire.forward("/x", "Connection: Upgrade", "Upgrade: websocket", "Accept: text/html"))
            try #expect(client.response().status == 401)
        }
    }

    @Test("lets a preflight through only where the application says so, and never with an identity")
    func preflight() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            func ask(_ host: String, _ lines: String) throws -> CheckResponse {
                try server.ask(Wire.forward("/x", host: host, method: "OPTIONS", cookie: cookie, lines))
            }
            let preflight = "Origin: https://x.example\r\nAccess-Control-Request-Method: PUT"
            let passed = try ask("api.example.com", preflight)
            #expect(passed.status == 200 && passed.values("Remote-User") == [""])
            let stranger = try server.ask(
                Wire.forward("/x", host: "api.example.com", method: "OPTIONS", "Origin: https://x.example"))
            #expect(stranger.status == 401)
            try #expect(server.ask(Wire.forward("/x", method: "OPTIONS", preflight)).status == 401)
        }
    }
}
