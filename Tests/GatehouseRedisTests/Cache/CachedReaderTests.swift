import GatehouseCore
import GatehouseTestSupport
import NIOPosix
import Testing

@testable import GatehouseRedis

@Suite("Records of a real Redis that are kept")
struct CachedReaderTests {
    /// What a busy machine may take longer than two seconds, since the test looks from outside.
    private static let slack = Duration.milliseconds(400)

    private func set(_ server: RedisServer, _ key: String, _ value: String) throws {
        #expect(try server.reply(to: ["SET", key, value]) == "+OK\r\n")
    }

    private func settings(_ relay: Relay) -> RedisSettings {
        RedisSettings(
            address: .tcp(host: "127.0.0.1", port: relay.port), connectDeadline: .seconds(20),
            commandDeadline: .seconds(20))
    }

    /// A reader that keeps `gh:s:1`.
    private func warm(
        _ settings: RedisSettings, _ server: RedisServer, grace: Duration = .zero, among readers: CachedReaders? = nil
    ) async throws -> ReaderOnLoop {
        try set(server, "gh:s:1", "alive")
        let reader = try await ReaderOnLoop(settings, grace: grace, among: readers)
        #expect(try await reader.tracks(), "\(reader.log.all)")
        #expect(try await reader.read("gh:s:1").first == "alive")
        #expect(try await eventually { try await reader.held("gh:s:1") == "alive" })
        return reader
    }

    @Test("are answered without asking until somebody changes or removes them")
    func coherent() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let reader = try await warm(server.settings(), server)
        try set(server, "gh:s:1", "changed")
        #expect(try await eventually { try await reader.held("gh:s:1") == nil })
        #expect(
            try await reader.read("gh:s:1", "gh:u:1")
                == Reading(.values(first: Array("changed".utf8), second: nil), index: 0))
        _ = try server.reply(to: ["UNLINK", "gh:s:1"])
        #expect(try await eventually { try await reader.held("gh:s:1") == nil })
        #expect(try await reader.read("gh:s:1").first == nil)
        #expect(try await reader.held("gh:s:1") == nil, "what is not there is asked for each time")
        try set(server, "gh:s:1", "back")
        #expect(try await reader.read("gh:s:1").first == "back")
        #expect(reader.counts.doubt == nil)
        try await reader.close()
    }

    @Test(
        "are refused by one instance when another one ended them: in milliseconds, and in any case within a second"
    )
    func revoked() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let b = try await warm(server.settings(), server)
        let a = RedisStore(
            settings: server.settings(), eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: LogLines().logger)
        var delays: [Duration] = []
        for _ in 0..<200 {
            _ = try await a.write(Array("alive".utf8), for: RecordKey("gh:s:1"), expiresIn: .seconds(60), when: .always)
            while try await b.held("gh:s:1") == nil { _ = try await b.read("gh:s:1") }
            try await a.remove([RecordKey("gh:s:1")])
            let start = ContinuousClock.now
            while try await b.held("gh:s:1") != nil {}
            delays.append(start.duration(to: .now))
        }
        delays.sort()
        print("revocation to refusal, of 200: p50 \(delays[100]), p99 \(delays[198]), max \(delays[199])")
        #expect(delays[199] < .seconds(1))
        await a.close()
        try await b.close()
    }

    @Test("of this process are gone before a write or a removal returns")
    func ownProcess() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let readers = CachedReaders()
        let reader = try await warm(server.settings(), server, among: readers)
        let store = RedisStore(
            settings: server.settings(), eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: LogLines().logger, readers: readers)
        for round in 0..<200 {
            let value = "\(round)"
            _ = try await store.write(
                Array(value.utf8), for: RecordKey("gh:s:1"), expiresIn: .seconds(60), when: .always)
            #expect(try await reader.read("gh:s:1").first == value)
            #expect(try await reader.read("gh:s:1").first == value)
            try await store.remove([RecordKey("gh:s:1")])
            #expect(try await reader.read("gh:s:1").first == nil)
        }
        await store.close()
        try await reader.close()
    }

    @Test("of this loop are gone before a write is even sent")
    func ownLoop() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let reader = try await warm(server.settings(), server)
        try await reader.with {
            $0.refresh(Array("renewed".utf8), for: RecordKey("gh:s:1"), expiresIn: .seconds(60))
        }
        #expect(try await reader.held("gh:s:1") == nil)
        #expect(try await reader.read("gh:s:1").first == "renewed")
        try await reader.close()
    }

    @Test("are asked for once by many who come at once")
    func coalesced() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let relay = try await Relay.start(to: server.port)
        let reader = try await warm(settings(relay), server)
        try set(server, "gh:s:2", "many")
        try await relay.hold(.data)
        _ = try server.reply(to: ["CONFIG", "RESETSTAT"])
        let readings = Task {
            try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<50 { group.addTask { try await reader.read("gh:s:2").first } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(try await eventually { try server.reply(to: ["INFO", "commandstats"]).contains("getrange") })
        try await relay.release(.data)
        #expect(try await readings.value == Array(repeating: "many", count: 50))
        #expect(try server.reply(to: ["INFO", "commandstats"]).contains("cmdstat_getrange:calls=1,"))
        try await reader.close()
        try await relay.stop()
    }

    @Test("are not made of an answer that was overtaken by the news that it is over")
    func race() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let relay = try await Relay.start(to: server.port)
        let reader = try await warm(settings(relay), server)
        try set(server, "gh:s:2", "alive")
        try await relay.hold(.data)
        _ = try server.reply(to: ["CONFIG", "RESETSTAT"])
        let reading = Task { try await reader.read("gh:s:2") }
        // Redis has read it by then, and its answer is on the way for as long as we like.
        #expect(try await eventually { try server.reply(to: ["INFO", "commandstats"]).contains("getrange") })
        _ = try server.reply(to: ["UNLINK", "gh:s:2"])
        // The connection that hears is not held: another change that it hears of says that it heard of this one, too.
        try set(server, "gh:s:1", "changed")
        #expect(try await eventually { try await reader.held("gh:s:1") == nil })
        try await relay.release(.data)
        #expect(try await reading.value.first == "alive", "it was the truth when it was asked")
        #expect(try await reader.held("gh:s:2") == nil)
        #expect(try await reader.read("gh:s:2").first == nil)
        try await reader.close()
        try await relay.stop()
    }

    @Test(
        "count for two seconds at the most where one of the connections says nothing any more",
        arguments: [true, false])
    func silent(isData: Bool) async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let relay = try await Relay.start(to: server.port)
        let reader = try await warm(settings(relay), server)
        try await relay.hold(isData ? .data : .pushes)
        if !isData { _ = try server.reply(to: ["UNLINK", "gh:s:1"]) }
        let start = ContinuousClock.now
        #expect(try await eventually(within: .seconds(30)) { try await reader.held("gh:s:1") == nil })
        let time = start.duration(to: .now)
        #expect(time < .seconds(2) + CachedReaderTests.slack, "\(time)")
        try await relay.release(isData ? .data : .pushes)
        // Whether the connection was given up meanwhile or not: what is answered is the truth.
        #expect(try await eventually { try await reader.read("gh:s:1").first == (isData ? "alive" : nil) })
        #expect(try await reader.tracks())
        try await reader.close()
        try await relay.stop()
    }

    @Test(
        "count no longer once a connection is cut, or killed by Redis, and are kept again by themselves",
        arguments: [true, false])
    func cut(isData: Bool) async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let relay = try await Relay.start(to: server.port)
        let reader = try await warm(settings(relay), server)
        let flushes = try await reader.with { $0.cache.flushes }
        try await relay.cut(isData ? .data : .pushes)
        #expect(try await eventually { try await reader.with { $0.cache.flushes } > flushes })
        #expect(try await reader.tracks())
        #expect(try await reader.read("gh:s:1").first == "alive")
        #expect(try await eventually { try await reader.held("gh:s:1") == "alive" })
        let kill =
            isData ? ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"] : ["CLIENT", "KILL", "TYPE", "pubsub"]
        #expect(try server.reply(to: kill) == ":1\r\n")
        #expect(try await eventually { try await reader.held("gh:s:1") == nil })
        _ = try server.reply(to: ["UNLINK", "gh:s:1"])
        #expect(
            try await eventually {
                let reading = try await reader.read("gh:s:1"); return reading.isAvailable && reading.first == nil
            })
        #expect(try await reader.tracks())
        try await reader.close()
        try await relay.stop()
    }

    @Test("are gone when the database is emptied", arguments: [["FLUSHALL"], ["FLUSHDB"]])
    func emptied(command: [String]) async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let reader = try await warm(server.settings(), server)
        _ = try server.reply(to: command)
        #expect(try await eventually { try await reader.held("gh:s:1") == nil })
        #expect(try await reader.read("gh:s:1").first == nil)
        try await reader.close()
    }

    @Test(
        "help out while Redis is away, as long as grace says; nobody new gets in; what it says when it is back counts")
    func grace() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        // The last one that is made keeps what there is: making one writes the record.
        let strict = try await warm(server.settings(), server)
        let reader = try await warm(server.settings(), server, grace: .seconds(600))
        server.kill()
        #expect(try await eventually { try await !reader.with { $0.isTracking } })
        #expect(try await reader.read("gh:s:1").first == "alive")
        #expect(try await reader.held("gh:s:1") == nil)
        // What cannot be written now is no reason to forget what is known.
        try await reader.with { $0.refresh([1], for: RecordKey("gh:s:1"), expiresIn: .seconds(9)) }
        #expect(try await reader.read("gh:s:1").first == "alive")
        #expect(try await !reader.read("gh:s:2").isAvailable)
        #expect(try await eventually { try await !strict.read("gh:s:1").isAvailable })
        try await server.restart()
        #expect(try await reader.tracks())
        #expect(try await reader.read("gh:s:1") == Reading(.values(first: nil, second: nil), index: 0))
        for reader in [reader, strict] { try await reader.close() }
    }

    @Test(
        "are kept with exactly the documented rights, and not without one of those; then Redis is asked each time, and a line says why",
        arguments: ["", "+client|id", "+client|tracking", "+subscribe", "&__redis__:invalidate"])
    func rights(missing: String) async throws {
        let rules = RedisServer.documentedRules.split(separator: " ").filter { $0 != missing }.joined(separator: " ")
        let server = try await RedisServer.start(users: [
            "user gatehouse on >secret \(rules)", "user default on nopass ~* &* +@all",
        ])
        defer { server.kill() }
        let reader = try await ReaderOnLoop(server.settings(username: "gatehouse", password: "secret"))
        if missing.isEmpty {
            #expect(try await reader.tracks(), "\(reader.log.all)")
        } else {
            #expect(await eventually { reader.log.count(containing: "NOPERM") == 1 }, "\(reader.log.all)")
            #expect(try await !reader.with { $0.isTracking })
        }
        try set(server, "gh:s:1", "one")
        #expect(try await reader.read("gh:s:1").first == "one")
        try set(server, "gh:s:1", "two")
        #expect(try await eventually { try await reader.read("gh:s:1").first == "two" })
        #expect((reader.counts.doubt == nil) == missing.isEmpty)
        try await reader.close()
    }

    @Test("are not kept where that is switched off: no second connection, no question about it")
    func off() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let reader = try await ReaderOnLoop(server.settings(), octets: 0)
        try set(server, "gh:s:1", "one")
        #expect(try await eventually { try await reader.read("gh:s:1").first == "one" })
        try set(server, "gh:s:1", "two")
        #expect(try await reader.read("gh:s:1").first == "two")
        #expect(try server.reply(to: ["INFO", "commandstats"]).contains("subscribe") == false)
        #expect(try await reader.with { $0.cache.count } == 0)
        try await reader.close()
    }
}
