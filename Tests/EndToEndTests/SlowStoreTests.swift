internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("A command whose session store is slow or away")
    struct SlowStoreTests {
        private let folder: TemporaryFolder
        private let redis: RedisServer

        init() async throws {
            folder = try TemporaryFolder()
            redis = try await RedisServer.start()
            #expect(try run("init", "--redis", "redis://127.0.0.1:\(redis.port)/0").status == 0)
            #expect(try run("migrate").status == 0)
            let password = try folder.write("correct horse 7\n", to: "password")
            #expect(try run("user", "add", "alice", "--password-file", password).status == 0)
        }

        private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
            try Tools.run(
                try Repository.gatehouse(), arguments + ["--config", folder.file("gatehouse.toml")])
        }

        private func changePassword() throws -> (status: Int32, output: String) {
            let password = try folder.write("an entirely different secret\n", to: "new")
            return try run("user", "passwd", "alice", "--password-file", password)
        }

        @Test("waits for seconds: nobody else waits with it")
        func slow() throws {
            defer { redis.kill() }
            // Nothing is answered meanwhile, the beginning of a connection included.
            #expect(try redis.reply(to: ["CLIENT", "PAUSE", "1500", "ALL"]) == "+OK\r\n")
            let answer = try changePassword()
            #expect(answer.status == 0, "\(answer.output)")
            #expect(answer.output.contains("0 sessions ended"))
        }

        @Test("says apart what was done and what was not, and how to do the rest")
        func away() async throws {
            defer { redis.kill() }
            redis.kill()
            let answer = try changePassword()
            #expect(answer.status == 3)
            #expect(answer.output.contains("the password of alice is set; the sessions of alice could not be ended"))
            #expect(answer.output.contains("sessions.store: Redis: cannot connect"))
            #expect(answer.output.contains("run `gatehouse session end alice`"))
            let told = try run("user", "set", "alice", "--staff")
            #expect(told.status == 3)
            #expect(told.output.contains("alice is changed; sessions that are going on could not be told"))
            try await redis.restart()
            #expect(try run("session", "end", "alice").status == 0)
        }
    }
}
