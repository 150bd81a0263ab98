import GatehouseCore
@testable import GatehouseServer
import GatehouseListener
import GatehouseTestSupport
import Testing

@Suite("A check listener that stops", .serialized)
struct CheckStopTests {
    private static let url = "https://app.example.com/x"

    @Test("answers on, but each answer is the last one of its connection")
    func notice() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture) { server in
            let text = Wire.request(CheckStopTests.url, cookie: cookie)
            let kept = try server.connect()
            try kept.send(text)
            try #expect(!kept.response().closes)
            server.stop.give()
            for client in [kept, try server.connect(), try server.connectUnix()] {
                try client.send(text)
                let response = try client.response()
                #expect(response.status == 200 && response.closes)
                #expect(response.identityLines.contains("Remote-User: alice"))
                try #expect(client.isClosed())
            }
        }
    }

    @Test("ends what is idle at once, and what is under way with its answer")
    func underWay() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        try await CheckServer.run(fixture, stop: StopNotice(drain: .seconds(60))) { server in
            let text = Wire.request(CheckStopTests.url, cookie: cookie)
            var clients = [try server.connect(seconds: 30), try server.connect(seconds: 30)]
            for client in clients {
                try client.send(Wire.request(CheckStopTests.url))
                try #expect(client.response().status == 401)
            }
            fixture.records.change { $0.isHeld = true }
            let before = fixture.records.reads
            try clients[1].send(text)
            #expect(await eventually { fixture.records.reads > before })
            server.stop.give()
            let ending = Task { await server.end() }
            try #expect(clients[0].isClosed())
            fixture.records.change { $0.isHeld = false }
            let response = try clients[1].response()
            #expect(response.status == 200 && response.closes)
            try #expect(clients[1].isClosed())
            // Who is at the other end closes, too.
            clients = []
            await ending.value
            #expect(throws: LocalSocket.Failure.self) { try server.connect() }
        }
    }

    @Test("waits no longer than it may", .timeLimit(.minutes(1)))
    func limit() async throws {
        let fixture = try CheckFixture()
        let cookie = try await fixture.signIn()
        fixture.records.change { $0.delay = .seconds(3_600) }
        try await CheckServer.run(fixture, stop: StopNotice(drain: .milliseconds(50))) { server in
            let busy = try server.connect()
            try busy.send(Wire.request(CheckStopTests.url, cookie: cookie))
            #expect(await eventually { fixture.records.reads > 0 })
            server.stop.give()
            await server.end()
            try #expect(busy.isClosed())
        }
    }
}
