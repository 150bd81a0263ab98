import GatehouseCore
import GatehouseTestSupport
import NIOCore
import NIOPosix
import Testing

@testable import GatehouseRedis

@Suite("Trying Redis before the daemon does")
struct RedisTrialTests {
    private func trial(
        _ server: RedisServer, username: String? = nil, password: String? = nil, database: Int = 0
    ) async -> RedisTrial {
        await trial(server.settings(username: username, password: password, database: database))
    }

    private func trial(_ settings: RedisSettings) async -> RedisTrial {
        let store = RedisStore(
            settings: settings, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: LogLines().logger)
        let outcome = await store.trial(
            keysBelow: "gh:", mark: Array("test".utf8), now: Timestamp(milliseconds: 1_800_000_000_000),
            database: settings.database)
        await store.close()
        return outcome
    }

    private func server(_ rules: String) async throws -> RedisServer {
        try await RedisServer.start(users: [
            "user gatehouse on >opensesame \(rules)", "user default on nopass ~* +@all",
        ])
    }

    @Test("is well with the documented rights, and leaves nothing")
    func documented() async throws {
        let server = try await server(RedisServer.documentedRules)
        defer { server.kill() }
        #expect(await trial(server, username: "gatehouse", password: "opensesame") == .works)
        #expect(try server.reply(to: ["DBSIZE"]) == ":0\r\n")
    }

    @Test(
        "names each right that is missing, alone, and leaves nothing",
        arguments: RedisServer.documentedRules.split(whereSeparator: { " \n".contains($0) }).map(String.init)
            .filter { $0.hasPrefix("+") })
    func missing(right: String) async throws {
        let rules = RedisServer.documentedRules.split(whereSeparator: { " \n".contains($0) }).filter { $0 != right }
        let server = try await server(rules.joined(separator: " "))
        defer { server.kill() }
        let outcome = await trial(server, username: "gatehouse", password: "opensesame", database: 1)
        // A name for the connection is only nice to have, and so is what records can be kept with.
        let isOptional = right.hasPrefix("+client|") || right == "+subscribe"
        #expect(outcome == (isOptional ? .works : .lacks(rights: [right])))
        #expect(try server.reply(to: ["INFO", "keyspace"]).contains("db") == false)
    }

    @Test(
        "names what is missing for records to be kept",
        arguments: [
            ("", ""), ("+client|id", "+client|id"), ("+client|tracking", "+client|tracking"),
            ("+subscribe", "+subscribe &__redis__:invalidate"),
            ("&__redis__:invalidate", "+subscribe &__redis__:invalidate"),
        ])
    func tracking(missing: String, named: String) async throws {
        let rules = RedisServer.documentedRules.split(whereSeparator: { " \n".contains($0) }).filter { $0 != missing }
        let server = try await server(rules.joined(separator: " "))
        defer { server.kill() }
        let store = RedisStore(
            settings: server.settings(username: "gatehouse", password: "opensesame"),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: LogLines().logger)
        #expect(await store.missingTrackingRights().joined(separator: " ") == named)
        await store.close()
    }

    @Test("names all that are missing at once, and keys apart from commands")
    func several() async throws {
        let server = try await server("~gh:* -@all +ping +get +set +unlink +script|load")
        defer { server.kill() }
        let outcome = await trial(server, username: "gatehouse", password: "opensesame")
        guard case .lacks(let rights) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(Set(rights) == ["+del", "+getrange", "+pexpire", "+srem", "+smembers", "+evalsha", "+sadd"])
        _ = try server.reply(to: ["ACL", "SETUSER", "gatehouse", "+@all", "resetkeys", "~other:*"])
        let keys = await trial(server, username: "gatehouse", password: "opensesame")
        #expect(keys == .lacks(rights: ["~gh:*"]))
        #expect(try server.reply(to: ["DBSIZE"]) == ":0\r\n")
    }

    @Test("tells a wrong password from a missing one and from one that nobody wants")
    func passwords() async throws {
        let server = try await RedisServer.start(password: "opensesame")
        defer { server.kill() }
        #expect(await trial(server, password: "wrong") == .wrongPassword)
        #expect(await trial(server, username: "nobody", password: "opensesame") == .wrongPassword)
        #expect(await trial(server) == .passwordMissing)
        #expect(await trial(server, password: "opensesame") == .works)
        let open = try await RedisServer.start()
        defer { open.kill() }
        #expect(await trial(open, password: "opensesame") == .passwordUnwanted)
    }

    @Test("is no more precise than the daemon's log, which names the keys of a wrong and of a missing password")
    func log() async throws {
        let server = try await RedisServer.start(password: "opensesame")
        defer { server.kill() }
        for (password, word) in [("wrong", "WRONGPASS"), (nil, "NOAUTH")] {
            let lines = LogLines()
            let store = RedisStore(
                settings: server.settings(password: password),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: lines.logger)
            #expect(await eventually { lines.count(containing: word) == 1 })
            #expect(lines.count(containing: "sessions.password") == 1, "\(lines.all)")
            await store.close()
        }
    }

    @Test("says why records are not taken")
    func unfit() async throws {
        let full = try await RedisServer.start(arguments: ["--maxmemory", "1"])
        defer { full.kill() }
        let other = try await RedisServer.start(arguments: ["--replicaof", "127.0.0.1 \(full.port)"])
        defer { other.kill() }
        for (server, words) in [(full, "OOM"), (other, "primary")] {
            let outcome = await trial(server)
            guard case .unfit(let reason) = outcome, reason.contains(words) else {
                Issue.record("\(outcome)")
                continue
            }
        }
        let outcome = await trial(full, database: 99)
        #expect(outcome == .unfit(reason: "there is no database number 99"))
    }

    @Test("says that nobody is there, or somebody who does not answer, in time")
    func nobody() async throws {
        let server = try await RedisServer.start()
        defer {
            server.thaw()
            server.kill()
        }
        server.freeze()
        var settings = server.settings(commandDeadline: .milliseconds(300))
        settings.connectDeadline = .milliseconds(300)
        #expect(await trial(settings) == .unreachable(reason: "no connection in time"))
        settings.place = .server(.tcp(host: "127.0.0.1", port: try FreePort.any()))
        #expect(await trial(settings) == .unreachable(reason: "cannot connect: Connection refused"))
    }
}
