internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Explanations on the command line")
    struct ExplainTests {
        private let folder: TemporaryFolder

        /// Alice is an editor with a permission on one page; bob is inactive.
        init() throws {
            folder = try TemporaryFolder()
            try #require(try run("init").status == 0)
            let rules = """
                  [[application.rule]]
                  paths = ["/gone/**"]
                  deny = true

                  [[application.rule]]
                  paths = ["/pages/{id}/**"]
                  methods = ["GET"]
                  allow = ["group:publishers", "permission:pages.view_page(page:{id})"]
                  signed_in_within = "15m"

                  [[application.rule]]
                  paths = ["/open/**"]
                  allow = ["anyone"]

                  [[application.rule]]
                  paths = ["/office/**"]
                  networks = ["10.0.0.0/8"]
                  allow = [["group:publishers", "staff"], "user:bob"]
                  between = ["Mon-Fri 08:00-18:00 Europe/Berlin"]

                  [[application.rule]]
                  paths = ["/home"]

                """
            let text = try String(contentsOfFile: config, encoding: .utf8)
            let last = try #require(text.range(of: "  [[application.rule]]\n  allow = [\"signed-in\"]"))
            try text.replacingCharacters(in: last, with: rules + "  allow = [\"signed-in\"]")
                .write(toFile: config, atomically: true, encoding: .utf8)
        }

        private var config: String { folder.file("gatehouse.toml") }

        private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
            try Tools.run(try Repository.gatehouse(), arguments + ["--config", config])
        }

        private func explain(_ path: String, _ more: String...) throws -> (status: Int32, output: String) {
            try Tools.run(
                try Repository.gatehouse(),
                ["explain", "--url", "http://localhost:8080\(path)", "--config", config] + more)
        }

        private func makePeople() throws {
            try #require(try run("migrate").status == 0)
            let password = try folder.write("correct horse 7\n", to: "password")
            for name in ["alice", "bob"] {
                try #require(try run("user", "add", name, "--password-file", password).status == 0)
            }
            let grant = [
                "--add-group", "editors", "--grant", "pages.view_page(page:7)", "--create", "--config", config,
            ]
            try #require(try Tools.run(try Repository.gatehouse(), ["user", "set", "alice"] + grant).status == 0)
            try #require(try run("user", "set", "bob", "--inactive").status == 0)
        }

        @Test("tell what becomes of a stranger, without any database")
        func stranger() throws {
            #expect(try explain("/open/x").status == 0)
            let asked = try explain("/home")
            #expect(asked.status == 1)
            #expect(asked.output.contains("challenge") && asked.output.contains("signed-in"))
            #expect(try explain("/gone/x").output.contains("rule 1 denies everybody"))
            #expect(!FileManager.default.fileExists(atPath: folder.file("gatehouse.db")))
        }

        @Test("say why not: what the rule asks for, what the path names and what the person has")
        func whyNot() throws {
            try makePeople()
            let allowed = try explain("/pages/7/", "--user", "alice")
            #expect(allowed.status == 0)
            #expect(allowed.output.contains("{id} is 7"))
            let denied = try explain("/pages/8/", "--user", "alice")
            #expect(denied.status == 1)
            for words in [
                "rule 2", "group:publishers or permission:pages.view_page(page:{id})", "{id} is 8", "900 s",
                "is in editors", "has pages.view_page(page:7)",
            ] {
                #expect(denied.output.contains(words), "\(words) in \(denied.output)")
            }
            let method = try explain("/pages/7/", "--user", "alice", "--method", "POST")
            #expect(method.status == 1)
            #expect(method.output.contains("for GET"))
            let inactive = try explain("/home", "--user", "bob")
            #expect(inactive.status == 1)
            #expect(inactive.output.contains("bob is inactive"))
            #expect(try explain("/home", "--user", "nobody").output.contains("no such user"))
        }

        @Test("tell where a client has to be and when, and ask for what they need to know")
        func conditions() throws {
            let monday = ["--at", "2026-11-30T09:00:00+01:00"]
            let unknown = try explain("/office/x", "--json")
            #expect(unknown.status == 1 && unknown.output.contains(#""reason":"unknown-address""#))
            #expect(try explain("/office/x").output.contains("--from"))
            let asked = try explain("/office/x", "--from", "10.1.2.3", monday[0], monday[1])
            for words in [
                "challenge", "group:publishers and staff or user:bob", "10.0.0.0/8",
                "Mon-Fri 08:00-18:00 Europe/Berlin",
            ] { #expect(asked.output.contains(words), "\(words) in \(asked.output)") }
            let late = try explain("/office/x", "--from", "10.1.2.3", "--at", "2026-11-30T18:00:00+01:00")
            #expect(late.status == 1 && late.output.contains("at other times only"))
            let json = try explain("/office/x", "--from", "10.1.2.3", monday[0], monday[1], "--json")
            for words in [
                #""conditions":[["group:publishers","staff"],"user:bob"]"#, #""networks":["10.0.0.0/8"]"#,
                #""between":["Mon-Fri 08:00-18:00 Europe/Berlin"]"#,
            ] { #expect(json.output.contains(words), "\(words) in \(json.output)") }
            #expect(try explain("/office/x", "--from", "192.0.2.1").output.contains("no rule of"))
            #expect(try explain("/x", "--from", "office").status == 2)
            #expect(try explain("/x", "--at", "noon").status == 2)
        }

        @Test("come as JSON, and refuse what is no request with exit code 2")
        func json() throws {
            try makePeople()
            let answer = try explain("/pages/8/", "--user", "alice", "--json")
            #expect(answer.status == 1)
            let parsed = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
            let object = try #require(parsed as? [String: Any])
            #expect(object["decision"] as? String == "deny")
            #expect(object["reason"] as? String == "condition-not-met")
            #expect(object["rule"] as? Int == 2)
            #expect(object["signed_in_within"] as? Int == 900)
            #expect((object["captures"] as? [String: String]) == ["id": "8"])
            #expect(object["active"] as? Bool == true)
            #expect(try run("explain", "--url", "/home").status == 2)
            #expect(try explain("/home", "--method", "get").status == 2)
        }
    }
}
