internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("Redis in trouble, seen through nginx")
    struct RedisFaultTests {
        /// No protected page, whoever asks; pages for anyone go on without an identity; and nothing takes longer than 2 s.
        private func expectRefusal(_ stack: Stack, cookie: String) throws {
            for _ in 0..<3 {
                let (answer, time) = try timed { try stack.page("/headers.json", cookie: cookie) }
                #expect(answer.status >= 400 || answer.status == 303, "\(answer.status)")
                #expect(!answer.text.contains("Remote-User"))
                #expect(time < .seconds(2))
                let (open, openTime) = try timed { try stack.page("/public/headers.json", cookie: cookie) }
                #expect(open.status == 200)
                #expect(try Arrival(open).all("Remote-User").filter { !$0.isEmpty } == [])
                #expect(openTime < .seconds(2))
            }
            let (form, formTime) = try timed { try stack.page("/_gatehouse/account", cookie: cookie) }
            #expect(form.status != 200 || !form.text.contains("alice"))
            #expect(formTime < .seconds(2))
            #expect(!stack.isReady)
        }

        private func timed(_ work: () throws -> Answer) rethrows -> (Answer, Duration) {
            let clock = ContinuousClock()
            let start = clock.now
            let answer = try work()
            return (answer, clock.now - start)
        }

        private func passes(_ stack: Stack, _ cookie: String) -> Bool {
            (try? stack.arrival("/headers.json", cookie: cookie).all("Remote-User")) == ["alice"]
        }

        @Test("killed: nobody gets in; started again empty: sessions are gone and signing in works by itself")
        func killed() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(passes(stack, cookie))
            try stack.redis.kill()
            try expectRefusal(stack, cookie: cookie)
            try await stack.redis.restart()
            #expect(await eventually(within: .seconds(10)) { stack.isReady })
            #expect(
                await eventually(within: .seconds(10)) {
                    (try? stack.page("/headers.json", cookie: cookie))?.status == 303
                })
            #expect(passes(stack, try SignIn(stack: stack).cookie(.alice)))
            #expect(stack.gatehouse.isRunning)
        }

        @Test("full: who is signed in goes on, and the daemon is not ready, since nobody can sign in")
        func full() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            _ = try stack.redis.reply(to: ["CONFIG", "SET", "maxmemory", "1"])
            #expect(!stack.isReady)
            let answer = try Exchange.get("/readyz", host: "localhost", port: stack.ports.admin)
            #expect(answer.text.contains("sessions.store"))
            #expect(passes(stack, cookie))
            _ = try stack.redis.reply(to: ["CONFIG", "SET", "maxmemory", "0"])
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
        }

        @Test("stopped: after two seconds nobody gets in, and nothing hangs; continued: the session is good again")
        func frozen() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(passes(stack, cookie))
            try stack.redis.freeze()
            // What was read counts until the next ping should have been answered; while Redis stands still nothing can end.
            let start = ContinuousClock.now
            #expect(await eventually(within: .seconds(10)) { !passes(stack, cookie) })
            let time = ContinuousClock.now - start
            #expect(time < .seconds(4), "two seconds, and what a busy machine takes: \(time)")
            try expectRefusal(stack, cookie: cookie)
            try stack.redis.thaw()
            #expect(await eventually(within: .seconds(10)) { passes(stack, cookie) })
            #expect(await eventually(within: .seconds(10)) { stack.isReady })
        }

        @Test(
            "killed with a grace: who was seen goes on, nobody else does; when it is back, empty, nobody is signed in")
        func grace() async throws {
            var settings = Stack.Settings()
            settings.sessions = "grace = \"10m\""
            let stack = try await Stack.start(stores: .redis, settings: settings)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(
                await eventually {
                    guard passes(stack, cookie), let text = try? stack.metrics() else { return false }
                    return !text.contains("\ngatehouse_cache_reads_total{result=\"hit\"} 0\n")
                })
            try stack.redis.kill()
            for _ in 0..<3 { #expect(await eventually { passes(stack, cookie) }) }
            #expect(!stack.isReady, "nobody can sign in")
            try await stack.redis.restart()
            #expect(await eventually { (try? stack.page("/headers.json", cookie: cookie))?.status == 303 })
        }

        @Test("replaced by an empty one between two requests: the old session is worth nothing")
        func replaced() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(passes(stack, cookie))
            try await stack.redis.restartEmpty()
            #expect(try stack.page("/headers.json", cookie: cookie).status != 200)
            #expect(
                await eventually(within: .seconds(10)) {
                    (try? stack.page("/headers.json", cookie: cookie))?.status == 303
                })
        }
    }
}
