import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseRedis

@Suite("A link to Redis")
struct RedisLinkTests {
    @Test("reads one or two records in one round trip")
    func reads() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        _ = try server.reply(to: ["SET", "gh:a", "A"])
        _ = try server.reply(to: ["SET", "gh:b", "B"])
        let link = try await LinkOnLoop(server.settings())
        var reading = try await link.read("gh:a", "gh:b")
        #expect(reading.first == "A" && reading.second == "B")
        reading = try await link.read("gh:none", "gh:b")
        #expect(reading.isAvailable && reading.first == nil && reading.second == "B")
        reading = try await link.read("gh:a")
        #expect(reading.first == "A" && reading.second == nil)
        try await link.close()
    }

    @Test("keeps 10,000 concurrent reads in order")
    func order() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        for index in 0..<100 { _ = try server.reply(to: ["SET", "gh:\(index)", "value \(index)"]) }
        let link = try await LinkOnLoop(server.settings())
        #expect(try await link.connected())
        let readings = try await link.readMany((0..<10_000).map { ("gh:\($0 % 100)", nil) })
        #expect(readings.map(\.index) == Array(0..<10_000))
        #expect(readings.allSatisfy { $0.first == "value \($0.index % 100)" })
        let pairs = try await link.readMany((0..<5_000).map { ("gh:\($0 % 100)", "gh:\($0 % 7)") })
        #expect(
            pairs.allSatisfy { $0.first == "value \($0.index % 100)" && $0.second == "value \($0.index % 7)" })
        try await link.close()
    }

    @Test("sends the commands of one tick in one write")
    func oneWrite() async throws {
        let server = try await ScriptedServer.start { _ in [] }
        let link = try await LinkOnLoop(server.settings)
        #expect(try await link.connected())
        let before = server.pieces
        _ = try await link.readMany((0..<20).map { ("gh:\($0)", "gh:x") })
        #expect(server.pieces == before + 1)
        try await link.close()
        try await server.stop()
    }

    @Test("refuses more commands than it can hold, at once")
    func tooMany() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings())
        #expect(try await link.connected())
        let readings = try await link.readMany((0..<20_000).map { ("gh:\($0)", nil) })
        #expect(readings.count { $0.isAvailable } == CommandQueue.maxWaiting)
        #expect(readings.prefix(3_616).allSatisfy { !$0.isAvailable })
        #expect(try await link.read("gh:a").isAvailable)
        try await link.close()
    }

    @Test("refreshes a record that is still there, and never one that is gone")
    func refreshes() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        _ = try server.reply(to: ["SET", "gh:a", "old"])
        let link = try await LinkOnLoop(server.settings())
        #expect(try await link.connected())
        try await link.withLink { link in
            link.refresh(Array("new".utf8), for: RecordKey("gh:a"), expiresIn: .seconds(90))
            link.refresh(Array("new".utf8), for: RecordKey("gh:gone"), expiresIn: .milliseconds(1_234_567))
        }
        let reading = try await link.read("gh:a", "gh:gone")
        #expect(reading.first == "new" && reading.second == nil)
        #expect(try server.reply(to: ["TTL", "gh:a"]) == ":90\r\n")
        try await link.close()
    }

    @Test("writes a record that was not there, with its expiry")
    func writes() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings())
        #expect(try await link.connected())
        try await link.withLink { link in
            link.write(Array("new".utf8), for: RecordKey("gh:a"), expiresIn: .seconds(90))
        }
        #expect(try await link.read("gh:a").first == "new")
        #expect(try server.reply(to: ["TTL", "gh:a"]) == ":90\r\n")
        try await link.close()
    }

    @Test("reads a value that is no record as one without octets, at nobody else's cost")
    func unfit() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        _ = try server.reply(to: ["SET", "gh:a", "A"])
        let odd = ["gh:list", "gh:set", "gh:long", "gh:huge"]
        _ = try server.reply(to: ["RPUSH", "gh:list", "x"])
        _ = try server.reply(to: ["SADD", "gh:set", "x"])
        _ = try server.reply(to: ["SETRANGE", "gh:long", "\(RecordLimits.valueBytes)", "x"])
        #expect(try server.reply(to: ["SETRANGE", "gh:huge", "100000000", "x"]) == ":100000001\r\n")
        let longest = String(repeating: "x", count: RecordLimits.valueBytes)
        _ = try server.reply(to: ["SET", "gh:longest", longest])
        let link = try await LinkOnLoop(server.settings())
        #expect(try await link.connected())
        let pairs: [(String, String?)] = odd.flatMap { key in
            [("gh:a", nil), (key, nil), (key, "gh:a"), ("gh:a", key), (key, key), ("gh:longest", "gh:none")]
        }
        for reading in try await link.readMany(pairs + pairs) {
            let (first, second) = (pairs + pairs)[reading.index]
            func value(_ key: String?) -> String? {
                key.flatMap { ["gh:a": "A", "gh:longest": longest, "gh:none": nil][$0] ?? "" }
            }
            #expect(reading.isAvailable && reading.first == value(first) && reading.second == value(second))
        }
        #expect(link.log.count(containing: "lost Redis") == 0)
        #expect(link.log.count(containing: "refuses") == 0)
        try await link.close()
    }

    @Test("says once why Redis refuses a read")
    func refusedReads() async throws {
        let rules = "user gatehouse on >secret ~gh:* -@all +ping +get"
        let server = try await RedisServer.start(users: [rules])
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings(username: "gatehouse", password: "secret"))
        for _ in 0..<3 { #expect(try await !link.read("gh:a", "gh:b").isAvailable) }
        #expect(link.log.count(containing: "let its user have +getrange") == 1)
        #expect(link.log.count(containing: "NOPERM") == 1)
        try await link.close()
    }

    @Test(
        "with wrong credentials is unavailable and says why, without the password",
        arguments: [("gatehouse", "wrong-secret"), (nil, "wrong-secret"), (nil, nil), ("stranger", "right-secret")])
    func wrongCredentials(user: String?, password: String?) async throws {
        let rules = "user gatehouse on >right-secret \(RedisServer.documentedRules)"
        let server = try await RedisServer.start(users: ["user default on >right-secret ~* +@all", rules])
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings(username: user, password: password))
        #expect(try await !link.read("gh:a").isAvailable)
        #expect(await eventually { link.log.count(containing: "not available") > 0 })
        #expect(try await !link.isConnected)
        let line = try #require(link.log.all.first)
        #expect(line.contains(password == nil ? "NOAUTH" : "WRONGPASS"))
        #expect(link.log.count(containing: "secret") == 0)
        #expect("\(server.settings(password: "wrong-secret"))".contains("secret") == false)
        try await link.close()
    }

    @Test("does not insist on naming itself")
    func unnamed() async throws {
        let rules = "user gatehouse on >secret ~gh:* -@all +ping +getrange"
        let server = try await RedisServer.start(users: [rules])
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings(username: "gatehouse", password: "secret"))
        #expect(try await link.read("gh:a").isAvailable)
        #expect(try await !link.read("other").isAvailable)
        try await link.close()
    }

    @Test("says once that Redis is away, however often it tries")
    func logsOnce() async throws {
        let server = try await RedisServer.start()
        defer { server.kill() }
        let link = try await LinkOnLoop(server.settings())
        #expect(try await link.connected())
        server.kill()
        #expect(try await eventually { try await !link.isConnected })
        try await Task.sleep(for: .milliseconds(600))
        #expect(link.log.count(containing: "lost Redis") == 1)
        #expect(link.log.count(containing: "not available") <= 1)
        try await server.restart()
        #expect(try await link.connected())
        #expect(link.log.count(containing: "connected to Redis") == 2)
        try await link.close()
    }

    @Test("fails what waits when it is closed")
    func closing() async throws {
        let server = try await ScriptedServer.start { _ in nil }
        let link = try await LinkOnLoop(server.settings)
        async let reading = link.read("gh:a")
        #expect(await eventually { server.pieces > 0 })
        try await link.withLink { $0.close() }
        #expect(try await !reading.isAvailable)
        #expect(try await !link.read("gh:a").isAvailable)
        try await link.close()
        try await server.stop()
    }
}
