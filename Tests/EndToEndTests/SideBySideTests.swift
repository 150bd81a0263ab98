internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Django and the daemon at work on one database", .enabled(if: DjangoSite.python != nil))
    struct SideBySideTests {
        /// Looks again at people after a second.
        private static let settings = Stack.Settings(
            tables: """
                [identity]
                refresh = "1s"
                """,
            application: """
                groups = ["*"]
                permissions = ["*"]
                """,
            rules: """
                  [[application.rule]]
                  paths = ["/public/**"]
                  allow = ["anyone"]
                  [[application.rule]]
                  paths = ["/pages/{id}/**"]
                  allow = ["permission:pages.edit_page(page:{id})"]
                  [[application.rule]]
                  paths = ["/finance/**"]
                  allow = ["group:finance"]
                  [[application.rule]]
                  allow = ["signed-in"]
                """)

        private static let root = Stack.Person(
            name: "root", password: "the first of them", options: ["--staff", "--superuser"])

        // Long: one story; each step needs what the ones before have left.
        @Test("migrations, edits, flush and a restored dump under load: no answer from old data, and no restart")
        func underLoad() async throws {
            let server = try await PostgresServer.start()
            defer { server.kill() }
            let url = try server.makeDatabase()
            let stack = try await Stack.start(
                database: url, settings: Self.settings, people: [.alice, .carol, Self.root])
            defer { stack.stop() }
            let site = try DjangoSite(url)
            try site.migrate(withAdmin: true)
            let load = Load(stack)
            defer { load.stop() }
            load.expect(.alice, and: .carol)

            // The table of people changes its shape.
            for alteration in DjangoSite.Alteration.allCases {
                try site.alter(alteration)
                #expect(await load.seesMore(), "\(alteration.rawValue): \(stack.logs)")
                #expect(stack.isReady, "\(alteration.rawValue)")
            }

            // Django's admin edits people.
            let cookie = try SignIn(stack: stack).cookie(.carol)
            func status(_ path: String, _ cookie: String) -> Int? { try? stack.page(path, cookie: cookie).status }
            try site.edit("carol", ["groups="], as: Self.root)
            #expect(await eventually(within: .seconds(60)) { status("/finance/headers.json", cookie) == 403 })
            load.expect(nil)
            try site.setPassword(of: "alice", to: "another way through", as: Self.root)
            let newAlice = Stack.Person(name: "alice", password: "another way through")
            #expect(try signIn(stack, .alice) == 422, "the old password is the old one at once")
            load.expect(newAlice, and: .carol)
            #expect(await load.seesMore())

            // What is to be restored later; a grant on an object is among it.
            #expect(try stack.command("permission", "grant", "pages.edit_page(page:7)", "--user", "alice").status == 0)
            #expect(try stack.command("permission", "grant", "pages.edit_page(page:7)", "--user", "carol").status == 0)
            let alice = try SignIn(stack: stack).cookie(newAlice)
            #expect(status("/pages/7/headers.json", alice) == 200)
            let dump = stack.folder.file("dump.sql")
            #expect(try ChildProcess("pg_dump", ["-f", dump, url]).waitForExit() == 0)

            // Everything is emptied, and somebody else gets the first number.
            load.expect(nil)
            try site.flush()
            let mallory = Stack.Person(name: "mallory", password: "the new number one")
            #expect(try site.make(mallory) == 1)
            #expect(try signIn(stack, newAlice) == 422)
            let second = Stack.Person(name: "second", password: "the new number two")
            #expect(try site.make(second) == 2)
            load.expect(mallory, and: second)
            #expect(await load.seesMore(), "\(stack.logs)")
            #expect(await eventually(within: .seconds(60)) { status("/headers.json", alice) == 303 })
            #expect(try server.run("SELECT count(*) FROM gatehouse_object_permissions", at: url) == "0\n")
            #expect(stack.isReady)

            // The dump is restored into a database that is made anew.
            let name = try #require(url.split(separator: "/").last)
            let malloryCookie = try SignIn(stack: stack).cookie(mallory)
            load.expect(nil)
            try server.run("DROP DATABASE \(name) WITH (FORCE)")
            #expect(await eventually(within: .seconds(30)) { !stack.isReady })
            try server.run("CREATE DATABASE \(name)")
            let restored = try ChildProcess("psql", ["-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", dump, url])
            #expect(restored.waitForExit() == 0)
            #expect(await eventually(within: .seconds(60)) { stack.isReady }, "\(stack.logs)")
            #expect(try signIn(stack, mallory) == 422)
            load.expect(newAlice, and: .carol)
            #expect(await load.seesMore(), "\(stack.logs)")
            #expect(await eventually(within: .seconds(60)) { status("/headers.json", malloryCookie) == 303 })
            let again = try SignIn(stack: stack).cookie(newAlice)
            #expect(status("/pages/7/headers.json", again) == 200)

            load.stop()
            #expect(load.complaints == [])
            #expect(stack.gatehouse.isRunning)
        }

        @Test("flush takes what is ours with it, and the next number is nobody's heir", arguments: [true, false])
        func flush(onPostgreSQL: Bool) async throws {
            let folder = try TemporaryFolder()
            let server: PostgresServer? = onPostgreSQL ? try await PostgresServer.start() : nil
            defer { server?.kill() }
            let url = try server?.makeDatabase() ?? "sqlite:\(folder.file("site.db"))"
            let site = try DjangoSite(url)
            try site.migrate(withAdmin: true)
            let stack = try await Stack.start(database: url, settings: Self.settings, people: [.alice])
            defer { stack.stop() }
            #expect(try stack.command("permission", "grant", "pages.edit_page(page:7)", "--user", "alice").status == 0)
            #expect(try stack.command("user", "set", "alice", "--must-change").status == 0)
            try site.flush()
            let mallory = Stack.Person(name: "mallory", password: "the new number one")
            #expect(try site.make(mallory) == 1)
            let shown = try stack.command("user", "show", "mallory")
            #expect(shown.status == 0 && !shown.output.contains("page:7"), "\(shown.output)")
            // Not sent to choose a new password, as the one before would have been.
            let cookie = try SignIn(stack: stack).cookie(mallory)
            #expect(try stack.page("/headers.json", cookie: cookie).status == 200)
        }

        /// The status of a sign-in; one that the database does not answer is tried again.
        private func signIn(_ stack: Stack, _ person: Stack.Person) throws -> Int {
            for _ in 0..<20 {
                let signIn = SignIn(stack: stack)
                let status = try signIn.send(try signIn.form(), person.name, person.password).status
                if status != 503 { return status }
            }
            return 503
        }
    }
}

/// Signs in and asks all the time, and compares each answer with what must be so at that moment.
private final class Load: Sendable {
    private struct Expected: Sendable {
        var signingIn: Stack.Person?
        var asking: Stack.Person?
        var generation = 0
        var isOver = false
    }

    private let stack: Stack
    private let expected = Mutexed(Expected())
    private let found = Mutexed<(complaints: [String], signIns: Int, checks: Int)>(([], 0, 0))

    var complaints: [String] { found.value.complaints }

    init(_ stack: Stack) {
        self.stack = stack
        // Both end with `stop`.
        Task.detached { await self.signIn() }
        Task.detached { await self.check() }
    }

    /// Who can sign in from now on: one does so all the time, the other once and asks all the time; with `nil`, nobody.
    func expect(_ signingIn: Stack.Person?, and asking: Stack.Person? = nil) {
        expected.change {
            $0.signingIn = signingIn
            $0.asking = asking
            $0.generation += 1
        }
    }

    func stop() { expected.change { $0.isOver = true } }

    /// Whether people go on to get in and to be let through, from now on.
    func seesMore() async -> Bool {
        let before = found.value
        return await eventually(within: .seconds(120)) {
            let now = self.found.value
            return now.signIns >= before.signIns + 2 && now.checks >= before.checks + 2
        }
    }

    private func signIn() async {
        while !expected.value.isOver {
            let before = expected.value
            if let person = before.signingIn {
                let signIn = SignIn(stack: stack)
                let answer = (try? signIn.form()).flatMap { try? signIn.send($0, person.name, person.password) }
                judge(answer?.status, right: 303, before, "the sign-in of \(person.name)") { $0.signIns += 1 }
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func check() async {
        var session: (generation: Int, cookie: String)?
        while !expected.value.isOver {
            let before = expected.value
            if session?.generation != before.generation { session = nil }
            if session == nil, let person = before.asking, let cookie = try? SignIn(stack: stack).cookie(person) {
                session = (before.generation, cookie)
            }
            if let session {
                let answer = try? stack.page("/headers.json", cookie: session.cookie)
                judge(answer?.status, right: 200, before, "a check") { $0.checks += 1 }
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// "Later" may be said while a table is locked; anything else that is not right is an answer from old data.
    private func judge(
        _ status: Int?, right: Int, _ before: Expected, _ what: String,
        count: (inout (complaints: [String], signIns: Int, checks: Int)) -> Void
    ) {
        guard expected.value.generation == before.generation else { return }
        found.change { found in
            if status == right {
                count(&found)
            } else if let status, status != 503 {
                found.complaints.append("\(what): \(status)")
            }
        }
    }
}
