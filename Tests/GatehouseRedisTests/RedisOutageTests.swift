import GatehouseCore
import GatehouseTestSupport
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import GatehouseRedis

@Suite("When Redis fails")
struct RedisOutageTests {
    @Test("a killed server makes reads unavailable at once, and the link recovers by itself")
    func killed() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings(commandDeadline: .milliseconds(250)))
        #expect(try await link.read("gh:a").isAvailable)
        server.kill()
        let (reading, duration) = try await link.timedRead("gh:a")
        #expect(!reading.isAvailable)
        #expect(duration < .seconds(2))
        #expect(try await eventually { try await !link.isConnected })
        try await server.restart()
        #expect(try await eventually { try await link.read("gh:a").isAvailable })
        try await link.close()
    }

    @Test("whoever asks between two attempts to connect is told what the last one came to")
    func pausing() async throws {
        let server = try await RedisServer.start()
        let settings = server.settings()
        server.kill()
        let store = RedisStore(
            settings: settings, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: Logger(label: "test"))
        for _ in 0..<30 {
            do {
                try await store.ping()
                Issue.record("nobody listens there")
            } catch {
                #expect("\(error)" == "Redis: cannot connect: Connection refused")
            }
        }
        await store.close()
    }

    @Test("whoever waits at a server that is killed hears of it at once")
    func killedWhileWaiting() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings())
        #expect(try await link.read("gh:a").isAvailable)
        server.freeze()
        async let readings = link.readMany((0..<100).map { ("gh:\($0)", "gh:b") })
        try await link.withLink { _ in }
        let start = ContinuousClock.now
        server.kill()
        #expect(try await readings.allSatisfy { !$0.isAvailable })
        #expect(start.duration(to: .now) < .seconds(2))
        try await link.close()
    }

    @Test("a server restarted empty has no values any more")
    func restartedEmpty() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        _ = try server.reply(to: ["SET", "gh:a", "A"])
        let link = try await LinkOnLoop(server.settings(commandDeadline: .milliseconds(250)))
        #expect(try await link.read("gh:a").first == "A")
        try await server.restartEmpty()
        #expect(try await eventually { try await link.read("gh:a").isAvailable })
        let reading = try await link.read("gh:a", "gh:b")
        #expect(reading.isAvailable && reading.first == nil && reading.second == nil)
        try await link.close()
    }

    @Test("a frozen server delays no read by more than a moment, and the link recovers by itself")
    func frozen() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        _ = try server.reply(to: ["SET", "gh:a", "A"])
        let link = try await LinkOnLoop(server.settings(commandDeadline: .milliseconds(250)))
        #expect(try await link.read("gh:a").isAvailable)
        server.freeze()
        for _ in 0..<20 {
            let (reading, duration) = try await link.timedRead("gh:a", "gh:b")
            #expect(!reading.isAvailable)
            #expect(duration < .seconds(2))
        }
        server.thaw()
        #expect(try await eventually { try await link.read("gh:a").first == "A" })
        try await link.close()
    }

    @Test("a frozen server delays no call of the store by more than a moment")
    func frozenStore() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let store = RedisStore(
            settings: server.settings(commandDeadline: .milliseconds(250)), eventLoop: loop, logger: LogLines().logger)
        try await store.ping()
        server.freeze()
        let duration = await ContinuousClock().measure {
            await #expect(throws: StoreError.self) {
                try await store.write([1], for: RecordKey("gh:a"), expiresIn: .seconds(1), when: .ifEqual([2]))
            }
            await #expect(throws: StoreError.self) { try await store.members(of: RecordKey("gh:a")) }
        }
        #expect(duration < .seconds(2))
        server.thaw()
        #expect(await eventually { (try? await store.ping()) != nil })
        await store.close()
    }

    @Test("after five failures in a row nobody waits for an attempt")
    func breaker() async throws {
        let server = try await ScriptedServer.start { _ in nil }
        var settings = server.settings
        settings.commandDeadline = .milliseconds(400)
        let link = try await LinkOnLoop(settings)
        #expect(await eventually(within: .seconds(60)) { server.connections >= 7 })
        for _ in 0..<50 {
            let (_, duration) = try await link.timedRead("gh:a")
            #expect(duration < .milliseconds(300))
            try await Task.sleep(for: .milliseconds(5))
        }
        try await link.close()
        try await server.stop()
    }

    @Test("nobody listening is found out at once", arguments: [true, false])
    func nobody(isUnix: Bool) async throws {
        let folder = try TemporaryFolder()
        let address =
            isUnix ? ServerAddress.unix(path: folder.file("none")) : .tcp(host: "127.0.0.1", port: try FreePort.any())
        let link = try await LinkOnLoop(RedisSettings(address: address))
        let (reading, duration) = try await link.timedRead("gh:a")
        #expect(!reading.isAvailable)
        #expect(duration < .seconds(1))
        #expect(await eventually { link.log.count(containing: "cannot connect") == 1 })
        try await link.close()
    }

    @Test("attempts follow one another ever more slowly, up to a second")
    func backoff() {
        var backoff = Backoff()
        var random = SystemRandomNumberGenerator()
        for longest: Int64 in [50, 100, 200, 400, 800, 1_000, 1_000] {
            let delay = backoff.delay(using: &random)
            #expect(delay <= .milliseconds(longest) && delay >= .milliseconds(longest * 3 / 4))
        }
        #expect(!backoff.isPatient)
        backoff.reset()
        #expect(backoff.isPatient && backoff.delay(using: &random) <= .milliseconds(50))
    }
}
