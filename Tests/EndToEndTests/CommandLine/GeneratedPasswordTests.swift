internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Generated passwords")
    struct GeneratedPasswordTests {
        @Test("stand alone on standard output, once, pass the rules, and have to be changed")
        func once() async throws {
            let stack = try await Stack.start(
                settings: Stack.Settings(tables: "[log]\naudit = \"audit.log\""), people: [])
            defer { stack.stop() }
            let site = { (arguments: [String]) in try Tools.run(try Repository.gatehouse(), arguments) }
            let config = ["--config", stack.config]
            let out = stack.folder.file("password")
            let made = try Tools.run(
                "bash",
                ["-c", #"out="$1"; shift; "$@" > "$out""#, "bash", out, try Repository.gatehouse()]
                    + ["user", "add", "dora", "--generate"] + config)
            #expect(made.status == 0 && made.output.contains("Made the user dora"), "\(made.output)")
            let text = try String(contentsOfFile: out, encoding: .utf8)
            let password = String(text.dropLast())
            #expect(
                text.hasSuffix("\n") && text.filter { $0 == "\n" }.count == 1 && password.count >= 20, "\(text.count)")
            #expect(!made.output.contains(password))
            #expect(try !String(contentsOfFile: stack.folder.file("audit.log"), encoding: .utf8).contains(password))
            // The form for a required new password comes next, and no session.
            let answer = try SignIn(stack: stack).send(try SignIn(stack: stack).form(), "dora", password)
            #expect(answer.header("Location")?.contains("headers.json") != true)
            #expect(!answer.all("Set-Cookie").contains { $0.hasPrefix("gatehouse-local=") && $0.count > 60 })

            let free = try site(["user", "add", "erik", "--generate", "--no-must-change", "--json"] + config)
            let secret = try #require(free.output.firstMatch(of: /"password":"([a-z0-9-]+)"/)?.1)
            #expect(try !SignIn(stack: stack).cookie(Stack.Person(name: "erik", password: String(secret))).isEmpty)
            let another = try site(["user", "passwd", "erik", "--generate", "--no-must-change", "--json"] + config)
            let next = try #require(another.output.firstMatch(of: /"password":"([a-z0-9-]+)"/)?.1)
            #expect(next != secret)
            #expect(try !SignIn(stack: stack).cookie(Stack.Person(name: "erik", password: String(next))).isEmpty)
            #expect(try site(["user", "add", "fred", "--generate", "--password-stdin"] + config).status == 2)
        }

        @Test("are told also where the sessions could not be ended: nobody could know them otherwise")
        func storeAway() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let answer = try Tools.run(
                try Repository.gatehouse(),
                ["user", "passwd", "alice", "--generate", "--no-must-change", "--json", "--config", stack.config],
                environment: ["GATEHOUSE_SESSIONS__STORE": "redis://127.0.0.1:\(try FreePort.any())/0"])
            #expect(answer.status == 3, "\(answer.output)")
            let password = try #require(answer.output.firstMatch(of: /"password":"([a-z0-9-]+)"/)?.1)
            #expect(try !SignIn(stack: stack).cookie(Stack.Person(name: "alice", password: String(password))).isEmpty)
        }

        @Test("become as long as the rules want them")
        func long() async throws {
            let site = try await CommandSite.start(
                tables: """
                    [passwords]
                    length = { min = 60 }
                    """)
            defer { site.stop() }
            let made = try site.run("user", "add", "alice", "--generate")
            #expect(made.status == 0 && made.output.utf8.count > 60, "\(made)")
        }

        @Test("e-mail addresses are looked at as forms do")
        func addresses() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            for address in ["alice", "alice@", "@example.com", "a b@example.com", "a@b@example.com", "alice@example"] {
                #expect(try site.run("user", "add", "bob", "--generate", "--email", address).status == 2, "\(address)")
            }
            #expect(try site.run("user", "show", "bob").status == 1)
            try site.add("alice", with: ["--email", "alice+x@Example.com"])
            #expect(try site.run("user", "set", "alice", "--email", "nothing").status == 2)
            #expect(try site.run("user", "show", "alice").output.contains("alice+x@example.com"))
            #expect(try site.run("user", "set", "alice", "--email", "").status == 0)
        }
    }
}
