import GatehouseCore
import GatehouseTestSupport
import NIOCore
import NIOPosix
import Testing

@testable import GatehouseRedis

/// The ways to reach Redis that every promise is tried on.
enum Way: CaseIterable, CustomTestStringConvertible {
    case tcp, unixSocket, password, documentedUser

    var testDescription: String { "\(self)" }

    func start() async throws -> (RedisServer, RedisSettings) {
        switch self {
        case .tcp:
            let server = try await RedisServer.start()
            var settings = server.settings(database: 3)
            settings.place = .server(.tcp(host: "localhost", port: server.port))
            return (server, settings)
        case .unixSocket:
            let server = try await RedisServer.start()
            var settings = server.settings()
            settings.place = .server(.unix(path: server.socketPath))
            return (server, settings)
        case .password:
            let server = try await RedisServer.start(password: "opensesame")
            return (server, server.settings(password: "opensesame"))
        case .documentedUser:
            let line = "user gatehouse on >opensesame \(RedisServer.documentedRules)"
            let server = try await RedisServer.start(users: [line])
            return (server, server.settings(username: "gatehouse", password: "opensesame"))
        }
    }
}

@Suite("The Redis store")
struct RedisStoreTests {
    @Test("keeps every promise of the port, however it is reached", arguments: Way.allCases)
    func conforms(way: Way) async throws {
        let (server, settings) = try await way.start()
        defer { server.kill() }
        let store = RedisStore(settings: settings, eventLoop: loop, logger: LogLines().logger)
        #expect(await eventually { (try? await store.ping()) != nil })
        for check in RecordStoreCheck.allCases {
            try await check.run(on: store, elapse: { try await Task.sleep(for: $0) })
        }
        await store.close()
    }

    @Test("answers a call that is made before the connection stands")
    func firstCall() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let store = RedisStore(settings: server.settings(), eventLoop: loop, logger: LogLines().logger)
        #expect(try await store.value(for: RecordKey("gh:none")) == nil)
        await store.close()
    }

    @Test("counts its round trips, and says whether the connection is there")
    func counts() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let counts = LinkCounts()
        let store = RedisStore(
            settings: server.settings(), eventLoop: loop, logger: LogLines().logger, counts: counts)
        for _ in 0..<3 { try await store.ping() }
        #expect(counts.isUp && counts.reason == nil)
        server.kill()
        await #expect(throws: StoreError.self) { try await store.ping() }
        #expect(await eventually { !counts.isUp && counts.reason != nil })
        await store.close()
        func values(_ metrics: [Metric<LinkCounts>], _ name: String) -> [MetricValue] {
            metrics.first { $0.name.text == name }?.family(of: [counts]).series.map(\.value) ?? []
        }
        #expect(values(LinkCounts.exported, "gatehouse_store_links") == [.integer(0), .integer(1)])
        #expect(values(LinkCounts.exported, "gatehouse_store_connects_total") == [.integer(1)])
        #expect(values(LinkCounts.exported, "gatehouse_store_losses_total") == [.integer(1)])
        #expect(values(LinkCounts.exportedOfPages, "gatehouse_portal_store_failures_total") == [.integer(1)])
        let times = values(LinkCounts.exportedOfPages, "gatehouse_portal_store_duration_seconds")
        guard case .histogram(let reading)? = times.first else {
            Issue.record("no times: \(times)")
            return
        }
        #expect(reading.count == 4)
    }

    @Test("is unavailable after it was closed")
    func closed() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let store = RedisStore(settings: server.settings(), eventLoop: loop, logger: LogLines().logger)
        try await store.ping()
        await store.close()
        await #expect(throws: StoreError.self) { try await store.ping() }
    }

    @Test("loads a script again that Redis forgot")
    func forgottenScripts() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let store = RedisStore(settings: server.settings(), eventLoop: loop, logger: LogLines().logger)
        for _ in 0..<2 {
            #expect(try server.reply(to: ["SCRIPT", "FLUSH"]) == "+OK\r\n")
            try await store.addMember([7], to: RecordKey("gh:set"), expiresIn: .seconds(60))
            #expect(try await store.members(of: RecordKey("gh:set")) == [[7]])
        }
        await store.close()
    }

    @Test("knows its scripts by the names that Redis gives them", arguments: RedisScript.all.indices)
    func scriptDigests(index: Int) async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let script = RedisScript.all[index]
        let reply = try server.reply(to: ["SCRIPT", "LOAD", script.source.description])
        #expect(reply == "$40\r\n\(script.digest)\r\n")
    }

    @Test("refuses a value that could not be read back")
    func tooLarge() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let store = RedisStore(settings: server.settings(), eventLoop: loop, logger: LogLines().logger)
        let large = [UInt8](repeating: 1, count: RecordLimits.valueBytes + 1)
        await #expect(throws: StoreError.self) {
            try await store.write(large, for: RecordKey("gh:a"), expiresIn: .seconds(9), when: .always)
        }
        let largest = Array(large.dropLast())
        #expect(try await store.write(largest, for: RecordKey("gh:a"), expiresIn: .seconds(9), when: .always))
        #expect(try await store.value(for: RecordKey("gh:a")) == largest)
        await store.close()
    }

    @Test(
        "takes a value that is no record for a broken one, which the next write replaces", arguments: ["list", "long"])
    func unfit(kind: String) async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let store = RedisStore(settings: server.settings(), eventLoop: loop, logger: LogLines().logger)
        func spoil(_ key: String) throws {
            _ = try server.reply(to: ["DEL", key])
            _ = try server.reply(
                to: kind == "list" ? ["RPUSH", key, "x"] : ["SETRANGE", key, "\(RecordLimits.valueBytes)", "x"])
        }
        for condition in [WriteCondition.always, .ifPresent, .ifEqual([])] {
            try spoil("gh:a")
            #expect(try await store.value(for: RecordKey("gh:a")) == [])
            #expect(
                try await !store.write([1], for: RecordKey("gh:a"), expiresIn: .seconds(9), when: .ifEqual([120])))
            #expect(try await !store.write([1], for: RecordKey("gh:a"), expiresIn: .seconds(9), when: .ifMissing))
            #expect(try await store.write([1], for: RecordKey("gh:a"), expiresIn: .seconds(9), when: condition))
            #expect(try await store.value(for: RecordKey("gh:a")) == [1])
        }
        try spoil("gh:set")
        #expect(try await store.members(of: RecordKey("gh:set")) == [])
        try await store.removeMember([1], from: RecordKey("gh:set"))
        try await store.addMember([1], to: RecordKey("gh:set"), expiresIn: .seconds(9))
        #expect(try await store.members(of: RecordKey("gh:set")) == [[1]])
        try spoil("gh:a")
        try await store.remove([RecordKey("gh:a")])
        #expect(try await store.value(for: RecordKey("gh:a")) == nil)
        await store.close()
    }

    @Test(
        "takes expiries of any length", arguments: [Duration.seconds(Int64.max), .zero, .nanoseconds(1), .seconds(-5)])
    func expiries(expiry: Duration) async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let store = RedisStore(settings: server.settings(), eventLoop: loop, logger: LogLines().logger)
        #expect(try await store.write([1], for: RecordKey("gh:a"), expiresIn: expiry, when: .always))
        try await store.addMember([1], to: RecordKey("gh:set"), expiresIn: expiry)
        #expect(try !server.reply(to: ["PTTL", "gh:set"]).hasPrefix(":-1"))
        await store.close()
    }

    @Test("refuses writes and still reads when Redis is full")
    func full() async throws {
        let server = try await RedisServer.start(arguments: ["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"])
        defer { server.kill() }
        let store = RedisStore(settings: server.settings(), eventLoop: loop, logger: LogLines().logger)
        let block = [UInt8](repeating: 1, count: 60_000)
        #expect(try await store.write([1], for: RecordKey("gh:a"), expiresIn: .seconds(60), when: .always))
        var refusal: StoreError?
        for index in 0..<200 where refusal == nil {
            do {
                _ = try await store.write(block, for: RecordKey("gh:\(index)"), expiresIn: .seconds(60), when: .always)
            } catch {
                refusal = error
            }
        }
        #expect(refusal == .unavailable(reason: "Redis refused a command: OOM"))
        #expect(try await store.value(for: RecordKey("gh:a")) == [1])
        try await store.ping()
        await store.close()
    }

    private var loop: any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }
}
