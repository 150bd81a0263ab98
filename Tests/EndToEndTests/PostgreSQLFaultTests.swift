internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("PostgreSQL in trouble, seen through nginx")
    struct PostgreSQLFaultTests {
        private static let stores = Stores(sessions: Stores.chosen.sessions, people: .postgresql)
        /// Identities become old at once, so that every check would like to ask.
        private static let settings = Stack.Settings(
            tables: """
                [identity]
                refresh = "1s"
                """)

        private func passes(_ stack: Stack, _ cookie: String) -> Bool {
            (try? stack.arrival("/headers.json", cookie: cookie).all("Remote-User")) == ["alice"]
        }

        /// Who is signed in goes on, and a sign-in gets a page that says what is wrong, both soon.
        private func expectOnlySignInsToFail(_ stack: Stack, form: SignIn.Form, cookie: String) async throws {
            let begin = ContinuousClock.now
            let answer = try SignIn(stack: stack).send(form, "alice", Stack.Person.alice.password)
            #expect(answer.status == 503)
            #expect(answer.text.contains("<h1>"))
            #expect(!answer.text.contains("postgres"), "nobody is told about the inside")
            #expect(ContinuousClock.now - begin < .seconds(8))
            for _ in 0..<20 {
                let begin = ContinuousClock.now
                #expect(passes(stack, cookie))
                #expect(ContinuousClock.now - begin < .seconds(2))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(!stack.isReady)
        }

        @Test("killed: people who are signed in go on, sign-ins are told to come back, and it recovers by itself")
        func killed() async throws {
            let stack = try await Stack.start(stores: Self.stores, settings: Self.settings)
            defer { stack.stop() }
            let postgres = try #require(stack.stores.postgres)
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let form = try SignIn(stack: stack).form()
            #expect(passes(stack, cookie))
            postgres.kill()
            try await expectOnlySignInsToFail(stack, form: form, cookie: cookie)
            try await postgres.restart()
            #expect(await eventually(within: .seconds(40)) { (try? SignIn(stack: stack).cookie(.alice)) != nil })
            #expect(await eventually(within: .seconds(40)) { stack.isReady })
            #expect(passes(stack, cookie))
        }

        @Test("stopped: the same, and nothing hangs")
        func frozen() async throws {
            let stack = try await Stack.start(stores: Self.stores, settings: Self.settings)
            defer { stack.stop() }
            let postgres = try #require(stack.stores.postgres)
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let form = try SignIn(stack: stack).form()
            postgres.freeze()
            try await expectOnlySignInsToFail(stack, form: form, cookie: cookie)
            postgres.thaw()
            #expect(await eventually(within: .seconds(40)) { (try? SignIn(stack: stack).cookie(.alice)) != nil })
            #expect(passes(stack, cookie))
        }
    }
}
