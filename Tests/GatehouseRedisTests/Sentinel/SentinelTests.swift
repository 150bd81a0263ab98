import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseRedis

@Suite("A link by Sentinel")
struct SentinelTests {
    private func settings(
        _ ports: [UInt16], master: String = RedisSentinel.master, password: String? = nil
    ) -> RedisSettings {
        RedisSettings(
            place: .master(
                SentinelSettings(
                    addresses: ports.map { .tcp(host: "127.0.0.1", port: $0) }, master: master,
                    password: password.map { RedisPassword(Array($0.utf8)) })),
            connectDeadline: .seconds(20), commandDeadline: .seconds(20))
    }

    @Test("finds the master behind Sentinels of which one is gone, and follows it when another server takes over")
    func failOver() async throws {
        let master = try await RedisServer.start()
        defer { master.kill() }
        let replica = try await master.startReplica()
        defer { replica.kill() }
        let sentinel = try await RedisSentinel.start(watching: master)
        defer { sentinel.kill() }
        _ = try master.reply(to: ["SET", "gh:a", "A"])
        let link = try await LinkOnLoop(settings([try FreePort.any(), sentinel.port]))
        #expect(try await link.read("gh:a").first == "A")
        #expect(link.log.count(containing: "\"master\": 127.0.0.1:\(master.port)") == 1, "\(link.log.all)")

        try await sentinel.failOver()
        #expect(await eventually(within: .seconds(60)) { replica.isMaster && sentinel.names(replica) })
        // What only the new master has is read: the old one is left.
        #expect(
            await eventually(within: .seconds(60)) {
                _ = try? replica.reply(to: ["SET", "gh:b", "B"])
                return (try? await link.read("gh:b").first) == "B"
                    && link.log.count(containing: "\"master\": 127.0.0.1:\(replica.port)") >= 1
            }, "\(link.log.all)")
        #expect(try await link.read("gh:a").first == "A")
        try await link.close()
    }

    @Test("leaves a master that Sentinel no longer names, though that one answers as before")
    func moved() async throws {
        let (old, new) = (try await RedisServer.start(), try await RedisServer.start())
        defer {
            old.kill()
            new.kill()
        }
        _ = try old.reply(to: ["SET", "gh:a", "old"])
        _ = try new.reply(to: ["SET", "gh:a", "new"])
        let sentinel = try await RedisSentinel.start(watching: old)
        defer { sentinel.kill() }
        let link = try await LinkOnLoop(settings([sentinel.port]))
        #expect(try await link.read("gh:a").first == "old")
        // As after a network was cut in two and is whole again: the old one never heard that it is none any more.
        let name = RedisSentinel.master
        _ = try sentinel.reply(to: ["SENTINEL", "REMOVE", name])
        _ = try sentinel.reply(to: ["SENTINEL", "MONITOR", name, "127.0.0.1", "\(new.port)", "1"])
        #expect(await eventually(within: .seconds(60)) { (try? await link.read("gh:a").first) == "new" })
        #expect(link.log.count(containing: "the master is 127.0.0.1:\(new.port) now") == 1, "\(link.log.all)")
        try await link.close()
    }

    @Test("never reads from a replica, even if Sentinel names one")
    func replica() async throws {
        let master = try await RedisServer.start()
        defer { master.kill() }
        let replica = try await master.startReplica()
        defer { replica.kill() }
        let sentinel = try await RedisSentinel.start(watching: replica)
        defer { sentinel.kill() }
        let link = try await LinkOnLoop(settings([sentinel.port]))
        #expect(
            await eventually(within: .seconds(60)) { link.log.count(containing: "is a replica now") == 1 },
            "\(link.log.all)")
        #expect(try await !link.isConnected)
        _ = try replica.reply(to: ["REPLICAOF", "NO", "ONE"])
        #expect(try await link.connected())
        // And when it becomes one again, the first write that it refuses ends the connection.
        _ = try replica.reply(to: ["REPLICAOF", "127.0.0.1", "\(master.port)"])
        #expect(
            await eventually(within: .seconds(60)) {
                _ = try? await link.withLink { $0.write([1], for: RecordKey("gh:w"), expiresIn: .seconds(9)) }
                return (try? await link.isConnected) == false
            })
        try await link.close()
    }

    @Test("goes on while no Sentinel answers: they say where Redis is, not who may come in")
    func withoutSentinel() async throws {
        let master = try await RedisServer.start()
        defer { master.kill() }
        _ = try master.reply(to: ["SET", "gh:a", "A"])
        let sentinel = try await RedisSentinel.start(watching: master)
        defer { sentinel.kill() }
        let link = try await LinkOnLoop(settings([sentinel.port]))
        #expect(try await link.read("gh:a").first == "A")
        sentinel.kill()
        let asked = ContinuousClock.now
        while asked.duration(to: .now) < .seconds(3) {
            #expect(try await link.read("gh:a").first == "A")
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(link.log.all.count == 1, "\(link.log.all)")
        try await link.close()
    }

    @Test("says what keeps it from finding a master")
    func faults() async throws {
        let master = try await RedisServer.start()
        defer { master.kill() }
        let sentinel = try await RedisSentinel.start(watching: master, password: "watcher")
        defer { sentinel.kill() }
        let gone = try FreePort.any()
        for (settings, words) in [
            (settings([sentinel.port]), "wants a password (NOAUTH): set sessions.sentinel_password"),
            (settings([sentinel.port], password: "wrong"), "refuses the user or the password (WRONGPASS)"),
            (settings([sentinel.port], master: "other", password: "watcher"), "knows no master called \"other\""),
            (settings([gone]), "127.0.0.1:\(gone): cannot connect: Connection refused"),
            (settings([master.port]), "127.0.0.1:\(master.port) refused: ERR"),
        ] {
            let link = try await LinkOnLoop(settings)
            #expect(
                await eventually(within: .seconds(60)) { link.log.count(containing: words) == 1 },
                "\(words): \(link.log.all)")
            try await link.close()
        }
        let link = try await LinkOnLoop(settings([sentinel.port], password: "watcher"))
        #expect(try await link.connected())
        try await link.close()
    }
}
