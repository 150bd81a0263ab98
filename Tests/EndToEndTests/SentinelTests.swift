internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Redis by Sentinel, seen through nginx")
    struct SentinelTests {
        /// What became of every check of one visitor.
        private struct Seen {
            var passed = 0
            var unavailable = 0
            /// Anything else: a lost session, or one that had ended and is alive.
            var wrong: [String] = []
        }

        /// Asks for a page until it is told to stop.
        private func visit(_ stack: Stack, _ cookie: String, until isOver: Mutexed<Bool>) -> Task<Seen, Never> {
            Task.detached {
                var seen = Seen()
                while !isOver.value {
                    guard let answer = try? stack.page("/headers.json", cookie: cookie) else {
                        seen.wrong.append("no answer")
                        continue
                    }
                    switch answer.status {
                    case 200 where (try? Arrival(answer).all("Remote-User")) == ["alice"]: seen.passed += 1
                    case 503: seen.unavailable += 1
                    default: seen.wrong.append("\(answer.status)")
                    }
                }
                return seen
            }
        }

        @Test("a fail-over under load loses no session that the new master has, and revives none that had ended")
        func failOver() async throws {
            let master = try await RedisServer.start()
            defer { master.kill() }
            let replica = try await master.startReplica()
            defer { replica.kill() }
            let sentinel = try await RedisSentinel.start(watching: master)
            defer { sentinel.kill() }
            let url = "redis+sentinel://127.0.0.1:\(sentinel.port)/\(RedisSentinel.master)/0"
            let stack = try await Stack.start(
                on: RunningStores(redis: nil, postgres: nil, sessionsURL: url, databaseURL: "sqlite:gatehouse.db"),
                people: [.alice, .carol])
            defer { stack.stop() }
            let (kept, ended) = (try SignIn(stack: stack).cookie(.alice), try SignIn(stack: stack).cookie(.carol))
            #expect(try stack.page("/headers.json", cookie: ended).status == 200)
            #expect(try stack.command("session", "end", "carol").status == 0)
            // The replica has everything up to here.
            #expect(try master.reply(to: ["WAIT", "1", "20000"]) == ":1\r\n")

            let isOver = Mutexed(false)
            let visitor = visit(stack, kept, until: isOver)
            try await sentinel.failOver()
            #expect(await eventually(within: .seconds(60)) { replica.isMaster && sentinel.names(replica) })
            #expect(await eventually(within: .seconds(60)) { stack.isReady && stack.logs.contains("the master is") })
            isOver.change { $0 = true }
            let seen = await visitor.value
            #expect(seen.wrong == [] && seen.passed > 0, "\(seen)\n\(stack.logs)")
            // Each connection finds the new master by itself: until then it is as if there were no Redis.
            var answers: Set<Int> = []
            #expect(
                await eventually(within: .seconds(60)) {
                    let status = (try? stack.page("/headers.json", cookie: ended))?.status ?? 0
                    answers.insert(status)
                    return status == 303
                })
            #expect(answers.subtracting([303, 503]) == [], "\(answers)")
            #expect(
                await eventually(within: .seconds(60)) { (try? SignIn(stack: stack).cookie(.carol)) != nil },
                "\(stack.logs)")
        }
    }
}
