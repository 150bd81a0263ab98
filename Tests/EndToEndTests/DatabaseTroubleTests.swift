internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("A database of people that goes, comes back or stands behind a pooler")
    struct DatabaseTroubleTests {
        private func status(_ stack: Stack, _ person: Stack.Person) throws -> Int {
            let signIn = SignIn(stack: stack)
            return try signIn.send(try signIn.form(), person.name, person.password).status
        }

        @Test("what nobody could ask about for identity.max_age counts no more, and counts again afterwards")
        func maxAge() async throws {
            let stack = try await Stack.start(
                stores: Stores(sessions: Stores.chosen.sessions, people: .postgresql),
                settings: Stack.Settings(
                    tables: """
                        [identity]
                        refresh = "1s"
                        max_age = "10s"
                        """))
            defer { stack.stop() }
            let postgres = try #require(stack.stores.postgres)
            let cookie = try SignIn(stack: stack).cookie(.alice)
            func answer(_ path: String = "/headers.json") -> Int? { try? stack.page(path, cookie: cookie).status }
            #expect(answer() == 200)
            postgres.kill()
            var answers: Set<Int> = []
            let isOver = await eventually(within: .seconds(60)) {
                let status = answer()
                if let status { answers.insert(status) }
                return status == 503
            }
            #expect(isOver && answers == [200, 503], "never signed out: \(answers)")
            #expect(answer("/_gatehouse/account") == 503)
            #expect(answer("/public/") == 200)
            try await postgres.restart()
            #expect(await eventually(within: .seconds(60)) { answer() == 200 }, "the session went on")
        }

        @Test("a file that is taken away is 503 and not ready, and the one that is put there counts")
        func file() async throws {
            let stack = try await Stack.start(stores: Stores(sessions: .redis, people: .sqlite))
            defer { stack.stop() }
            let path = stack.folder.file("gatehouse.db")
            let backup = stack.folder.file("backup.db")
            let script = "import sqlite3, sys; s = sqlite3.connect(sys.argv[1]); s.backup(sqlite3.connect(sys.argv[2]))"
            #expect(try ChildProcess("python3", ["-c", script, path, backup]).waitForExit() == 0)
            #expect(try status(stack, .alice) == 303)
            #expect(try stack.command("user", "set", "alice", "--inactive").status == 0)
            #expect(try status(stack, .alice) == 422)
            let aside = unsafe rename(path, path + ".aside")
            #expect(aside == 0)
            #expect(await eventually(within: .seconds(30)) { !stack.isReady })
            #expect(try status(stack, .alice) == 503)
            let restored = unsafe rename(backup, path)
            #expect(restored == 0)
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
            #expect(try status(stack, .alice) == 303, "active in the backup")
            // Replaced in one go, which nobody has time to notice.
            let inactive = unsafe rename(path + ".aside", path)
            #expect(inactive == 0)
            #expect(try status(stack, .alice) == 422, "inactive in the file that was aside")
            #expect(stack.isReady)
        }

        @Test(
            "behind PgBouncer in transaction mode people sign in, and tables change",
            .enabled(if: PgBouncer.isInstalled))
        func pooled() async throws {
            let server = try await PostgresServer.start()
            defer { server.kill() }
            let bouncer = try await PgBouncer.start(server)
            defer { bouncer.kill() }
            let name = try #require(try server.makeDatabase().split(separator: "/").last)
            let stack = try await Stack.start(
                database: bouncer.url(String(name)),
                settings: Stack.Settings(
                    tables: """
                        [identity]
                        refresh = "1s"
                        """), people: [.alice, .carol])
            defer { stack.stop() }
            for _ in 0..<3 {
                for person in [Stack.Person.alice, .carol] {
                    let cookie = try SignIn(stack: stack).cookie(person)
                    #expect(try stack.arrival("/headers.json", cookie: cookie).all("Remote-User") == [person.name])
                }
                try server.run("ALTER TABLE auth_user ALTER first_name TYPE varchar(400)", at: server.url(String(name)))
            }
            #expect(stack.isReady)
        }

        @Test(
            "a table of another shape, and one without a column that a sign-in needs: the first is nothing, the second not ready"
        )
        func shape() async throws {
            let stack = try await Stack.start(stores: Stores(sessions: Stores.chosen.sessions, people: .postgresql))
            defer { stack.stop() }
            let server = try #require(stack.stores.postgres)
            func run(_ sql: String) throws { try server.run(sql, at: stack.stores.databaseURL) }
            #expect(try status(stack, .alice) == 303)
            try run("ALTER TABLE auth_user ALTER COLUMN first_name TYPE varchar(400)")
            for _ in 0..<5 { #expect(try status(stack, .alice) == 303) }
            #expect(stack.isReady)
            try run("ALTER TABLE auth_user RENAME email TO mail")
            #expect(await eventually(within: .seconds(30)) { !stack.isReady })
            #expect(try status(stack, .alice) == 503)
            try run("ALTER TABLE auth_user RENAME mail TO email")
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
            #expect(try status(stack, .alice) == 303)
        }

        @Test("migrate without the right to make tables names the grant, and never asks whether migrate was run")
        func grant() async throws {
            let stack = try await Stack.start(stores: Stores(sessions: Stores.chosen.sessions, people: .postgresql))
            defer { stack.stop() }
            let server = try #require(stack.stores.postgres)
            let url = try server.makeDatabase()
            try server.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE app LOGIN", at: url)
            let limited = url.replacing("gatehouse@", with: "app@")
            let result = try Tools.run(
                try Repository.gatehouse(), ["migrate", "--config", stack.config],
                environment: ["GATEHOUSE_DATABASE__URL": limited])
            #expect(result.status == 3 && result.output.contains("`GRANT CREATE ON SCHEMA public TO app`"))
            #expect(!result.output.contains("gatehouse migrate"), "\(result.output)")
        }
    }
}
